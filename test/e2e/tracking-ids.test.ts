import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { trackingIdBackfill } from '../../infra/tracking-ids/command.ts';
import {
  call,
  DEMO_GROUP,
  type LocalRuntime,
  local,
  newDataFolder,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

const PATH = '/event-trackers/local/acme/shop';
const TIMING = { createPendingMs: 50, createInProgressMs: 50, deletePendingMs: 50, deleteInProgressMs: 50 };
const FUNCTION = 'event-trackers-tracking-id-parameters';
const data = newDataFolder();
let runtime: LocalRuntime;
let token: string;

const start = async (...args: string[]) => {
  runtime = await startLocalRuntime({ data, args });
  token = await tokenOf(runtime);
  vi.stubEnv('AWS_ENDPOINT_URL', runtime.awsUrl);
};
beforeAll(async () => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  await start();
  await local(runtime, 'PUT', '/_simulator/timing', TIMING);
});
afterAll(() => runtime.end('SIGTERM'));

const orNothing = async (value: Promise<string | undefined>) => {
  try {
    return await value;
  } catch (error) {
    if (error instanceof Error && /NotFound|InvalidRequest/.test(error.name)) return undefined;
    throw error;
  }
};
const parameter = () =>
  orNothing(
    new SSMClient()
      .send(new GetParameterCommand({ Name: PATH, WithDecryption: true }))
      .then(({ Parameter }) => Parameter?.Value),
  );
const secret = () =>
  orNothing(
    new SecretsManagerClient()
      .send(new GetSecretValueCommand({ SecretId: PATH }))
      .then(({ SecretString }) => SecretString),
  );
const outcome = async (path: string) => {
  const { body } = await call(runtime, 'GET', path, { token, headers: { prefer: 'wait=20' } });
  return body;
};

test('from the request to the parameter and the secret, also of what was ACTIVE before, until the deletion', async () => {
  const body = { name: 'shop', datasetGroupArn: DEMO_GROUP };
  const requested = await call(runtime, 'POST', '/event-trackers', { token, body });
  const path = requested.headers.get('location') ?? '';
  const { trackingId } = await outcome(path);
  expect(trackingId).toMatch(/^[0-9a-f-]{36}$/);
  // Off by default.
  expect(await parameter()).toBeUndefined();

  await runtime.end('SIGKILL');
  await start('--tracking-id-parameters', '--tracking-id-secrets');
  expect([await parameter(), await secret()]).toEqual([trackingId, trackingId]);

  const printed: string[] = [];
  const output = { print: (text: string) => printed.push(text), printError: (text: string) => printed.push(text) };
  const args = ['--table', 'event-trackers', '--function', FUNCTION];
  expect(await trackingIdBackfill(args, output)).toBe(0);
  expect(await trackingIdBackfill([...args, '--tenant', 'globex'], output)).toBe(0);
  expect(printed).toEqual([
    'ACTIVE: 1. Gone: 0. In progress, and left to their events: 0. Failed: 0.',
    'ACTIVE: 0. Gone: 0. In progress, and left to their events: 0. Failed: 0.',
  ]);

  await call(runtime, 'DELETE', path, { token });
  expect(await outcome(path)).toMatchObject({ status: 'DELETED' });
  await expect.poll(async () => [await parameter(), await secret()]).toEqual([undefined, undefined]);

  // The secret's name is taken while it can be restored.
  await call(runtime, 'POST', '/event-trackers', { token, body });
  const again = await outcome(path);
  expect(again.trackingId).not.toBe(trackingId);
  await expect.poll(async () => [await parameter(), await secret()]).toEqual([again.trackingId, again.trackingId]);
  expect(runtime.output()).not.toContain(trackingId);
  expect(runtime.output()).not.toContain(again.trackingId);
  // The functions log where they wrote.
  expect(runtime.output()).toContain(`"path":"${PATH}"`);
});

test.each([
  [[], '--table is required'],
  [['--table', 't'], '--function is required'],
  [['--table', 't', '--function', 'f', '--tenant', ''], '--tenant must name a tenant'],
  [['--tables', 't'], "Unknown option '--tables'"],
])('the backfill refuses %j', async (args, message) => {
  const errors: string[] = [];
  expect(await trackingIdBackfill(args, { print() {}, printError: (text) => errors.push(text) })).toBe(2);
  expect(errors.join()).toContain(message);
});

test('the backfill names each tracker for which the function failed, and exits with 1', async () => {
  await local(runtime, 'POST', '/_faults', {
    service: 'ssm',
    operation: 'GetParameter',
    fault: 'access-denied',
  });
  const errors: string[] = [];
  const output = { print() {}, printError: (text: string) => errors.push(text) };
  expect(await trackingIdBackfill(['--table', 'event-trackers', '--function', FUNCTION], output)).toBe(1);
  expect(errors).toEqual([expect.stringMatching(/^et-\w+: AccessDeniedError: the role may not call GetParameter$/)]);
});
