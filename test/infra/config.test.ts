import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { ConfigError, PLACEHOLDER_ISSUER, parseConfig, SETTINGS } from '../../infra/aws/config.ts';
import { readConfig } from '../../infra/aws/config-source.ts';
import { ENCODINGS } from '../unit/input/encodings.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The problems of an invalid configuration. @throws Error if it is accepted */
function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
const contextOf = (values: Readonly<Record<string, unknown>>) => (key: string) => values[key];
const fileOf = (text: string | Buffer): string => {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, text);
  return path;
};

const ROLE = 'arn:aws:iam::123456789012:role/platform';
const ACME = {
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'prod:acme',
  regions: ['eu-west-1'],
  tenants: ['acme'],
};
const of = (changes: object) => ({ accounts: { '210987654321': { ...ACME, ...changes } } });

describe('the configuration', () => {
  test('has defaults: the stage dev, placeholders, every optional feature of the API off, the standard times', () => {
    const config = parseConfig({});
    expect(config).toMatchObject({
      stage: 'dev',
      issuer: PLACEHOLDER_ISSUER,
      events: false,
      callbacks: false,
      recreateMissing: false,
      repairTags: false,
      destroyAdopted: false,
      encryption: 'AWS_MANAGED',
      platformRoles: [],
      reservedConcurrency: {},
      archiveRetentionDays: 14,
      schemaRegistry: true,
      preferWaitSeconds: 0,
      accountConcurrency: 10,
      throttling: { batch: { rateLimit: 1, burstLimit: 2 } },
    });
    expect(config.maxUnfinishedPerTenant).toBeUndefined();
    expect(Object.values(config.lifecycle).map((seconds) => seconds * 1000)).toEqual([
      AWS_SETTINGS.createInFlightMs,
      AWS_SETTINGS.leaseMs,
      AWS_SETTINGS.deadlineMs,
      AWS_SETTINGS.driftIntervalMs,
      AWS_SETTINGS.retentionMs,
    ]);
  });

  test.each([
    [{ stage: 'Prod' }, 'stage must be 1 to 16 characters of a-z, 0-9 and -, and begin with a letter'],
    [{ issuer: 'http://issuer.example.org/' }, 'issuer must be a URL that begins with https://'],
    [{ issuer: 'https://issuer.example.org/?a=b' }, 'issuer must not have a query or a fragment'],
    [{ issuer: 'https://me:secret@issuer.example.org/' }, 'issuer must not contain credentials'],
    [
      { issuer: 'https://issuer.example.org/.well-known/openid-configuration' },
      'issuer must not include /.well-known/: API Gateway appends it',
    ],
    [{ audience: [] }, 'audience must name at least one audience'],
    [
      { audience: Array.from({ length: 51 }, (_, n) => `client-${n}`) },
      "audience must name at most 50 audiences while authorizer is JWT: API Gateway's quota per authorizer",
    ],
    [
      { audience: Array.from({ length: 5_001 }, (_, n) => `client-${n}`), authorizer: 'FUNCTION' },
      'audience must name at most 5000 audiences',
    ],
    [{ authorizer: 'LAMBDA' }, 'authorizer must be JWT or FUNCTION'],
    [{ authorizer: 'FUNCTION', audience: ['a,b'] }, 'audience must not contain a comma: "a,b"'],
    [{ audiencePattern: '^[a-z]+$' }, 'audiencePattern must not be set while authorizer is JWT'],
    [{ tokenUse: 'id' }, 'tokenUse must not be set while authorizer is JWT'],
    [{ authorizer: 'FUNCTION', tokenUse: 'refresh' }, 'tokenUse must be access, id or any'],
    [
      { reservedConcurrency: { 'api-authorizer': 1 }, accountConcurrency: 1000 },
      'reservedConcurrency.api-authorizer must not be set while authorizer is JWT: the function does not exist',
    ],
    [{ authorizer: 'FUNCTION', audiencePattern: '[a-z]{26}' }, 'audiencePattern must be made of sets of letters'],
    [{ authorizer: 'FUNCTION', audiencePattern: '^[a-z]*$' }, 'audiencePattern ^[a-z]*$ must not allow an empty'],
    [
      { authorizer: 'FUNCTION', audiencePattern: '^[a-z]+[a-z]+$' },
      'audiencePattern ^[a-z]+[a-z]+$ must not backtrack',
    ],
    [{ audience: [' a'] }, 'audience.0 must not begin or end with a space'],
    [{ audience: ['a', 'b\n'] }, 'audience.1 must not begin or end with a space'],
    [{ audience: ['  '] }, 'audience.0 must not be empty'],
    [{ audience: [''] }, 'audience.0 must not be empty'],
    [{ audience: ['a', 'b', 'a'] }, 'audience must not repeat an entry'],
    [{ platformRoles: [` ${ROLE}`] }, 'platformRoles.0 must not begin or end with a space'],
    [{ platformRoles: [ROLE, ROLE] }, 'platformRoles must not repeat an entry'],
    [{ tenancy: { claim: 'tenant ' } }, 'tenancy.claim must not begin or end with a space'],
    [{ audience: 'one' }, 'audience must be a list of names'],
    [
      { tenancy: { pattern: '^[a-z-]+$' } },
      'tenancy.pattern ^[a-z-]+$ allows "-", with which tenancy.separator begins',
    ],
    [{ tenancy: { pattern: '.*' } }, 'tenancy.pattern must be made of sets of letters'],
    [{ tenancy: { pattern: '^[a-z]+[a-z0-9]+$' } }, 'tenancy.pattern ^[a-z]+[a-z0-9]+$ must not backtrack'],
    [{ tenancy: { claim: ' ' } }, 'tenancy.claim must name the claim that is the tenant'],
    [{ tenancy: { separator: '_' } }, 'tenancy.separator must be "-": the functions support no other'],
    [{ platformRoles: ['arn:aws:iam::1:user/x'] }, 'platformRoles must be ARNs of IAM roles'],
    [{ platformRoles: ['a,b'] }, 'platformRoles must be ARNs of IAM roles, not "a,b"'],
    [
      {
        platformRoles: Array.from(
          { length: 60 },
          (_, n) => `arn:aws:iam::123456789012:role/a-long-name-of-a-role-${n}`,
        ),
      },
      "platformRoles must have at most 2500 characters in total: a Lambda's environment holds 4 KB",
    ],
    [
      { lifecycle: { createInFlightSeconds: 60 } },
      'lifecycle.createInFlightSeconds must be at least 330: a create call can still take effect',
    ],
    [{ lifecycle: { leaseSeconds: 220 } }, 'lifecycle.leaseSeconds must be at least 221'],
    [{ lifecycle: { deadlineSeconds: '1800' } }, 'lifecycle.deadlineSeconds must be a whole number of seconds'],
    [{ logRetentionDays: 91 }, 'logRetentionDays must be a period that CloudWatch Logs accepts: 1, 3, 5'],
    [{ archiveRetentionDays: 365 }, 'archiveRetentionDays must be at most 90: the archive holds tracking IDs'],
    [{ throttling: { events: { rateLimit: 0 } } }, 'throttling.events.rateLimit must be at least 1'],
    [{ reservedConcurrency: { Observ: 1 } }, 'reservedConcurrency.Observ is not a setting'],
    [{ reservedConcurrency: { sweep: 0 } }, 'reservedConcurrency.sweep must be at least 1: 0 stops the function'],
    [
      { accountConcurrency: 1000, reservedConcurrency: { 'api-events': 1 } },
      'reservedConcurrency.api-events must not be set while events is false',
    ],
    [{ trackingIds: { parameters: 'yes' } }, 'trackingIds.parameters must be true or false'],
    [{ trackingIds: { parameter: true } }, 'trackingIds.parameter is not a setting'],
    [
      { trackingIds: { secrets: true, keyArn: 'alias/key' } },
      'trackingIds.keyArn must be the ARN of a KMS key, not of an alias',
    ],
    [
      { trackingIds: { keyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e' } },
      'trackingIds.keyArn must not be set without trackingIds.parameters or trackingIds.secrets',
    ],
    [
      {
        accountConcurrency: 1000,
        trackingIds: { secrets: true },
        reservedConcurrency: { 'tracking-id-parameters': 1 },
      },
      'reservedConcurrency.tracking-id-parameters must not be set while trackingIds.parameters is false',
    ],
    [
      { preferWaitSeconds: 5 },
      'reservedConcurrency.api-read is required while preferWaitSeconds is above 0: held answers could use up',
    ],
    [
      { preferWaitSeconds: 5, reservedConcurrency: { 'api-read': 5 } },
      'reservedConcurrency must leave at least 100 of accountConcurrency unreserved, which Lambda requires and all other functions share: 10 - 5 leaves 5',
    ],
    [
      { accountConcurrency: 110, reservedConcurrency: { 'api-read': 6, sweep: 5 } },
      'reservedConcurrency must leave at least 100 of accountConcurrency unreserved, which Lambda requires and all other functions share: 110 - 11 leaves 99',
    ],
    [{ preferWaitSeconds: 26 }, 'preferWaitSeconds must be at most 25: API Gateway times out after 30'],
    [{ maxUnfinishedPerTenant: 0 }, 'maxUnfinishedPerTenant must be at least 1'],
    [{ throttling: { batch: { burstLimit: 5001 } } }, 'throttling.batch.burstLimit must be at most 5000'],
    [{ encryption: 'NONE' }, 'encryption must be AWS_MANAGED or CUSTOMER_MANAGED'],
    [{ callbacks: 'true' }, 'callbacks must be true or false'],
    [{ alarmEmail: 'on call' }, 'alarmEmail must be an email address'],
    [
      { restoredTableName: 'table', restoredTableKeyArn: 'alias/key' },
      'restoredTableKeyArn must be the ARN of a KMS key, not of an alias',
    ],
    [
      { restoredTableKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e' },
      'restoredTableKeyArn must not be set without restoredTableName',
    ],
    [{ deadline: 5 }, 'deadline is not a setting'],
    [{ tenancy: { Claim: 'x' } }, 'tenancy.Claim is not a setting'],
    [{ tenancy: null }, 'tenancy must be an object'],
    [{ lifecycle: [] }, 'lifecycle must be an object'],
    [{ throttling: { batch: 5 } }, 'throttling.batch must be an object'],
    [{ reservedConcurrency: 5 }, 'reservedConcurrency must be an object'],
    [{ '': 1 }, '"" is not a setting'],
    [{ issuer: 'https://issuer.example.org/a b' }, 'issuer must not contain spaces'],
    [
      { tenancy: { pattern: '^[z-a]$' } },
      'tenancy.pattern must have no range and no count that ends before it begins, not ^[z-a]$',
    ],
    [{ accounts: { 1: ACME } }, 'accounts.1 must be the id of an account, 12 digits'],
    [
      { accounts: { '345678901234': ACME } },
      'accounts.345678901234.roleArn must be the ARN of a role in the account 345678901234',
    ],
    [
      of({ externalId: 'x' }),
      'accounts.210987654321.externalId must be 2 to 1224 letters, digits and _ + = , . @ : / -',
    ],
    [of({ externalId: undefined }), 'accounts.210987654321.externalId must be an external id'],
    [
      of({ regions: ['eu-wets-1'] }),
      'accounts.210987654321.regions must be Regions: the CDK does not know "eu-wets-1"',
    ],
    [
      of({ regions: ['cn-north-1'] }),
      'accounts.210987654321.regions must be in the partition of the role, aws: "cn-north-1" is in aws-cn',
    ],
    [of({ tenants: ['Acme'] }), 'accounts.210987654321.tenants must be names of tenants, ^[a-z0-9]+$: "Acme" is none'],
    [
      of({ tenants: ['acme-eu'] }),
      'accounts.210987654321.tenants must be names of tenants, ^[a-z0-9]+$: "acme-eu" is none',
    ],
    [of({ tenant: 'acme' }), 'accounts.210987654321.tenant is not a setting'],
    [{ platformRoles: ['x'] }, 'platformRoles must be ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), not "x"'],
    [[], 'must be a JSON object of settings'],
  ])('%j is refused: %s', (settings, problem) => {
    const problems = problemsOf(() => parseConfig(settings));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  test('reports any invalid value with the setting and a rule, never with a raw message of zod', () => {
    const rubbish = [null, 0, -1, 1.5, 1e300, '', 'x', true, [], [null], [[]], {}, { x: 1 }];
    const nested = [
      'tenancy.claim',
      'tenancy.pattern',
      'lifecycle.leaseSeconds',
      'throttling.batch',
      'throttling.batch.rateLimit',
    ];
    for (const setting of [...SETTINGS, ...nested, 'reservedConcurrency.api-read']) {
      for (const value of rubbish) {
        const settings = setting.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
        let problems: readonly string[] = [];
        try {
          parseConfig(settings);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          problems = error.problems;
        }
        for (const problem of problems) {
          expect(problem).toMatch(/^[\w.-]+ (must|is) |^tenancy\.pattern \S+ (must|allows) /);
          expect(problem).not.toMatch(/\b(expected|received|invalid|record|nan|int)\b/i);
        }
      }
    }
  });

  test('accepts preferWaitSeconds if the account has enough concurrent executions', () => {
    const config = { preferWaitSeconds: 25, accountConcurrency: 105, reservedConcurrency: { 'api-read': 5 } };
    expect(parseConfig(config)).toMatchObject(config);
  });

  test('reports all problems together, also those between settings', () => {
    const settings = {
      stage: 'Prod',
      issuer: 'http://issuer.example.org/?a=b',
      audience: [],
      platformRoles: ['x', 'arn:aws:iam::123456789012:role/platform', 'y'],
      tenancy: { claim: ' ', pattern: '.*' },
      throttling: { batch: { rateLimit: 0, burstLimit: 'many' } },
      preferWaitSeconds: 5,
      accountConcurrency: 20,
      reservedConcurrency: { 'api-events': 5 },
      restoredTableKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e',
      deadline: 5,
    };
    // Each by its name in the file. Nothing is said about a rule between settings of which one is invalid.
    expect(problemsOf(() => parseConfig(settings)).map((problem) => problem.split(' ')[0])).toEqual([
      'stage',
      'issuer',
      'audience',
      'throttling.batch.rateLimit',
      'throttling.batch.burstLimit',
      'deadline',
      'tenancy.claim',
      'tenancy.pattern',
      'platformRoles',
      'platformRoles',
      'reservedConcurrency.api-events',
      'reservedConcurrency.api-read',
      'reservedConcurrency',
      'restoredTableKeyArn',
    ]);
    const { accountConcurrency: _, ...others } = settings;
    const withoutNumber = problemsOf(() => parseConfig({ ...others, accountConcurrency: 'many' }));
    expect(withoutNumber.join()).not.toContain('must leave at least 100');
  });

  test.each([
    [{ tenancy: { pattern: '^(a+)+$', separator: '_' } }, ['tenancy.separator', 'tenancy.pattern']],
    [{ tenancy: { pattern: '^(a+)+$', claim: 5 } }, ['tenancy.claim', 'tenancy.pattern']],
    [{ tenancy: { pattern: 5, claim: ' ' } }, ['tenancy.pattern', 'tenancy.claim']],
    [{ tenancy: { pattern: '^(a+)+$', x: 1 } }, ['tenancy.x', 'tenancy.pattern']],
    [{ platformRoles: [5, 'x'] }, ['platformRoles.0', 'platformRoles']],
    [{ audience: [5, '', ' a', 'b', 'b'] }, ['audience.0', 'audience.1', 'audience.2', 'audience']],
    [{ audience: [5, ''], stage: 'prod' }, ['audience.0', 'audience.1', 'issuer']],
    [{ platformRoles: ['x', 'x', ` ${ROLE}`] }, ['platformRoles.2', 'platformRoles', 'platformRoles']],
    [{ platformRoles: [5] }, ['platformRoles.0']],
    [
      { accounts: { 1: ACME, '345678901234': ACME, ...of({ regions: [5] }).accounts }, tenancy: { pattern: '.*' } },
      ['accounts.1', 'accounts.210987654321.regions.0', 'tenancy.pattern', 'accounts.345678901234.roleArn'],
    ],
    [{ ...of({ tenants: ['?'] }), tenancy: { pattern: '.*' } }, ['tenancy.pattern']],
    [{ ...of({ tenants: ['?'] }), tenancy: { pattern: 5 } }, ['tenancy.pattern']],
    [
      { reservedConcurrency: { sweep: 0, 'api-events': 1 } },
      ['reservedConcurrency.sweep', 'reservedConcurrency.api-events'],
    ],
    [
      { preferWaitSeconds: 5, reservedConcurrency: { sweep: 0 } },
      ['reservedConcurrency.sweep', 'reservedConcurrency.api-read'],
    ],
    [{ preferWaitSeconds: 5, reservedConcurrency: 5 }, ['reservedConcurrency']],
    [{ preferWaitSeconds: 5, reservedConcurrency: { 'api-read': 0 } }, ['reservedConcurrency.api-read']],
  ])('%j: a mistake in one setting hides none in another of its group', (settings, names) => {
    const problems = problemsOf(() => parseConfig(settings));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(names);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('refuses a setting named %s', (name) => {
    for (const value of ['1', '{}', '{"stage":"x"}']) {
      for (const group of ['', 'tenancy', 'lifecycle', 'throttling', 'reservedConcurrency']) {
        const inner = `{"${name}":${value}}`;
        const settings = JSON.parse(group === '' ? inner : `{"${group}":${inner}}`);
        const place = group === '' ? name : `${group}.${name}`;
        expect(problemsOf(() => parseConfig(settings))).toEqual([`${place} is not a setting`]);
      }
      const path = fileOf(`{"${name}":${value}}`);
      expect(problemsOf(() => readConfig(contextOf({ config: path, stage: 'dev' })))).toEqual([
        name === '__proto__' ? 'must be valid JSON: __proto__ is not recognized' : `${name} is not a setting`,
      ]);
    }
  });

  test('requires issuer and audience for every stage except dev', () => {
    expect(problemsOf(() => parseConfig({ stage: 'prod' }))).toEqual([
      'issuer is required for the stage prod: the URL of the token issuer',
      "audience is required for the stage prod: the accepted values of a token's aud claim",
    ]);
    expect(parseConfig({ stage: 'prod', issuer: 'https://i.example.org', audience: ['a'] }).stage).toBe('prod');
    const ofPattern = { authorizer: 'FUNCTION', audiencePattern: '^[a-z0-9]{26}$' };
    expect(parseConfig({ stage: 'prod', issuer: 'https://i.example.org', ...ofPattern }).audience).toEqual([]);
  });

  test('accepts hundreds of audiences with the Lambda authorizer', () => {
    const audience = Array.from({ length: 500 }, (_, n) => `client-${n}`);
    expect(parseConfig({ authorizer: 'FUNCTION', audience }).audience).toEqual(audience);
  });
});

describe('the issuer', () => {
  const TENANT = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
  test.each([
    'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE',
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_EXAMPLE',
    'https://acme.eu.auth0.com/',
    'https://acme.okta.com/oauth2/default',
    'https://acme.oktapreview.com/oauth2/aus1a2b3c',
    'https://cognito-idp-fips.us-gov-west-1.amazonaws.com/us-gov-west-1_EXAMPLE',
    'https://token.example.org/oauth2',
    'https://authorize.example.org/token-service',
    `https://login.microsoftonline.com/${TENANT}/v2.0`,
    `https://sts.windows.net/${TENANT}/`,
    'https://accounts.google.com',
    'https://login.example.org/realms/acme',
    // Others may have a slash at the end or not, as Auth0 has it at a domain of the customer.
    'https://login.example.org/',
    'https://login.example.org',
    'https://auth.example.org/application/o/acme/',
    'https://login.example.org:8443/tenant',
  ])('%s is accepted', (issuer) => expect(parseConfig({ issuer }).issuer).toBe(issuer));

  const HTTPS = 'must be a URL that begins with https://';
  const HOST = 'must have a public host name';
  const ENDPOINT = 'must not be the URL of an endpoint';
  const PATH = 'must not have empty segments';
  test.each([
    ['http://login.example.org', HTTPS],
    ['login.example.org', HTTPS],
    ['https://', HTTPS],
    ['https:/login.example.org', HTTPS],
    ['', HTTPS],
    ['https://acme.auth.us-east-1.amazoncognito.com', "must not be the domain of Cognito's hosted UI"],
    ['https://acme.auth.us-east-1.amazoncognito.com/oauth2/token', "must not be the domain of Cognito's hosted UI"],
    [
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE/',
      'must have the form of an issuer of Cognito, without a slash',
    ],
    ['https://cognito-idp.us-east-1.amazonaws.com', 'must have the form of an issuer of Cognito, without a slash'],
    ['https://acme.eu.auth0.com', 'must have the form of an issuer of Auth0, with the slash at the end'],
    ['https://acme.okta.com/oauth2/default/', 'must have the form of an issuer of Okta, without a slash'],
    ['https://login.microsoftonline.com/common/v2.0', 'must have the form of an issuer of Microsoft Entra ID'],
    [`https://login.microsoftonline.com/${TENANT}/v2.0/`, 'must have the form of an issuer of Microsoft Entra ID'],
    [`https://sts.windows.net/${TENANT}`, 'must have the form of an issuer of Microsoft Entra ID'],
    ['https://accounts.google.com/', 'must have the form of an issuer of Google, without a slash'],
    ['https://login.example.org/realms/acme/', 'must have the form of an issuer of Keycloak, without a slash'],
    ['https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_ABC', 'must have the form of an issuer of Cognito'],
    ['https://acme.okta.com', 'must have the form of an issuer of Okta'],
    ['https://acme.okta.com/oauth2/v1', 'must have the form of an issuer of Okta'],
    ['https://acme-admin.okta.com', "must not be Okta's admin console"],
    ['https://acme-admin.okta.com/oauth2/default', "must not be Okta's admin console"],
    ['https://acme.okta.com/oauth2/default/v1/token', ENDPOINT],
    ['https://acme.okta.com/oauth2/v1/keys', ENDPOINT],
    ['https://acme.eu.auth0.com/authorize', ENDPOINT],
    ['https://auth.acme.com/oauth2/token', ENDPOINT],
    ['https://auth.acme.com/oauth2/token/', ENDPOINT],
    ['https://auth.acme.com/oauth2/v1/token', ENDPOINT],
    ['https://auth.acme.com/authorize', ENDPOINT],
    ['https://auth.acme.com/oauth2/userInfo', ENDPOINT],
    ['https://auth.acme.com/jwks.json', ENDPOINT],
    ['https://auth.acme.com/realms/acme/protocol/openid-connect/certs', ENDPOINT],
    ['https://auth.acme.com/realms/acme/protocol/openid-connect', ENDPOINT],
    ['https://a.example.com//', PATH],
    ['https://a.example.com//tenant', PATH],
    ['https://a.example.com/tenant//', PATH],
    ['https://a.example.com/./tenant', PATH],
    ['https://a.example.com/tenant/..', PATH],
    ['https://a.example.com/.well-known', 'must not include /.well-known'],
    ['https://localhost:8443', HOST],
    ['https://keycloak/realms/acme', HOST],
    ['https://10.0.0.1/', HOST],
    ['https://[::1]/', HOST],
  ])('%s is refused: %s', (issuer, rule) => {
    const problems = problemsOf(() => parseConfig({ issuer }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`issuer ${rule}`);
  });

  test('reports all mistakes', () => {
    expect(problemsOf(() => parseConfig({ issuer: 'https://me@issuer.example.org/a b?c' }))).toHaveLength(3);
    expect(problemsOf(() => parseConfig({ issuer: 5 }))).toEqual([`issuer ${HTTPS}`]);
  });
});

describe("the configuration from CDK's context", () => {
  test('is a file, an object or absent; -c stage overrides it', () => {
    const file = fileOf('{"stage": "test", "issuer": "https://i.example.org", "audience": ["a"]}');
    expect(readConfig(contextOf({ config: file })).stage).toBe('test');
    expect(readConfig(contextOf({ config: file, stage: 'other' })).stage).toBe('other');
    expect(readConfig(contextOf({ config: { logRetentionDays: 30 } })).logRetentionDays).toBe(30);
    expect(readConfig(contextOf({})).stage).toBe('dev');
    expect(problemsOf(() => readConfig(contextOf({ stage: 'prod' })))).toHaveLength(2);
  });

  test.each(Object.entries(ENCODINGS))('can be a file in %s', (_, encode) => {
    const path = fileOf(encode('{"stage": "test", "issuer": "https://i.example.org", "audience": ["a"]}'));
    expect(readConfig(contextOf({ config: path })).stage).toBe('test');
  });

  test('refuses any setting except stage given by -c, because it would be ignored', () => {
    const file = fileOf('{}');
    expect(
      problemsOf(() => readConfig(contextOf({ config: file, issuer: 'https://i.example.org', events: 'true' }))),
    ).toEqual([
      'issuer must be set in the file that -c config=FILE names: only stage can be set by -c',
      'events must be set in the file that -c config=FILE names: only stage can be set by -c',
    ]);
    const invalid = fileOf('{"logLevel": "LOUD"}');
    expect(problemsOf(() => readConfig(contextOf({ config: invalid, events: 'true' })))).toEqual([
      'events must be set in the file that -c config=FILE names: only stage can be set by -c',
      'logLevel must be DEBUG, INFO, WARN or ERROR',
    ]);
  });

  test('reports a problem with a file by its name', () => {
    const missing = join(folder, 'missing.json');
    expect(() => readConfig(contextOf({ config: missing }))).toThrow(`${missing} cannot be deployed`);
    expect(problemsOf(() => readConfig(contextOf({ config: missing })))).toEqual([
      'config must name a readable JSON file (ENOENT)',
    ]);
    expect(problemsOf(() => readConfig(contextOf({ config: fileOf('{') })))[0]).toMatch(/^must be valid JSON: /);
    const twice = fileOf('{"stage": "test", "stage": "prod"}');
    expect(problemsOf(() => readConfig(contextOf({ config: twice })))).toEqual([
      'must be valid JSON: stage must not occur twice',
    ]);
    for (const text of ['[]', 'null', '5']) {
      const problems = problemsOf(() => readConfig(contextOf({ config: fileOf(text), stage: 'prod' })));
      expect(problems, text).toEqual(['must be a JSON object of settings']);
    }
  });
});

test('docs/deploy.md lists every setting and its default', () => {
  const docs = readFileSync(resolve(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
  const rows = docs.split('\n').filter((line) => line.startsWith('| `'));
  const rowOf = (setting: string) => rows.find((row) => row.split('|')[1]?.includes(`\`${setting}\``));
  const optional = {
    authorizer: 'FUNCTION',
    audiencePattern: '^[a-z]{26}$',
    alarmEmail: 'a@example.com',
    maxUnfinishedPerTenant: 100,
    trackingIds: { secrets: true, keyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e' },
    restoredTableName: 'table',
    restoredTableKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e',
  };
  const config = parseConfig(optional);
  expect(Object.keys(config).sort()).toEqual([...SETTINGS].sort());
  for (const [name, value] of Object.entries(config)) {
    const isGroup = ['tenancy', 'lifecycle', 'throttling', 'trackingIds'].includes(name);
    for (const setting of isGroup ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name]) {
      expect(rowOf(setting), `docs/deploy.md lacks ${setting}`).toBeDefined();
    }
  }
  for (const [name, seconds] of Object.entries(parseConfig({}).lifecycle)) {
    expect(rowOf(`lifecycle.${name}`)).toContain(`| ${seconds} |`);
  }
});
