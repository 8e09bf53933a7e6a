import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import {
  assertMayUse,
  createTenancy,
  DEFAULT_TENANCY,
  roleOf,
  type TenancySettings,
} from '../../../functions/tracker/tenancy.ts';

const make = (settings: Partial<TenancySettings>) => createTenancy({ ...DEFAULT_TENANCY, ...settings });
const GROUPS = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/';

function mayUse(tenantId: string, group: string, datasetGroups?: string[], separator = '-'): boolean {
  try {
    assertMayUse({ tenantId, ...(datasetGroups && { datasetGroups }) }, `${GROUPS}${group}`, { separator });
    return true;
  } catch (error) {
    if (error instanceof RequestRejected && error.refused.reason === 'DATASET_GROUP_NOT_ALLOWED') return false;
    throw error;
  }
}

/** A greedy, backtracking matcher like RegExp. Returns whether the text matches, and how many characters it read. */
function backtrack(parts: readonly (readonly [set: string, count: string])[], text: string) {
  let reads = 0;
  const limits = (count: string): [number, number] => {
    const [, least = '', comma, most = ''] = /^\{(\d+)(,)?(\d*)\}$/.exec(count) ?? [];
    if (least !== '') return [Number(least), comma ? (most === '' ? Infinity : Number(most)) : Number(least)];
    return [count === '*' || count === '?' ? 0 : 1, count === '+' || count === '*' ? Infinity : 1];
  };
  const from = (part: number, at: number): boolean => {
    const [set, count] = parts[part] ?? [];
    if (set === undefined || count === undefined) return at === text.length;
    const [least, most] = limits(count);
    let length = 0;
    while (length < most && at + length < text.length) {
      reads++;
      if (!set.includes(text[at + length] ?? '')) break;
      length++;
    }
    for (; length >= least; length--) if (from(part + 1, at + length)) return true;
    return false;
  };
  return { matches: from(0, 0), reads };
}

describe('the settings of a deployment', () => {
  it.each([
    [{}],
    [{ pattern: '^[A-Za-z0-9_]+$' }],
    [{ pattern: '^[a-z][a-z0-9]{2,15}$' }],
    [{ pattern: '^[a-z0-9-]+$', separator: '_' }],
    [{ pattern: '^[a-z0-9-]+$', separator: '__' }],
    [{ claimName: 'https://example.com/tenant' }],
  ])('takes %j', (settings) => {
    expect(() => make(settings)).not.toThrow();
  });

  it.each([
    [{ pattern: '^[a-z0-9-]+$' }, 'TENANT_PATTERN ^[a-z0-9-]+$ allows "-", with which TENANT_SEPARATOR begins'],
    [{ pattern: '^[a-z_]+$', separator: '_' }, 'allows "_"'],
    [{ pattern: '^[a-z_]+$', separator: '_-' }, 'allows "_"'],
    [{ pattern: '^[A-z]+$', separator: '-' }, 'allows "[", which no dataset group'],
    [{ pattern: '^[+-9]+$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^.+$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '[a-z]+' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^[^x]+$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^[a-z]+$|^.*$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^\\w+$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^[z-a]+$' }, 'TENANT_PATTERN must have no range and no count that ends before it begins'],
    [{ pattern: '^[a]{5,2}$' }, 'TENANT_PATTERN must have no range and no count that ends before it begins'],
    [{ pattern: '^[a-z]+[a-z]+$' }, 'must not backtrack: "a"'],
    [{ pattern: '^[a-z]*[0-9]*[a-z]+$' }, 'must not backtrack'],
    [{ pattern: '^[a-z]?[a-z]?[a-z]?[a-z]{3}$' }, 'must not backtrack'],
    [{ pattern: '^[a-z]{1,9}[x][0-9]+$' }, 'must not backtrack: "x"'],
    [{ pattern: `^${'[a]*'.repeat(20)}[b]$` }, 'must not backtrack'],
    [{ pattern: '^([a-z]+)+$' }, 'TENANT_PATTERN must be made of'],
    [{ pattern: '^[a-z]*$' }, 'must not allow a tenant without a name'],
    [{ pattern: '^[a-z]{0,9}$' }, 'must not allow a tenant without a name'],
    [{ separator: '' }, 'TENANT_SEPARATOR must be 1 to 4 characters'],
    [{ separator: 'a' }, 'TENANT_SEPARATOR must be 1 to 4 characters'],
    [{ separator: '/' }, 'TENANT_SEPARATOR must be 1 to 4 characters'],
    [{ claimName: ' ' }, 'TENANT_CLAIM'],
    [{ platformRoles: 'platform' }, 'PLATFORM_ROLES must be ARNs of IAM roles'],
    [{ platformRoles: 'arn:aws:iam::123456789012:role/*' }, 'not "arn:aws:iam::123456789012:role/*"'],
    [{ platformRoles: 'arn:aws:iam::*:role/platform' }, 'PLATFORM_ROLES'],
    [{ platformRoles: 'arn:aws:iam::123456789012:user/platform' }, 'PLATFORM_ROLES'],
    [{ platformRoles: 'arn:aws:sts::123456789012:assumed-role/platform/me' }, 'PLATFORM_ROLES'],
    [{ platformRoles: 'arn:aws:iam::123456789012:role/platform,' }, 'PLATFORM_ROLES'],
  ])('refuses %j and names the setting and the rule', (settings, message) => {
    expect(() => make(settings)).toThrow(message);
  });

  it('accepts only patterns that match in linear time, without backtracking', () => {
    const set = fc.constantFrom('[a]', '[b]', '[ab]', '[c]', '[bc]');
    const count = fc.constantFrom('', '+', '*', '?', '{2}', '{0}', '{1,}', '{1,3}', '{0,2}');
    const pattern = fc.array(fc.tuple(set, count), { minLength: 1, maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
    let accepted = 0;
    fc.assert(
      fc.property(pattern, name, (parts, text) => {
        const source = `^${parts.map(([characters, times]) => characters + times).join('')}$`;
        try {
          make({ pattern: source });
        } catch {
          return;
        }
        accepted++;
        const { matches, reads } = backtrack(parts, text);
        expect(matches, `${source} ${text}`).toBe(new RegExp(source).test(text));
        // The matcher still tries to backtrack, but fails at the first character.
        expect(reads, `${source} ${text}`).toBeLessThanOrEqual((text.length + 1) * (parts.length + 2) * 2);
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('never gives a dataset group to two tenants, whatever the pattern and separator', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '-', '_'), minLength: 1, maxLength: 6 });
    const settings = fc.record({
      pattern: fc.constantFrom('^[ab]+$', '^[ab-]+$', '^[ab_]+$', '^[a][b-]*$', '^[a-b_]{1,4}$', '^[ab_-]+$'),
      separator: fc.string({ unit: fc.constantFrom('-', '_'), minLength: 1, maxLength: 4 }),
    });
    let judged = 0;
    fc.assert(
      fc.property(settings, text, text, text, (chosen, one, other, rest) => {
        let tenancy: ReturnType<typeof make>;
        try {
          tenancy = make(chosen);
        } catch {
          return;
        }
        if (one === other || !tenancy.pattern.test(one) || !tenancy.pattern.test(other)) return;
        judged++;
        const group = `${one}${tenancy.separator}${rest}`;
        expect(mayUse(one, group, undefined, tenancy.separator)).toBe(true);
        expect(mayUse(other, group, undefined, tenancy.separator)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
    expect(judged).toBeGreaterThan(100);
  });
});

describe('the dataset groups of a tenant', () => {
  it('are those whose name starts with the tenant and a hyphen', () => {
    expect(mayUse('acme', 'acme-shop')).toBe(true);
    for (const group of ['acmeshop', 'acme', 'umbrella-shop', 'Acme-shop', 'xacme-shop', 'acme_shop']) {
      expect(mayUse('acme', group), group).toBe(false);
    }
  });

  it('are only those in the list of its token, by name or ARN, if the token has a list', () => {
    const listed = ['shop', `${GROUPS}umbrella-old`];
    expect(mayUse('acme', 'shop', listed)).toBe(true);
    expect(mayUse('acme', 'umbrella-old', listed)).toBe(true);
    expect(mayUse('acme', 'acme-shop', listed)).toBe(false);
    expect(mayUse('acme', 'acme-shop', [])).toBe(false);
    expect(mayUse('acme', 'shop', ['arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop'])).toBe(false);
  });

  it('are none without a tenant', () => {
    expect(mayUse('', '-shop')).toBe(false);
    expect(mayUse('', 'shop', ['shop'])).toBe(false);
  });
});

describe('a role', () => {
  const role = roleOf('arn:aws:iam::123456789012:role/platform');

  it('is the same by its ARN, with any path, and by its session ARNs', () => {
    expect(role).toBeDefined();
    expect(roleOf('arn:aws:sts::123456789012:assumed-role/platform/i-0abc')).toBe(role);
    expect(roleOf('arn:aws:iam::123456789012:role/teams/core/platform')).toBe(role);
    expect(roleOf('arn:aws:sts::123456789012:assumed-role/platform/jo@example.com')).toBe(role);
  });

  it.each([
    'arn:aws:sts::123456789012:assumed-role/platform2/s',
    'arn:aws:sts::123456789012:assumed-role/other/platform',
    'arn:aws:sts::999999999999:assumed-role/platform/s',
    'arn:aws-cn:sts::123456789012:assumed-role/platform/s',
    'arn:aws:sts::123456789012:assumed-role/Platform/s',
  ])('is different from %s', (arn) => {
    expect(roleOf(arn)).not.toBe(role);
  });

  it.each([
    'arn:aws:iam::123456789012:user/platform',
    'arn:aws:iam::123456789012:root',
    'arn:aws:sts::123456789012:federated-user/platform',
    'arn:aws:sts::123456789012:assumed-role/platform',
    'arn:aws:sts::123456789012:assumed-role/other/platform/s',
    'arn:aws:sts::123456789012:assumed-role/platform/s\n',
    '',
  ])('is undefined for %j', (arn) => {
    expect(roleOf(arn)).toBeUndefined();
  });
});
