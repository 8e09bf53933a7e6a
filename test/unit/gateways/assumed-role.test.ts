import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { describe, expect, test } from 'vitest';
import { callNowhere, callWithRole, credentialsOf } from '../../../functions/gateways/assumed-role.ts';
import { AccessDeniedError, ThrottledError } from '../../../functions/gateways/aws-errors.ts';
import { createPersonalizeGateway } from '../../../functions/gateways/personalize.ts';
import type { RoleCredentials, RoleSessions } from '../../../functions/gateways/role-sessions.ts';
import { AwsError, errorAnswer, jsonAnswer, type WireRequest } from '../../../infra/local/wire.ts';
import { inProcess } from '../../world/in-process.ts';

const ROLE = {
  accountId: '210987654321',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'prod:acme',
};
const GROUP = 'arn:aws:personalize:eu-west-1:210987654321:dataset-group/acme-shop';

/** Sessions that are numbered; the test decides which of them Personalize accepts. */
function simulation(answerTo: (session: number) => 'OK' | AwsError) {
  let last = 0;
  let cached: Promise<RoleCredentials> | undefined;
  const sessions: RoleSessions = {
    credentials: () => {
      cached ??= Promise.resolve({
        accessKeyId: `ASIA${++last}`,
        secretAccessKey: 's',
        sessionToken: `token-${last}`,
        expiration: new Date(8e15),
      });
      return cached;
    },
    cached: () => cached,
    forget: () => {
      cached = undefined;
    },
  };
  const calls: { session: number; region: string | undefined }[] = [];
  const service = async ({ headers }: WireRequest) => {
    const session = Number(String(headers['x-amz-security-token']).replace('token-', ''));
    calls.push({ session, region: /\/([a-z]+-[a-z]+-\d)\/personalize\//.exec(String(headers.authorization))?.[1] });
    const answer = answerTo(session);
    return answer === 'OK'
      ? jsonAnswer({ eventTrackerArn: 'arn:aws:personalize:eu-west-1:210987654321:event-tracker/1' })
      : errorAnswer(answer);
  };
  const client = new PersonalizeClient({
    ...inProcess(service),
    region: ROLE.region,
    credentials: credentialsOf(sessions, ROLE),
  });
  const gateway = createPersonalizeGateway(callWithRole(client, sessions, ROLE), 'prod');
  return {
    calls,
    sessions,
    create: () => gateway.create({ name: 'shop', datasetGroupArn: GROUP, tags: [], trackerId: 'et-1' }),
    delete: () => gateway.delete('arn:aws:personalize:eu-west-1:210987654321:event-tracker/1'),
  };
}
const expired = new AwsError('ExpiredTokenException', 'The security token is expired');
const denied = new AwsError('AccessDeniedException', 'no');

describe("a call with another account's role", () => {
  test("is signed with the role's session, for the Region of the record", async () => {
    const { calls, create } = simulation(() => 'OK');
    expect((await create()).kind).toBe('created');
    expect((await create()).kind).toBe('created');
    expect(calls).toEqual([
      { session: 1, region: 'eu-west-1' },
      { session: 1, region: 'eu-west-1' },
    ]);
  });

  test.each([
    ['expired in the middle', expired],
    ['revoked', denied],
    ['taken back with the role, which exists again', new AwsError('UnrecognizedClientException', 'invalid')],
  ])('whose cached session was %s is sent once more with a new session', async (_, refusal) => {
    let lost = false;
    const { calls, create } = simulation((session) => (lost && session === 1 ? refusal : 'OK'));
    await create();
    lost = true;
    expect((await create()).kind).toBe('created');
    expect(calls.map(({ session }) => session)).toEqual([1, 1, 2]);
  });

  test('that the role does not permit is denied, and names role and account', async () => {
    const { calls, create } = simulation(() => denied);
    const { externalId: _, ...role } = ROLE;
    expect(await create()).toMatchObject({
      kind: 'denied',
      operation: 'CreateEventTracker',
      account: { why: 'NOT_PERMITTED', ...role },
    });
    // The session was new, so another one would not help.
    expect(calls).toHaveLength(1);
    await create();
    expect(calls.map(({ session }) => session)).toEqual([1, 1, 2]);
  });

  test('whose new session is not accepted either is denied: the account has not enabled the Region', async () => {
    const { create } = simulation(() => new AwsError('UnrecognizedClientException', 'invalid', 403));
    expect(await create()).toMatchObject({
      kind: 'denied',
      account: { why: 'ROLE_REFUSED', awsError: 'UnrecognizedClientException' },
    });
  });

  test('that is throttled, or refused for another reason, is not repeated', async () => {
    const throttled = simulation(() => new AwsError('LimitExceededException', 'slow down'));
    await throttled.create();
    expect((await throttled.create()).kind).toBe('throttled');
    expect(throttled.calls.map(({ session }) => session)).toEqual([1, 1]);
    await expect(throttled.delete()).rejects.toBeInstanceOf(ThrottledError);
  });

  test('for which there is no session fails as AssumeRole failed, and is not sent', async () => {
    const { calls, sessions, create, delete: remove } = simulation(() => 'OK');
    const failing = { ...sessions };
    sessions.credentials = async () => {
      throw new ThrottledError('AssumeRole');
    };
    expect((await create()).kind).toBe('throttled');
    const account = { why: 'ROLE_REFUSED', ...ROLE, awsError: 'AccessDenied' } as const;
    sessions.credentials = async () => {
      throw new AccessDeniedError('AssumeRole', 'r-1', account);
    };
    expect(await create()).toEqual({ kind: 'denied', operation: 'AssumeRole', awsRequestId: 'r-1', account });
    await expect(remove()).rejects.toMatchObject({ account });
    expect(calls).toEqual([]);
    sessions.credentials = failing.credentials;
    expect((await create()).kind).toBe('created');
  });
});

test('where the settings do not allow the account, no call is sent', async () => {
  const place = { accountId: '210987654321', region: 'eu-west-1' };
  let sent = 0;
  const client = new PersonalizeClient(
    inProcess(async () => {
      sent++;
      return jsonAnswer({});
    }),
  );
  const gateway = createPersonalizeGateway(callNowhere(client, { why: 'NOT_ALLOWED', ...place }), 'prod');
  const call = { name: 'shop', datasetGroupArn: GROUP, tags: [], trackerId: 'et-1' };
  expect(await gateway.create(call)).toEqual({
    kind: 'denied',
    operation: 'CreateEventTracker',
    account: { why: 'NOT_ALLOWED', ...place },
  });
  await expect(gateway.describe('arn:x')).rejects.toMatchObject({ operation: 'DescribeEventTracker' });
  expect(sent).toBe(0);
});
