import { describe, expect, test } from 'vitest';
import { accountsSchema, createAccounts, placeOf, roleProblems } from '../../../functions/tracker/accounts.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import { assertMayUse } from '../../../functions/tracker/tenancy.ts';

const HOME = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const ACME = {
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'prod:acme',
  regions: ['us-east-1', 'eu-west-1'],
  tenants: ['acme'],
};
const groupIn = (accountId: string, region: string, name = 'acme-shop') =>
  `arn:aws:personalize:${region}:${accountId}:dataset-group/${name}`;
const accounts = createAccounts(HOME, { '210987654321': ACME });

describe('the account and Region of a dataset group decide', () => {
  const access = (accountId: string, region: string, tenantId = 'acme') =>
    accounts.accessFor({ datasetGroupArn: groupIn(accountId, region), tenantId }).kind;

  test.each([
    ['the own account and Region, for any tenant', HOME.accountId, 'us-east-1', 'umbrella', 'HOME'],
    ['another Region of the own account', HOME.accountId, 'eu-west-1', 'acme', 'NOT_ALLOWED'],
    ['an account of the tenant', '210987654321', 'us-east-1', 'acme', 'ROLE'],
    ['another Region of it', '210987654321', 'eu-west-1', 'acme', 'ROLE'],
    ['a Region of it that is not allowed', '210987654321', 'eu-west-2', 'acme', 'NOT_ALLOWED'],
    ["another tenant's account", '210987654321', 'us-east-1', 'umbrella', 'NOT_ALLOWED'],
    ['an account that is not in the settings', '345678901234', 'us-east-1', 'acme', 'NOT_ALLOWED'],
  ])('%s', (_, accountId, region, tenantId, kind) => {
    expect(access(accountId, region, tenantId)).toBe(kind);
  });

  test('other Regions of the own account can be allowed with a role', () => {
    const roleArn = `arn:aws:iam::${HOME.accountId}:role/event-trackers`;
    const { accessFor, places } = createAccounts(HOME, { [HOME.accountId]: { ...ACME, roleArn } });
    const of = (region: string) => accessFor({ datasetGroupArn: groupIn(HOME.accountId, region), tenantId: 'acme' });
    expect(of('eu-west-1')).toMatchObject({ kind: 'ROLE', role: { roleArn, region: 'eu-west-1' } });
    // Its own Region needs no role.
    expect(of('us-east-1')).toEqual({ kind: 'HOME' });
    expect(places).toEqual([HOME, { accountId: HOME.accountId, region: 'eu-west-1' }]);
  });

  test('nothing is called for a purged record, which names no dataset group', () => {
    expect(accounts.accessFor({ datasetGroupArn: '', tenantId: '' })).toEqual({ kind: 'HOME' });
    expect(placeOf('')).toBeUndefined();
  });

  test('every account and Region is listed once, the own one first', () => {
    expect(accounts.places).toEqual([
      HOME,
      { accountId: '210987654321', region: 'us-east-1' },
      { accountId: '210987654321', region: 'eu-west-1' },
    ]);
    expect(createAccounts(HOME).places).toEqual([HOME]);
  });
});

describe('a tenant may use a dataset group', () => {
  const mayUse = (tenantId: string, datasetGroupArn: string, datasetGroups?: string[]) => {
    try {
      assertMayUse({ tenantId, ...(datasetGroups && { datasetGroups }) }, datasetGroupArn, {
        separator: '-',
        accounts,
      });
      return true;
    } catch {
      return false;
    }
  };

  test('in its own accounts by its name, as at home', () => {
    expect(mayUse('acme', groupIn('210987654321', 'eu-west-1'))).toBe(true);
    expect(mayUse('acme', groupIn('210987654321', 'eu-west-1', 'umbrella-shop'))).toBe(false);
  });

  test.each([
    ["another tenant's account", groupIn('210987654321', 'us-east-1', 'umbrella-shop'), undefined],
    ["another tenant's account, with a token that lists the ARN", groupIn('210987654321', 'us-east-1', 'shop'), 'ARN'],
    [
      "another tenant's account, with a token that lists the name",
      groupIn('210987654321', 'us-east-1', 'shop'),
      'shop',
    ],
    [
      'an account that is not in the settings, with a token that lists the ARN',
      groupIn('345678901234', 'us-east-1'),
      'ARN',
    ],
  ])('but not in %s', (_, arn, listed) => {
    expect(mayUse('umbrella', arn, listed === undefined ? undefined : [listed === 'ARN' ? arn : listed])).toBe(false);
  });
});

test('the id of an event tracker names account and Region too; that of the own account is the same as before', () => {
  expect(trackerIdOf(groupIn('123456789012', 'us-east-1'))).toBe('et-aqm2uhwb7pflkqipkzrbxen4hq');
  const ids = ['123456789012', '210987654321'].flatMap((accountId) =>
    ['us-east-1', 'eu-west-1'].map((region) => trackerIdOf(groupIn(accountId, region))),
  );
  expect(new Set(ids).size).toBe(4);
});

describe('the setting', () => {
  function rulesOf(account: object, accountId = '210987654321'): string[] {
    const { data, error } = accountsSchema().safeParse({ [accountId]: { ...ACME, ...account } });
    if (data) return roleProblems(data).map(({ place, rule }) => `${place} ${rule}`);
    return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  }

  test.each([
    [{}, []],
    [{ externalId: 'x=2,y:z/@+.-_' }, []],
    [{ roleArn: 'arn:aws:iam::210987654321:role/partners/event-trackers' }, []],
    [{ externalId: 'x' }, ['210987654321.externalId must be 2 to 1224 letters, digits and _ + = , . @ : / -']],
    [
      { externalId: 'x'.repeat(1225) },
      ['210987654321.externalId must be 2 to 1224 letters, digits and _ + = , . @ : / -'],
    ],
    [{ externalId: 'a b' }, ['210987654321.externalId must be 2 to 1224 letters, digits and _ + = , . @ : / -']],
    [
      { roleArn: 'arn:aws:iam::345678901234:role/event-trackers' },
      ['210987654321.roleArn must be the ARN of a role in the account 210987654321'],
    ],
    [
      { roleArn: 'arn:aws:iam::210987654321:user/event-trackers' },
      ['210987654321.roleArn must be the ARN of an IAM role: arn:PARTITION:iam::ACCOUNT:role/NAME'],
    ],
    [{ regions: [] }, ['210987654321.regions must name at least one Region']],
    [{ regions: ['Ireland'] }, ['210987654321.regions.0 must be a Region, such as eu-west-1']],
    [{ regions: ['eu-west-1', 'eu-west-1'] }, ['210987654321.regions must not repeat an entry']],
    [{ tenants: [] }, ['210987654321.tenants must name at least one tenant']],
    [{ tenants: ['acme', 'acme'] }, ['210987654321.tenants must not repeat an entry']],
    [{ region: 'us-east-1' }, ['210987654321 Unrecognized key: "region"']],
  ])('%j: %j', (account, rules) => {
    expect(rulesOf(account)).toEqual(rules);
  });

  test('an account has twelve digits', () => {
    expect(rulesOf({}, '21098765432')).toEqual(['21098765432 must be the id of an account, 12 digits']);
  });
});
