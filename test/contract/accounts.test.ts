import {
  ListEventTrackersCommand,
  PersonalizeClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient, type STSServiceException } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from 'vitest';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { createAccountsService } from '../../infra/local/iam/service.ts';
import { createPersonalizeService } from '../../infra/local/personalize/service.ts';
import type { WireAnswer, WireService } from '../../infra/local/wire.ts';
import { inProcess } from '../world/in-process.ts';

const ACME = '210987654321';
const ROLE = `arn:aws:iam::${ACME}:role/event-trackers`;
const HOUR = 3_600_000;

let now: number;
let faults: FaultInjection;
let accounts: ReturnType<typeof createAccountsService>;
let personalize: ReturnType<typeof createPersonalizeService>;
beforeEach(() => {
  now = Date.parse('2026-11-29T12:00:00Z');
  faults = new FaultInjection();
  const clock = () => now;
  accounts = createAccountsService({ clock, faults });
  personalize = createPersonalizeService({ clock, faults, authorizer: accounts.authorizer });
});

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}
const FUNCTIONS: Key = { accessKeyId: 'event-trackers-local' };
const OWNER: Key = { accessKeyId: ACME };
const as = (service: WireService, key: Key, region = 'us-east-1') => ({
  ...inProcess(service),
  region,
  credentials: { secretAccessKey: 'any', ...key },
});
const sts = (key: Key = FUNCTIONS) => new STSClient(as(accounts.sts, key));
const trackers = (key: Key, region?: string) =>
  new PersonalizeClient(as(personalize.control, key, region)).send(new ListEventTrackersCommand({}));

/** A call of IAM in the query protocol, by an access key. */
async function iam(form: Record<string, string>, { accessKeyId }: Key = OWNER) {
  const answer = (await accounts.iam({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261129/us-east-1/iam/aws4_request` },
    body: Buffer.from(new URLSearchParams(form).toString()),
  })) as WireAnswer;
  return { status: answer.status, xml: String(answer.body), code: /<Code>(\w+)</.exec(String(answer.body))?.[1] };
}

const trustOf = (condition: object, principal: unknown = { AWS: 'arn:aws:iam::123456789012:root' }) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition }],
  });
const WITH_ID = { StringEquals: { 'sts:ExternalId': 'local:acme' } };
const createRole = (document = trustOf(WITH_ID), key = OWNER) =>
  iam({ Action: 'CreateRole', RoleName: 'event-trackers', AssumeRolePolicyDocument: document }, key);
const allow = (statement: object = { Action: 'personalize:*', Resource: '*' }) =>
  iam({
    ...{ Action: 'PutRolePolicy', RoleName: 'event-trackers', PolicyName: 'personalize' },
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } }),
  });

async function assume(more: object = {}, key: Key = FUNCTIONS): Promise<Required<Key> & { expiration: Date }> {
  const input = { RoleArn: ROLE, RoleSessionName: 'event-trackers-local', ExternalId: 'local:acme', ...more };
  const { Credentials } = await sts(key).send(new AssumeRoleCommand(input));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiration: Credentials?.Expiration ?? new Date(0),
  };
}
const errorOf = (call: Promise<unknown>): Promise<STSServiceException> =>
  call.then(
    () => {
      throw new Error('The call was expected to fail.');
    },
    (error: STSServiceException) => error,
  );
const nameOf = async (call: Promise<unknown>) => (await errorOf(call)).name;

describe('the access key decides about the account', () => {
  test.each([
    ['local', '123456789012', 'arn:aws:iam::123456789012:user/local'],
    ['210987654321', ACME, `arn:aws:iam::${ACME}:root`],
    [
      'event-trackers-local',
      '123456789012',
      'arn:aws:sts::123456789012:assumed-role/event-trackers-local-functions/event-trackers-local',
    ],
    ['platform', '123456789012', 'arn:aws:sts::123456789012:assumed-role/platform/platform'],
  ])('%s', async (accessKeyId, Account, Arn) => {
    expect(await sts({ accessKeyId }).send(new GetCallerIdentityCommand({}))).toMatchObject({ Account, Arn });
  });

  test('and the Region of the signature about the Region: each has a Personalize of its own', async () => {
    const { core } = personalize;
    const seed = {
      datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
      name: 'shop',
    };
    core.call('CreateEventTracker', seed);
    const count = async (key: Key, region?: string) => (await trackers(key, region)).eventTrackers?.length;
    expect(await count({ accessKeyId: 'local' })).toBe(1);
    expect(await count({ accessKeyId: '123456789012' })).toBe(1);
    expect(await count({ accessKeyId: 'local' }, 'eu-west-1')).toBe(0);
    expect(await count(OWNER)).toBe(0);
    expect(await nameOf(trackers({ accessKeyId: 'local' }, 'nowhere'))).toBe('InvalidSignatureException');
  });
});

describe('AssumeRole', () => {
  test('gives credentials for an hour, which are of the role and its account', async () => {
    await createRole();
    const session = await assume();
    expect(session.expiration.getTime()).toBe(now + HOUR);
    expect(await sts(session).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: ACME,
      Arn: `arn:aws:sts::${ACME}:assumed-role/event-trackers/event-trackers-local`,
    });
  });

  test.each([
    ['another external id', WITH_ID, { ExternalId: 'local:umbrella' }, FUNCTIONS],
    ['no external id', WITH_ID, { ExternalId: undefined }, FUNCTIONS],
    ['a caller that the trust policy does not name', WITH_ID, {}, { accessKeyId: '345678901234' }],
    [
      'a role of the trusted account that the condition leaves out',
      { ...WITH_ID, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/event-trackers-prod-*' } },
      {},
      FUNCTIONS,
    ],
    ['a role that does not exist', WITH_ID, { RoleArn: `${ROLE}-x` }, FUNCTIONS],
  ])('refuses %s with AccessDenied, and does not tell why', async (_, condition, more, key) => {
    await createRole(trustOf(condition));
    const error = await errorOf(assume(more, key));
    expect([error.name, error.$metadata.httpStatusCode]).toEqual(['AccessDenied', 403]);
    expect(error.message).toMatch(/^User: \S+ is not authorized to perform: sts:AssumeRole on resource: \S+$/);
  });

  test('accepts the role that the condition names', async () => {
    await createRole(
      trustOf({ ...WITH_ID, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/event-trackers-local-*' } }),
    );
    expect((await assume()).accessKeyId).toMatch(/^ASIA/);
  });

  test.each([
    [{ RoleSessionName: 'a b' }],
    [{ ExternalId: 'x' }],
    [{ DurationSeconds: 899 }],
    // A session of a role that assumes a role lasts an hour at most.
    [{ DurationSeconds: 3601 }],
  ])('refuses %j as invalid', async (more) => {
    await createRole();
    expect(await nameOf(assume(more))).toBe('ValidationError');
  });

  test.each([
    ['throttle', 'Throttling'],
    ['server-error', 'InternalFailure'],
    ['access-denied', 'AccessDenied'],
  ])('the fault %s: %s, for one role if it is named', async (fault, name) => {
    await createRole();
    const post = (more: object) =>
      faults.wire({
        ...{ method: 'POST', path: '/_faults', query: new URLSearchParams(), headers: {} },
        body: Buffer.from(JSON.stringify({ service: 'sts', operation: 'AssumeRole', fault, ...more })),
      });
    await post({ roleArn: `${ROLE}-x` });
    await assume();
    await post({ roleArn: ROLE });
    expect(await nameOf(assume())).toBe(name);
    await assume();
  });
});

describe('temporary credentials', () => {
  test('expire; until then the policies of the role apply', async () => {
    await createRole();
    await allow();
    const session = await assume({ DurationSeconds: 900 });
    expect((await trackers(session)).eventTrackers).toEqual([]);
    now += 900_000;
    expect(await nameOf(trackers(session))).toBe('ExpiredTokenException');
  });

  test('are invalid with another token, and once the role is deleted, also if it is created again', async () => {
    await createRole();
    await allow();
    const session = await assume();
    expect(await nameOf(trackers({ ...session, sessionToken: 'another' }))).toBe('UnrecognizedClientException');
    await iam({ Action: 'DeleteRolePolicy', RoleName: 'event-trackers', PolicyName: 'personalize' });
    await iam({ Action: 'DeleteRole', RoleName: 'event-trackers' });
    expect(await nameOf(trackers(session))).toBe('UnrecognizedClientException');
    await createRole();
    await allow();
    expect(await nameOf(trackers(session))).toBe('UnrecognizedClientException');
    expect((await trackers(await assume())).eventTrackers).toEqual([]);
  });

  test('can be made to expire through /_sts/sessions, which shows no secret', async () => {
    await createRole();
    await allow();
    const session = await assume();
    const send = async (method: string, query = '') =>
      JSON.parse(
        String(
          (
            (await accounts.script({
              ...{ method, path: '/_sts/sessions', headers: {}, body: Buffer.of() },
              query: new URLSearchParams(query),
            })) as WireAnswer
          ).body,
        ),
      );
    const arn = `arn:aws:sts::${ACME}:assumed-role/event-trackers/event-trackers-local`;
    expect(await send('GET')).toEqual({ sessions: [{ arn, expiration: session.expiration.toISOString() }] });
    await send('DELETE', 'accountId=345678901234');
    expect((await trackers(session)).eventTrackers).toEqual([]);
    await send('DELETE');
    expect(await nameOf(trackers(session))).toBe('ExpiredTokenException');
  });

  test.each([
    ['another action', { Action: 'personalize:Describe*', Resource: '*' }],
    [
      'a resource, for an action without resource-level permissions',
      { Action: 'personalize:*', Resource: `arn:aws:personalize:us-east-1:${ACME}:event-tracker/*` },
    ],
    [
      'another Region',
      { Action: 'personalize:*', Resource: '*', Condition: { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } } },
    ],
  ])('may do only what the role permits, not with a policy for %s', async (_, statement) => {
    await createRole();
    expect(await nameOf(assume().then((session) => trackers(session)))).toBe('AccessDeniedException');
    await allow(statement);
    expect(await nameOf(assume().then((session) => trackers(session)))).toBe('AccessDeniedException');
  });
});

test('conditions on the tags of a call: those of a policy with ForAllValues hold for each tag', async () => {
  await createRole();
  await allow({
    ...{ Action: ['personalize:TagResource', 'personalize:UntagResource'], Resource: '*' },
    Condition: { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'event-trackers:*' } },
  });
  const client = new PersonalizeClient(as(personalize.control, await assume()));
  const resourceArn = `arn:aws:personalize:us-east-1:${ACME}:event-tracker/none`;
  const tag = (...keys: string[]) =>
    nameOf(
      client.send(new TagResourceCommand({ resourceArn, tags: keys.map((tagKey) => ({ tagKey, tagValue: 'x' })) })),
    );
  const untag = (...tagKeys: string[]) => nameOf(client.send(new UntagResourceCommand({ resourceArn, tagKeys })));
  // Allowed: the call itself finds no tracker.
  expect([await tag('team'), await untag('team')]).toEqual(['ResourceNotFoundException', 'ResourceNotFoundException']);
  for (const call of [tag, untag])
    expect(await call('team', 'event-trackers:deployment')).toBe('AccessDeniedException');
});

describe('IAM', () => {
  test('each account has its own roles', async () => {
    await createRole();
    expect((await iam({ Action: 'ListRoles' })).xml).toContain(`<Arn>${ROLE}</Arn>`);
    expect((await iam({ Action: 'ListRoles' }, { accessKeyId: '345678901234' })).xml).not.toContain('event-trackers');
    expect(await createRole()).toMatchObject({ status: 409, code: 'EntityAlreadyExists' });
    expect(await iam({ Action: 'GetRole', RoleName: 'other' })).toMatchObject({ status: 404, code: 'NoSuchEntity' });
    expect((await iam({ Action: 'GetRole', RoleName: 'event-trackers' })).xml).toContain(
      encodeURIComponent(trustOf(WITH_ID)),
    );
  });

  test('a policy can be read and removed, and a role with one is not deleted', async () => {
    await createRole();
    await allow();
    const of = { RoleName: 'event-trackers', PolicyName: 'personalize' };
    expect((await iam({ Action: 'ListRolePolicies', ...of })).xml).toContain('<member>personalize</member>');
    expect((await iam({ Action: 'GetRolePolicy', ...of })).xml).toContain(encodeURIComponent('"personalize:*"'));
    expect(await iam({ Action: 'DeleteRole', ...of })).toMatchObject({ code: 'DeleteConflict' });
    await iam({ Action: 'DeleteRolePolicy', ...of });
    expect(await iam({ Action: 'GetRolePolicy', ...of })).toMatchObject({ code: 'NoSuchEntity' });
    expect((await iam({ Action: 'DeleteRole', ...of })).status).toBe(200);
  });

  test.each([
    ['no JSON', '{', /it is not JSON/],
    ['a condition that would be ignored', trustOf({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }), /Condition/],
    ['a principal that would be ignored', trustOf({}, { Service: 'lambda.amazonaws.com' }), /Principal/],
    ['an old version', trustOf({}).replace('2012-10-17', '2008-10-17'), /Version/],
    ['too long', trustOf({ StringEquals: { 'sts:ExternalId': 'x'.repeat(10_240) } }), /more than 10240 characters/],
  ])('refuses a policy: %s', async (_, document, message) => {
    const { code, xml } = await createRole(document);
    expect(code).toBe('MalformedPolicyDocument');
    expect(xml).toMatch(message);
  });

  test('names what it supports for any other operation', async () => {
    expect((await iam({ Action: 'CreateUser' })).xml).toMatch(/CreateUser of IAM\. It supports CreateRole, GetRole/);
  });
});
