import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { createMetrics, type MetricValues } from '../../functions/metrics.ts';
import { detectDriftWithMetrics, sweepWithMetrics } from '../../functions/sweep/with-metrics.ts';
import { apply } from '../../functions/tracker/apply.ts';
import { FAILURE_CODES } from '../../functions/tracker/failures.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { inProcess } from '../world/in-process.ts';
import { GROUP, World } from '../world/world.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The lines that `act` writes to the function's log. */
function written(work: () => void): string {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  work();
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join('');
  write.mockRestore();
  return text;
}

describe("CloudWatch's embedded metric format", () => {
  test('is one line that CloudWatch reads: namespace, dimensions, units and values', () => {
    const line = written(() => createMetrics('prod').emit({ SweepRuns: 1, OldestDueAge: 61.5 }));
    expect(line).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(line)).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'EventTrackers',
            Dimensions: [expect.arrayContaining(['service', 'stage'])],
            Metrics: [
              { Name: 'SweepRuns', Unit: 'Count' },
              { Name: 'OldestDueAge', Unit: 'Seconds' },
            ],
          },
        ],
      },
      service: 'event-trackers',
      stage: 'prod',
      SweepRuns: 1,
      OldestDueAge: 61.5,
    });
  });

  test("has a failure's code as a dimension of that line only", () => {
    const metrics = createMetrics('prod');
    const [first, second] = written(() => {
      metrics.emit({ CreateFailed: 1 }, 'CONFLICT');
      metrics.emit({ CreateFailed: 1 });
    })
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ code: 'CONFLICT', CreateFailed: 1 });
    expect(first._aws.CloudWatchMetrics[0].Dimensions[0]).toContain('code');
    expect(second).not.toHaveProperty('code');
  });

  test('is not written if there is nothing to report, or if metrics are off', () => {
    expect(written(() => createMetrics('prod').emit({ OldestPendingRequestAge: undefined }))).toBe('');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    expect(written(() => createMetrics('prod').emit({ SweepRuns: 1 }))).toBe('');
  });
});

const most = (measured: readonly MetricValues[], name: keyof MetricValues) =>
  Math.max(...measured.map((values) => values[name] ?? -1));

describe('the workflow measures', () => {
  test('ACTIVE, and the time since the request, once the bus accepts the event', async () => {
    const world = new World();
    await world.ask();
    world.busFailures = 1;
    await world.run();
    const [active, ...more] = world.measured.filter(({ Active }) => Active);
    expect(more).toEqual([]);
    const { requestedAt, history } = world.record;
    expect(active?.AcceptToActive).toBe((history.find(({ status }) => status === 'ACTIVE')?.at ?? 0) - requestedAt);
    expect(active?.AcceptToActive).toBeGreaterThan(5000);
  });

  test('the outcome of an earlier request is counted, but its duration is not measured', async () => {
    const world = new World();
    await world.ask();
    world.busFailures = 1000;
    await world.run().catch(() => {});
    expect(world.record.status).toBe('ACTIVE');
    await world.delete();
    world.busFailures = 0;
    await world.sweepUntilIdle();
    expect(world.measured.filter(({ Active }) => Active)).toEqual([{ Active: 1, AcceptToActive: undefined }]);
  });

  test('a failure by its code, and whether the service is at fault', async () => {
    const world = new World();
    world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'access-denied' });
    await world.ask();
    await world.run();
    await world.sweepUntilIdle();
    expect(world.measured.filter(({ CreateFailed }) => CreateFailed)).toEqual([
      { CreateFailed: 1, ServiceFault: 1 },
      { CreateFailed: 1, code: 'ACCESS_DENIED' },
    ]);
  });

  test('a failure that a caller can fix is not a ServiceFault', async () => {
    const world = new World();
    await world.ask({ datasetGroupArn: `${GROUP}-missing` });
    await world.run();
    expect(world.measured.filter(({ CreateFailed }) => CreateFailed)).toEqual([
      { CreateFailed: 1, ServiceFault: undefined },
      { CreateFailed: 1, code: 'DATASET_GROUP_NOT_FOUND' },
    ]);
  });

  test('how long a request has had no outcome, even if its execution is alive and the sweeper never sees it', async () => {
    const world = new World();
    world.sweepsDuringWaits = true;
    world.personalize.core.addFault({ operation: 'ListEventTrackers', times: 400, fault: 'throttle' });
    await world.ask();
    await world.run();
    expect(world.takenFromLiveOwners).toBe(0);
    expect(most(world.measured, 'OldestPendingRequestAge') * 1000).toBeGreaterThan(AWS_SETTINGS.deadlineMs);
    // After the outcome and its event, nothing is pending.
    const published = world.measured.findIndex(({ Active }) => Active);
    expect(published).toBeGreaterThan(0);
    expect(
      world.measured
        .slice(published + 1)
        .filter(({ OldestPendingRequestAge }) => OldestPendingRequestAge !== undefined),
    ).toEqual([]);
  });

  test('a cleanup that starts later counts from its own start, not from an old request', async () => {
    const world = new World();
    await world.ask();
    await world.run();
    await world.delete();
    await world.run();
    const deleted = world.record;
    // Simulates a create of ours that took effect very late. The drift check finds the tracker, and an execution deletes it.
    await world.ask();
    await world.run();
    world.store.records.set(deleted.trackerId, { ...deleted, epoch: 9 });
    world.time += 3_600_000;
    const before = world.measured.length;
    await world.drift();
    await world.run();
    expect(await world.trackers(GROUP)).toEqual([]);
    const ages = world.measured.slice(before).flatMap(({ OldestPendingRequestAge }) => OldestPendingRequestAge ?? []);
    expect(ages.length).toBeGreaterThan(0);
    expect(Math.max(...ages)).toBeLessThan(600);
  });

  test('how long an event waits while the bus is down', async () => {
    const world = new World();
    await world.ask();
    world.busFailures = 60;
    await world.run();
    expect(most(world.measured, 'OldestOutboxEntryAge')).toBeGreaterThan(600);
  });
});

describe('the sweeper measures', () => {
  const sweepOnce = async (world: World, startFails = false) => {
    const measured: MetricValues[] = [];
    const dependencies = {
      store: world.store,
      workflow: {
        start: async () => {
          if (startFails) throw new Error('injected failure');
        },
      },
      settings: AWS_SETTINGS,
      now: () => world.time,
      log: { info() {}, warn() {}, error() {} },
    };
    const metrics = { emit: (values: MetricValues) => void measured.push(values) };
    await sweepWithMetrics(dependencies, metrics, {}).catch(() => {});
    return measured;
  };

  test('its run, and zeros, if nothing is due', async () => {
    expect(await sweepOnce(new World())).toEqual([
      {
        SweepRuns: 1,
        Due: 0,
        OldestDueAge: 0,
        OldestOutboxEntryAge: 0,
        OldestPendingRequestAge: 0,
        TakeOvers: 0,
        MaxTakeOversPerRecord: 0,
        SweepFailures: 0,
        GovernorRestarts: 0,
      },
    ]);
  });

  test('the age of due records, the records it took over, and those it could not', async () => {
    const world = new World();
    await world.ask();
    const { due } = world.record;
    world.time = due.at + 90_000;
    expect(await sweepOnce(world)).toMatchObject([
      { Due: 1, OldestDueAge: 90, TakeOvers: 1, MaxTakeOversPerRecord: 1, SweepFailures: 0, GovernorRestarts: 0 },
    ]);
    world.time = world.record.due.at;
    const [failing] = await sweepOnce(world, true);
    expect(failing).toMatchObject({ TakeOvers: 0, MaxTakeOversPerRecord: 2, SweepFailures: 1 });
    expect(failing?.OldestPendingRequestAge).toBe((world.time - world.record.requestedAt) / 1000);
  });

  test('a planned hand-over does not count as a take-over, whatever happened to the record before', async () => {
    const world = new World();
    await world.ask();
    world.time = world.record.due.at;
    expect(await sweepOnce(world)).toMatchObject([{ TakeOvers: 1, MaxTakeOversPerRecord: 1 }]);
    const handedOver = apply('handOver', world.record, { now: world.time, epoch: 2 }, world.settings);
    if (isRejected(handedOver)) throw new Error(handedOver.rejected);
    await world.store.save(world.record, handedOver);
    expect(await sweepOnce(world)).toMatchObject([{ Due: 1, TakeOvers: 0, MaxTakeOversPerRecord: 0 }]);
    expect(world.record).toMatchObject({ epoch: 3, takeOvers: 1 });
  });

  test('nothing if the run did not finish', async () => {
    const world = new World();
    world.store.listDue = () => Promise.reject(new Error('injected failure'));
    expect(await sweepOnce(world)).toEqual([]);
  });
});

test('the drift check measures its run, the drift it found, and whether it was aborted', async () => {
  const world = new World();
  await world.ask();
  await world.run();
  const [tracker] = await world.trackers(GROUP);
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: String(tracker?.eventTrackerArn) });
  world.time += 3_600_000;
  const measured: MetricValues[] = [];
  const dependencies = {
    store: world.store,
    places: [
      {
        accountId: '123456789012',
        region: 'us-east-1',
        personalize: createDriftGateway(new PersonalizeClient(inProcess(world.personalize.control)), 'test'),
        cursor: world.driftCursor,
      },
    ] as const,
    workflow: world.workflow,
    settings: AWS_SETTINGS,
    now: () => world.time,
    log: { info() {}, warn() {}, error() {} },
    recreateMissing: false,
    repairTags: false,
  };
  const metrics = { emit: (values: MetricValues) => void measured.push(values) };
  await detectDriftWithMetrics(dependencies, metrics, { everything: true });
  world.personalize.core.addFault({ operation: 'ListEventTrackers', times: 1, fault: 'throttle' });
  await detectDriftWithMetrics(dependencies, metrics, {});
  expect(measured).toEqual([
    { DriftRuns: 1, DriftFound: 1, DriftFailures: 0, DriftCheckAborted: 0 },
    { DriftRuns: 1, DriftFound: 0, DriftFailures: 0, DriftCheckAborted: 1 },
  ]);
});

test('FAILURE_CODES lists exactly the failure codes in the source code', () => {
  const folder = join(import.meta.dirname, '../../functions/tracker');
  const given = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\bcode: '([A-Z_]+)'/g)].map(([, code]) => code),
  );
  expect(new Set(given)).toEqual(new Set(FAILURE_CODES));
});
