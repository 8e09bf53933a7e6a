import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeEventTrackerCommand, ListEventTrackersCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../examples/onboarding/report.ts';
import { eventsUntil, type LocalRuntime, local, personalizeCalls, startLocalRuntime } from './local-runtime.ts';

/**
 * Onboards a list of tenants under a simulated throttle, three times: the first run is killed, the second one is continued after the kill,
 * and the third one finds everything there. `npm run test:ci` does it for 500 tenants.
 */
const TENANTS = Number(process.env.ONBOARDED_TENANTS ?? 12);
const CONCURRENCY = TENANTS < 100 ? 5 : 25;
/** A tenant has about 14 calls. Waits are scaled, so that this corresponds to a twentieth or a tenth of these calls per second on AWS. */
const CALLS_PER_SECOND = TENANTS < 100 ? 30 : 100;
/** Heartbeats are scaled, too; with many tenants on a loaded machine, the service takes longer for one. */
const TIME_SCALE = TENANTS < 100 ? 0.05 : 0.1;

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-trackers-onboarding-list';
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/';
const tenants = Array.from({ length: TENANTS }, (_, n) => ({
  tenantId: `tenant${n}`,
  name: 'shop',
  datasetGroup: `tenant${n}-shop`,
}));

let runtime: LocalRuntime;
const clients = () => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { endpoint: runtime.awsUrl, region: 'us-east-1', credentials };
  return {
    stepFunctions: new SFNClient(options),
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(options)),
    events: new EventBridgeClient(options),
    personalize: new PersonalizeClient(options),
  };
};
const start = async (data?: string) => {
  runtime = await startLocalRuntime({ args: ['--examples'], timeScale: TIME_SCALE, ...(data && { data }) });
};
const killAndRestart = async () => {
  await runtime.end('SIGKILL');
  await start(runtime.data);
};

beforeAll(async () => {
  await start();
  const { events } = clients();
  const rule = { Name: 'subscriber', EventBusName: 'event-trackers' };
  const EventPattern = readFileSync(join(import.meta.dirname, '../../examples/subscriber/event-pattern.json'), 'utf8');
  await events.send(new PutRuleCommand({ ...rule, EventPattern }));
  const Arn = 'arn:aws:lambda:us-east-1:123456789012:function:event-trackers-subscriber';
  const { Name: Rule, EventBusName } = rule;
  await events.send(new PutTargetsCommand({ Rule, EventBusName, Targets: [{ Id: 'subscriber', Arn }] }));
  const timing = { createPendingMs: 200, createInProgressMs: 500, datasetGroupMs: 300, datasetMs: 200 };
  await local(runtime, 'PUT', '/_simulator/timing', timing);
  // The demo group is one more.
  await local(runtime, 'PUT', '/_simulator/quotas', { datasetGroups: TENANTS + 1 });
  // With a small burst, calls are throttled also on a slow machine.
  const throttle = { operations: '*', ratePerSecond: CALLS_PER_SECOND, burst: 3, shared: true };
  await local(runtime, 'PUT', '/_simulator/throttle', throttle);
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

async function items(TableName: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  const { documents } = clients();
  do {
    const page = await documents.send(new ScanCommand({ TableName, ExclusiveStartKey: start, ConsistentRead: true }));
    all.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return all;
}

async function startList(name: string) {
  const input = JSON.stringify({ tenants, maxConcurrency: CONCURRENCY, toleratedFailurePercentage: 0 });
  const { executionArn } = await clients().stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, name, input }),
  );
  return async () => {
    for (;;) {
      const { status, output, cause } = await clients().stepFunctions.send(
        new DescribeExecutionCommand({ executionArn }),
      );
      if (status !== 'RUNNING') return { status, cause, report: JSON.parse(output ?? '{}') as Partial<Report> };
      await pause(200);
    }
  };
}

const complete = (run: string, existing: unknown) => ({
  status: 'SUCCEEDED',
  report: {
    run,
    summary: `${TENANTS} of ${TENANTS} tenants are ACTIVE.`,
    total: TENANTS,
    active: TENANTS,
    existing,
    failed: 0,
    notFinished: 0,
    failures: [],
    notListed: 0,
  },
});

test(`${TENANTS} tenants are onboarded by a run that follows a killed one, and a further run finds them`, async () => {
  await startList('killed');
  const finished = async () => (await items('event-trackers-onboarding')).length;
  while ((await finished()) < TENANTS / 3) await pause(100);
  await killAndRestart();

  const second = await (await startList('second'))();
  expect(second).toEqual({ ...complete('second', expect.any(Number)), cause: undefined });
  // The killed run had finished a third, and not all.
  expect(second.report.existing).toBeGreaterThanOrEqual(Math.floor(TENANTS / 3) - 1);
  expect(second.report.existing).toBeLessThan(TENANTS);
  const calls = await personalizeCalls(runtime);
  expect(calls.some(({ outcome }) => outcome === 'ThrottlingException')).toBe(true);

  await killAndRestart();
  await local(runtime, 'DELETE', '/_simulator/calls');
  const third = await (await startList('third'))();
  expect(third).toEqual({ ...complete('third', TENANTS), cause: undefined });
  expect((await personalizeCalls(runtime)).filter(({ operation }) => operation.startsWith('Create'))).toEqual([]);

  // In Personalize, each dataset group has exactly one tracker, and it is ACTIVE.
  await local(runtime, 'DELETE', '/_simulator/throttle');
  const { personalize } = clients();
  const trackingIds = new Map<string, string>();
  for (const { datasetGroup } of tenants) {
    const { eventTrackers = [] } = await personalize.send(
      new ListEventTrackersCommand({ datasetGroupArn: `${GROUP}${datasetGroup}` }),
    );
    expect(
      eventTrackers.map(({ status }) => status),
      datasetGroup,
    ).toEqual(['ACTIVE']);
    const { eventTrackerArn } = eventTrackers[0] ?? {};
    const { eventTracker } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
    trackingIds.set(datasetGroup, eventTracker?.trackingId ?? '');
  }

  // The subscriber has each tracking ID, at the place that the line of the report names.
  await expect.poll(() => items('event-trackers-tracking-ids')).toHaveLength(TENANTS);
  const byId = new Map((await items('event-trackers-tracking-ids')).map((item) => [item.trackerId, item]));
  const lines = (await items('event-trackers-onboarding')).filter(({ run }) => run === 'third');
  expect(lines).toHaveLength(TENANTS);
  for (const { trackerId, trackingIdIn, datasetGroup } of lines) {
    expect(trackingIdIn).toBe(`dynamodb:event-trackers-tracking-ids/${trackerId}`);
    const trackingId = trackingIds.get(String(datasetGroup));
    expect(byId.get(trackerId)).toMatchObject({ status: 'ACTIVE', trackingId });
  }
  const isActive = ({ detail }: { detail: { data: { status: string } } }) => detail.data.status === 'ACTIVE';
  const activeOf = (events: readonly Parameters<typeof isActive>[0][]) => events.filter(isActive).length;
  const events = await eventsUntil(runtime, (seen) => activeOf(seen) >= TENANTS);
  expect(new Set(events.filter(isActive).map(({ detail }) => detail.data.trackerId)).size).toBe(TENANTS);

  // No execution contains a tracking ID.
  const histories = readdirSync(join(runtime.data, 'step-functions/histories'));
  expect(histories).not.toEqual([]);
  for (const file of ['executions.jsonl', ...histories.map((name) => `histories/${name}`)]) {
    const text = readFileSync(join(runtime.data, 'step-functions', file), 'utf8');
    for (const trackingId of trackingIds.values()) expect(text.includes(trackingId), file).toBe(false);
  }
}, 1_800_000);
