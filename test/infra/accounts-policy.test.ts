import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { accountsPolicy } from '../../infra/accounts/command.ts';
import { permissionPolicy } from '../../infra/accounts/policies.ts';
import { POLICIES, POLICIES_BY_DEFAULT } from './policy-table.ts';

const ACME = {
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'prod:acme',
  regions: ['us-east-1', 'eu-west-1'],
  tenants: ['acme'],
};
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-accounts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function fileOf(name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}
const accounts = fileOf('accounts.json', { '210987654321': ACME });
const config = fileOf('config.json', {
  ...{ stage: 'prod', issuer: 'https://issuer.example.org/', audience: ['a'] },
  accounts: { '210987654321': ACME },
});

function run(...args: string[]) {
  const printed: string[] = [];
  const errors: string[] = [];
  const code = accountsPolicy(args, { print: (text) => printed.push(text), printError: (text) => errors.push(text) });
  return { code, printed: printed.join('\n'), errors: errors.join('\n') };
}
const ACCOUNT = ['--account', '210987654321'];

describe('the policies of a role in another account', () => {
  test('the trust policy names the functions of this deployment and the external id, and nothing else', () => {
    const { printed } = run(...ACCOUNT, '--config', config, '--home', '123456789012', '--policy', 'trust');
    expect(JSON.parse(printed)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'EventTrackers',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::123456789012:root' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'sts:ExternalId': 'prod:acme' },
            ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/event-trackers-prod-*' },
          },
        },
      ],
    });
  });

  /** Actions of Personalize with their conditions, as the policy table has them. */
  const ofTable = (table: typeof POLICIES, stage: string) =>
    new Set(
      Object.values(table)
        .flat()
        .map(([action]) => action.replaceAll('<stage>', stage))
        .filter((action) => action.startsWith('personalize:')),
    );
  const ofPolicy = (more: { events: boolean; destroyAdopted: boolean }) => {
    const { Statement } = permissionPolicy({
      ...{ accountId: '210987654321', account: ACME, homeAccountId: '123456789012', stage: 'prod' },
      ...more,
    });
    return new Set(
      Statement.flatMap(({ Action, Condition = {} }) => {
        const { 'aws:RequestedRegion': _, ...rest } = { ...Condition.StringEquals };
        const conditions = Object.entries({ ...Condition, StringEquals: rest })
          .filter(([, keys]) => Object.keys(keys).length > 0)
          .map(([operator, keys]) => ` if ${operator} ${JSON.stringify(keys)}`);
        return [Action].flat().map((action) => `${action}${conditions.join('')}`);
      }),
    );
  };

  test('the permissions are exactly those of the functions at home, with the same conditions', () => {
    expect(ofPolicy({ events: true, destroyAdopted: true })).toEqual(ofTable(POLICIES, 'prod'));
    expect(ofPolicy({ events: false, destroyAdopted: false })).toEqual(ofTable(POLICIES_BY_DEFAULT, 'prod'));
  });

  test('they end at the allowed Regions of the account', () => {
    const { printed } = run(...ACCOUNT, '--accounts', accounts, '--policy', 'permissions');
    for (const { Resource, Condition } of JSON.parse(printed).Statement) {
      const isAnywhere = Resource.includes('*');
      expect(isAnywhere ? Condition.StringEquals['aws:RequestedRegion'] : ['us-east-1', 'eu-west-1']).toEqual(
        ACME.regions,
      );
      if (isAnywhere) continue;
      for (const arn of Resource) {
        expect(arn).toMatch(
          /^arn:aws:personalize:(us-east-1|eu-west-1):210987654321:(dataset-group|dataset|event-tracker)\/\*$/,
        );
      }
    }
  });

  test('without --policy both are printed; for a local runtime its deployment is named', () => {
    const { code, printed } = run(...ACCOUNT, '--accounts', accounts, '--deployment', 'dev');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(printed))).toEqual(['trust', 'permissions']);
    expect(printed).toContain('role/event-trackers-dev-*');
    expect(run('--help')).toMatchObject({ code: 0, errors: '' });
  });

  test.each([
    [['--accounts', accounts], /^--account must be the id of an account/],
    [ACCOUNT, /^One of --config and --accounts is required/],
    [[...ACCOUNT, '--config', config, '--accounts', accounts], /^One of --config and --accounts/],
    [[...ACCOUNT, '--config', config], /^--home must be the id/],
    [
      ['--account', '345678901234', '--accounts', accounts],
      /one of the setting accounts \(210987654321\), not 345678901234/,
    ],
    [[...ACCOUNT, '--accounts', accounts, '--policy', 'all'], /^--policy must be trust or permissions/],
    [[...ACCOUNT, '--accounts', join(folder, 'none.json')], /none\.json: the file cannot be read/],
    [
      [...ACCOUNT, '--accounts', fileOf('wrong.json', { '210987654321': { ...ACME, externalId: 'x' } })],
      /210987654321\.externalId must be 2 to/,
    ],
    [
      [...ACCOUNT, '--accounts', fileOf('other.json', { '345678901234': ACME })],
      /345678901234\.roleArn must be the ARN of a role in the account/,
    ],
  ])('%j is refused', (args, message) => {
    const { code, printed, errors } = run(...args);
    expect([code, printed]).toEqual([2, '']);
    expect(errors).toMatch(message);
  });

  test('an invalid configuration is reported as by the deployment', () => {
    const invalid = fileOf('invalid.json', { stage: 'Prod' });
    expect(run(...ACCOUNT, '--config', invalid, '--home', '123456789012')).toMatchObject({
      ...{ code: 1, printed: '' },
      errors: expect.stringContaining('stage must be 1 to 16 characters'),
    });
  });
});
