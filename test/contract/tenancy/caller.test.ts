import { afterEach, describe, expect, it } from 'vitest';
import { actingOf, callerOf } from '../../../functions/api/caller.ts';
import { deployedTenancy } from '../../../functions/api/composition.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';
import { type Caller, resolveTenant } from '../../../functions/requests/caller.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { createTenancy, DEFAULT_TENANCY } from '../../../functions/tracker/tenancy.ts';

/** Restored after each test that changes the environment. */
const before = { ...process.env };
afterEach(() => {
  for (const name of ['TENANT_CLAIM', 'TENANT_PATTERN', 'TENANT_SEPARATOR', 'PLATFORM_ROLES']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

const eventOf = (authorizer?: object): ApiEvent => {
  const event = { routeKey: 'GET /event-trackers', requestContext: authorizer ? { authorizer } : {} };
  return event as ApiEvent;
};
const jwt = (claims: object, scopes: readonly string[] | null = null) => eventOf({ jwt: { claims, scopes } });
const iam = (userArn: string) => eventOf({ iam: { userArn } });
const SESSION = 'arn:aws:sts::123456789012:assumed-role/onboarding/run-1';
const TENANCY = createTenancy(DEFAULT_TENANCY);
const PLATFORM_SCOPE = 'event-trackers/platform';

function refusalOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof RequestRejected) return error.refused;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the environment', () => {
  it('configures the platform roles, the tenant pattern and the tenant claim', () => {
    process.env.PLATFORM_ROLES = 'arn:aws:iam::123456789012:role/ops/onboarding';
    process.env.TENANT_PATTERN = '^[A-Z]{3}$';
    process.env.TENANT_CLAIM = 'org';
    expect(callerOf(iam(SESSION), deployedTenancy())).toMatchObject({ isPlatform: true });
    expect(callerOf(jwt({ org: 'ABC', tenant: 'abc' }), deployedTenancy())).toMatchObject({ tenantId: 'ABC' });
    expect(refusalOf(() => callerOf(jwt({ org: 'abc' }), deployedTenancy()))).toEqual({ reason: 'TENANT_NOT_ALLOWED' });
  });

  it('has no platforms unless configured', () => {
    delete process.env.PLATFORM_ROLES;
    expect(refusalOf(() => callerOf(iam(SESSION), deployedTenancy()))).toMatchObject({ reason: 'SCOPE_REQUIRED' });
  });

  it.each([
    ['TENANT_PATTERN', '^[a-z-]+$'],
    ['TENANT_SEPARATOR', '/'],
    ['TENANT_SEPARATOR', 'a'],
    ['TENANT_CLAIM', ' '],
    ['PLATFORM_ROLES', 'platform'],
  ])('is refused at startup with the name of the variable: %s=%s', (name, value) => {
    process.env[name] = value;
    expect(() => deployedTenancy()).toThrow(name);
  });
});

describe('a caller', () => {
  it('cannot be read on a route without an authorizer: that is an internal error, not an answer', () => {
    expect(() => callerOf(eventOf(), TENANCY)).toThrow('has no authorizer');
    expect(() => callerOf(eventOf({}), TENANCY)).toThrow('has no authorizer');
  });

  it('may use no dataset group if its claim lists them in an unknown form', () => {
    for (const datasetGroups of ['<nil>', 'map[a:b]', 7, true, { a: 'acme-shop' }, '[]']) {
      const { datasetGroups: listed } = callerOf(jwt({ tenant: 'acme', datasetGroups }), TENANCY);
      expect(listed?.includes('acme-shop'), JSON.stringify(datasetGroups)).toBe(false);
    }
  });
});

describe('the tenant of a request', () => {
  const tenant = () => callerOf(jwt({ tenant: 'acme' }), TENANCY);
  const platform = (claims = {}): Caller => callerOf(jwt({ scope: PLATFORM_SCOPE, ...claims }), TENANCY);

  it('is that of the token; a tenant may not name one', () => {
    expect(resolveTenant(tenant(), undefined)).toBe('acme');
    for (const named of ['umbrella', 'acme', '']) {
      expect(refusalOf(() => resolveTenant(tenant(), named))).toMatchObject({ errors: [{ field: 'tenantId' }] });
    }
  });

  it('must be named by a platform', () => {
    expect(resolveTenant(platform(), 'umbrella')).toBe('umbrella');
    expect(resolveTenant(platform({ tenant: 'acme' }), 'umbrella')).toBe('umbrella');
    expect(resolveTenant(platform({ tenant: 'acme' }), undefined)).toBe('acme');
    expect(refusalOf(() => resolveTenant(platform(), undefined))).toMatchObject({
      reason: 'INVALID_REQUEST',
      errors: [{ field: 'tenantId', rule: expect.stringContaining('a platform must name the tenant') }],
    });
    for (const named of ['', 'a-b', 'ACME', '*', 'acme\n', 'a'.repeat(64)]) {
      expect(
        refusalOf(() => resolveTenant(platform(), named)),
        named,
      ).toMatchObject({ errors: [{ field: 'tenantId' }] });
    }
  });
});

it('logs name a platform by its session or subject, but not a tenant or an anonymous caller', () => {
  expect(actingOf(iam(SESSION))).toEqual({ actingAs: 'platform', principal: SESSION });
  expect(actingOf(jwt({ scope: `event-trackers/read ${PLATFORM_SCOPE}`, sub: 'ops' }))).toEqual({
    actingAs: 'platform',
    principal: 'ops',
  });
  expect(actingOf(jwt({ scope: `[${PLATFORM_SCOPE}]`, client_id: 'c1' }, [PLATFORM_SCOPE]))).toMatchObject({
    principal: 'c1',
  });
  expect(actingOf(jwt({ tenant: 'acme', scope: 'event-trackers/read', sub: 'someone' }))).toEqual({});
  expect(actingOf(eventOf())).toEqual({});
});
