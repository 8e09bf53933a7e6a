import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DatasetGroups, datasetGroupsOf } from './api/dataset-groups.ts';
import {
  call,
  clearFaults,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  local,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

/**
 * The only files of the data folder that may contain secrets, because they must. Other users cannot read the folder (0700).
 * `dynamodb` has the records (tracking IDs, task tokens, the outbox), `personalize` the trackers and the log of calls,
 * `eventbridge/events.jsonl` the events, which carry tracking IDs, and `identity` the issuer's key.
 */
const MUST_HOLD =
  /^(dynamodb\/|personalize\/(event-trackers|calls|landings)\.jsonl$|eventbridge\/events\.jsonl$|identity\/)/;
const LIFECYCLE = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
const JWT = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/;
const TASK_TOKEN = `task-token-${'A'.repeat(40)}/secret+of=the/caller`;
const IDEMPOTENCY_KEY = 'idempotency-key-of-the-caller';

let runtime: LocalRuntime;
let token: string;
let groups: DatasetGroups;
let stepFunctions: SFNClient;
/** Secrets by description. */
const secrets = new Map<string, string>();

/** A full run with many errors, logged at the most detailed level. */
beforeAll(async () => {
  runtime = await startLocalRuntime({
    environment: { CREATE_IN_FLIGHT_SECONDS: '1', POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_METRICS_DISABLED: 'false' },
  });
  token = await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt', 'callback']);
  groups = await datasetGroupsOf(runtime);
  stepFunctions = new SFNClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  secrets.set('the JWT', token).set("the JWT's signature", token.split('.')[2] ?? '');
  secrets.set('the task token', TASK_TOKEN).set('the Idempotency-Key', IDEMPOTENCY_KEY);

  const group = await groups.make('acme-secret');
  const fault = (operation: string, kind: string, more: object = {}) =>
    injectFault(runtime, 'personalize', { operation, fault: kind, times: 1, ...more });
  await fault('CreateEventTracker', 'throttle');
  await fault('DescribeEventTracker', 'server-error');
  const body = { name: 'shop', datasetGroupArn: group, callback: { taskToken: TASK_TOKEN } };
  const created = await call(runtime, 'POST', '/event-trackers', {
    token,
    body,
    headers: { 'idempotency-key': IDEMPOTENCY_KEY },
  });
  expect(created.status).toBe(202);
  const path = created.headers.get('location') ?? '';
  const until = (status: string) =>
    vi.waitFor(
      async () => {
        const { body: seen } = await call(runtime, 'GET', path, { token });
        expect(seen.status).toBe(status);
        return seen;
      },
      { timeout: 60_000, interval: 100 },
    );
  secrets.set('the tracking ID', (await until('ACTIVE')).trackingId);

  const send = (event: object) =>
    call(runtime, 'POST', `${path}/events`, { token, body: { sessionId: 's', eventList: [event] } });
  const event = { eventType: 'view', sentAt: '2026-11-24T00:00:00Z' };
  await send(event);
  await send({ ...event, properties: { userId: 'against a rule' } });
  await fault('PutEvents', 'error', { error: 'InvalidInputException' });
  await send(event);
  await fault('PutEvents', 'server-error');
  await send(event);
  // An internal error, a bad token, a key reused for another body, an invalid body that contains a token.
  await injectFault(runtime, 'dynamodb', { operation: 'Query', times: 10, fault: 'server-error' });
  expect((await call(runtime, 'GET', path, { token })).status).toBe(500);
  await clearFaults(runtime);
  await call(runtime, 'GET', path, { token: `${token}x` });
  const headers = { 'idempotency-key': IDEMPOTENCY_KEY };
  await call(runtime, 'POST', '/event-trackers', { token, body: { ...body, name: 'other' }, headers });
  await call(runtime, 'POST', '/event-trackers', { token, body: { ...body, callback: TASK_TOKEN } });
  await local(runtime, 'POST', '/_local/drift', {});
  await call(runtime, 'DELETE', path, { token });
  await until('DELETED');
  await eventsUntil(runtime, (taken) => taken.some(({ detail }) => detail.data.status === 'DELETED'));
  await local(runtime, 'POST', '/_local/sweep', {});
});
afterAll(async () => {
  groups.personalize.destroy();
  stepFunctions.destroy();
  await runtime.end('SIGKILL');
});

/** The descriptions of the secrets that a text contains. */
const secretsIn = (text: string): string[] => [
  ...[...secrets].flatMap(([name, secret]) => (text.includes(secret) ? [name] : [])),
  ...(JWT.test(text) ? ['a JWT'] : []),
];

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

describe('after a full run', () => {
  test('each secret is in the files that must contain it', () => {
    for (const [name, secret] of secrets) expect(secret.length, name).toBeGreaterThan(10);
    const held = filesOf(runtime.data)
      .filter((file) => MUST_HOLD.test(file))
      .flatMap((file) => secretsIn(readFileSync(join(runtime.data, file), 'latin1')));
    expect(held).toContain('the tracking ID');
  });

  test('the log has lines of every component, with errors, but no secret', () => {
    const output = runtime.output();
    // As on AWS, the log includes the CloudWatch metrics of outcomes and sweeps.
    for (const metric of [
      '"SweepRuns":1',
      '"DriftRuns":1',
      '"Active":1',
      '"AcceptToActive":',
      '"OldestPendingRequestAge":',
    ]) {
      expect(output).toContain(metric);
    }
    for (const part of ['"route":"POST /event-trackers"', 'recordActive', 'events published', '"level":"ERROR"']) {
      expect(output).toContain(part);
    }
    expect(secretsIn(output)).toEqual([]);
  });

  test('no other file of the data folder contains a secret', () => {
    const files = filesOf(runtime.data).filter((file) => !MUST_HOLD.test(file));
    expect(files.filter((file) => file.startsWith('step-functions/histories/'))).not.toEqual([]);
    const found = files.flatMap((file) =>
      secretsIn(readFileSync(join(runtime.data, file), 'latin1')).map((name) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  test('no input, output or history of an execution contains a secret', async () => {
    const entered = new Set<string | undefined>();
    const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn: LIFECYCLE }));
    expect(executions.length).toBeGreaterThan(0);
    for (const { executionArn } of executions) {
      const { events } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      expect(events?.length).toBeGreaterThan(5);
      expect(secretsIn(JSON.stringify(events))).toEqual([]);
      for (const { stateEnteredEventDetails } of events ?? []) entered.add(stateEnteredEventDetails?.name);
      const { input, output } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      expect(Object.keys(JSON.parse(input ?? ''))).toEqual(['version', 'trackerId', 'epoch']);
      expect(secretsIn(`${input} ${output}`)).toEqual([]);
    }
    // The states that handle secrets did run.
    for (const state of ['CreateEventTracker', 'PublishEvents', 'DeleteEventTracker']) expect(entered).toContain(state);
  });

  test('an event has a tracking ID only if it is ACTIVE, and never another secret', async () => {
    for (const event of await eventsUntil(runtime, (taken) => taken.length >= 2)) {
      const allowed = event.detail.data.status === 'ACTIVE' ? ['the tracking ID'] : [];
      expect(secretsIn(JSON.stringify(event))).toEqual(allowed);
    }
  });
});
