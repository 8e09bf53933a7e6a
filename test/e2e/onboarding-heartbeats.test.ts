import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from './local-runtime.ts';

const machine = (name: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
const ONBOARDING = machine('event-trackers-onboarding');
const LIFECYCLE = machine('event-tracker-lifecycle');
/** The example's 600 s, scaled like all waits. */
const HEARTBEAT_MS = 3_000;

let runtime: LocalRuntime;
let stepFunctions: SFNClient;
beforeAll(async () => {
  // Short waits need many rounds. The tests need one execution that does not end by its number of rounds.
  const environment = { MAX_ROUNDS: '100000' };
  runtime = await startLocalRuntime({ args: ['--examples'], timeScale: HEARTBEAT_MS / 600_000, environment });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  stepFunctions = new SFNClient({ endpoint: runtime.awsUrl, region: 'us-east-1', credentials });
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

/** Starts the onboarding of a dataset group whose tracker is CREATE IN_PROGRESS for so many ms. */
async function onboarding(createInProgressMs: number) {
  await local(runtime, 'PUT', '/_simulator/timing', {
    createPendingMs: 100,
    createInProgressMs,
    deletePendingMs: 100,
    deleteInProgressMs: 100,
  });
  const input = JSON.stringify({
    tenantId: 'acme',
    name: 'shop',
    datasetGroup: 'acme-shop',
    schema: 'acme-shop-interactions',
  });
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn: ONBOARDING, input }));
  const describe = () => stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  return {
    ended: () => until(describe, ({ status }) => status !== 'RUNNING'),
    async eventTypes() {
      const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
      return events.map(({ type }) => type);
    },
  };
}

const running = async () => {
  const list = new ListExecutionsCommand({ stateMachineArn: LIFECYCLE, statusFilter: 'RUNNING' });
  return (await stepFunctions.send(list)).executions ?? [];
};
/** Reads until `isDone` returns true; only the test's time-out ends it earlier. */
async function until<Value>(read: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    await pause(50);
  }
}

test('the onboarding survives a creation that takes longer than HeartbeatSeconds', async () => {
  const began = Date.now();
  const { ended, eventTypes } = await onboarding(2.5 * HEARTBEAT_MS);
  expect(await ended()).toMatchObject({ status: 'SUCCEEDED' });
  expect(Date.now() - began).toBeGreaterThan(2 * HEARTBEAT_MS);
  expect(await eventTypes()).not.toContain('TaskTimedOut');
});

test('if the service stops, a waiting onboarding ends after HeartbeatSeconds, long before its time-out', async () => {
  const path = `/event-trackers/${trackerIdOf(DEMO_GROUP)}`;
  const token = await tokenOf(runtime);
  await call(runtime, 'DELETE', path, { token });
  await until(
    async () => (await call(runtime, 'GET', path, { token })).body.status,
    (status) => status === 'DELETED',
  );
  await until(running, (executions) => executions.length === 0);

  const { ended, eventTypes } = await onboarding(600_000);
  const executions = await until(running, ({ length }) => length > 0);
  for (const { executionArn } of executions) await stepFunctions.send(new StopExecutionCommand({ executionArn }));
  const stoppedAt = Date.now();
  expect(await ended()).toMatchObject({ status: 'FAILED', error: 'SERVICE_SILENT' });
  expect(Date.now() - stoppedAt).toBeGreaterThan(HEARTBEAT_MS / 2);
  expect(await eventTypes()).toContain('TaskTimedOut');
});
