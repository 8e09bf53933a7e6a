import type { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { AccessDeniedError, ThrottledError, UnknownOutcomeError } from '../../../functions/gateways/aws-errors.ts';
import { createRoleSessions } from '../../../functions/gateways/role-sessions.ts';

const ROLE = {
  accountId: '210987654321',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'prod:acme',
};
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** An STS whose answers the test gives. */
function simulation() {
  const asked: object[] = [];
  let answer: () => Promise<object> = async () => session();
  let count = 0;
  const clock = { now: 1_000_000 };
  const session = () => ({
    Credentials: {
      AccessKeyId: `ASIA${++count}`,
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: new Date(clock.now + HOUR),
    },
  });
  const sts = {
    send: ({ input }: { input: object }) => {
      asked.push(input);
      return answer();
    },
  };
  const sessions = createRoleSessions(sts as unknown as STSClient, 'prod', () => clock.now);
  return {
    asked,
    clock,
    sessions,
    session,
    answer: (next: () => Promise<object>) => {
      answer = next;
    },
    key: async (role = ROLE) => (await sessions.credentials(role)).accessKeyId,
  };
}

const error = (name: string, httpStatusCode = 400) =>
  Object.assign(new Error(name), { name, $fault: 'client', $metadata: { httpStatusCode, requestId: 'r-1' } });

describe('the sessions of roles', () => {
  test('AssumeRole sends the external id, and a session name that names the deployment', async () => {
    const { asked, key } = simulation();
    await key();
    expect(asked).toEqual([{ RoleArn: ROLE.roleArn, ExternalId: 'prod:acme', RoleSessionName: 'event-trackers-prod' }]);
  });

  test('are cached until five minutes before they expire', async () => {
    const { clock, key } = simulation();
    expect(await key()).toBe('ASIA1');
    clock.now += HOUR - 5 * MINUTE - 1;
    expect(await key()).toBe('ASIA1');
    clock.now += 1;
    expect(await key()).toBe('ASIA2');
  });

  test('concurrent calls share one AssumeRole, also for different Regions of the account', async () => {
    const { asked, key } = simulation();
    const keys = await Promise.all([key(), key({ ...ROLE, region: 'us-east-1' }), key()]);
    expect(keys).toEqual(['ASIA1', 'ASIA1', 'ASIA1']);
    expect(asked).toHaveLength(1);
  });

  test('each role and external id has its own', async () => {
    const { key } = simulation();
    const other = { ...ROLE, externalId: 'prod:umbrella' };
    expect([await key(), await key(other), await key(), await key(other)]).toEqual([
      'ASIA1',
      'ASIA2',
      'ASIA1',
      'ASIA2',
    ]);
  });

  test('a failure is not cached: the next call assumes the role again', async () => {
    const { answer, key, session, asked } = simulation();
    answer(async () => {
      throw error('AccessDenied', 403);
    });
    const failures = await Promise.allSettled([key(), key()]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked).toHaveLength(1);
    answer(async () => session());
    expect(await key()).toBe('ASIA1');
  });

  test('credentials that were refused are dropped, but not those that have replaced them', async () => {
    const { sessions, key } = simulation();
    const first = sessions.credentials(ROLE);
    await first;
    sessions.forget(ROLE, first);
    expect(await key()).toBe('ASIA2');
    sessions.forget(ROLE, first);
    expect(await key()).toBe('ASIA2');
  });

  test.each([
    ['AccessDenied', 403, AccessDeniedError],
    ['RegionDisabledException', 403, AccessDeniedError],
    ['ValidationError', 400, AccessDeniedError],
    ['Throttling', 400, ThrottledError],
    ['ServiceUnavailable', 503, UnknownOutcomeError],
    // Of the function's own credentials: it shows nothing about the role.
    ['ExpiredTokenException', 403, UnknownOutcomeError],
  ])('%s', async (name, status, expected) => {
    const { answer, key } = simulation();
    answer(async () => {
      throw error(name, status);
    });
    const failure = await key().catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(expected);
    if (!(failure instanceof AccessDeniedError)) return;
    const { externalId: _, ...role } = ROLE;
    expect(failure.account).toEqual({ ...role, why: 'ROLE_REFUSED', awsError: name });
    expect(failure.awsRequestId).toBe('r-1');
    expect(failure.message).not.toContain('prod:acme');
  });

  test('no answer, or one without credentials, is no refusal', async () => {
    const { answer, key } = simulation();
    answer(async () => {
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    });
    await expect(key()).rejects.toBeInstanceOf(UnknownOutcomeError);
    answer(async () => ({}));
    await expect(key()).rejects.toBeInstanceOf(UnknownOutcomeError);
  });
});
