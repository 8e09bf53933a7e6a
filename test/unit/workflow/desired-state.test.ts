import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, World } from '../../world/world.ts';

const statuses = (world: World) => world.received.map(({ data }) => data.status);
const foreignTracker = (world: World) => {
  const made = world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  if (made.kind !== 'output') throw new Error('not created');
  world.time += 60_000;
  return made.output.eventTrackerArn;
};
const active = async () => {
  const world = new World();
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
  return world;
};

test('a deletion leaves no tracker, and DELETED is published after ACTIVE', async () => {
  const world = await active();
  expect(await world.delete()).toMatchObject({ status: 'DELETE PENDING', desired: 'ABSENT' });
  await world.run();
  expect(world.record).toMatchObject({ status: 'DELETED' });
  expect(world.record.trackingId).toBeUndefined();
  expect(isIdle(world.record)).toBe(true);
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(statuses(world)).toEqual(['ACTIVE', 'DELETED']);
});

test('a repeated deletion succeeds and changes nothing, during and after the deletion', async () => {
  const world = await active();
  const first = await world.delete();
  expect((await world.delete()).rev).toBe(first.rev);
  await world.run();
  const { rev } = world.record;
  expect(await world.delete()).toMatchObject({ rev, status: 'DELETED' });
});

test('a deletion during CREATE IN_PROGRESS waits for the end of the creation', async () => {
  const world = new World();
  await world.ask();
  await world.run(6);
  expect(await world.trackers(GROUP)).toHaveLength(1);
  await world.delete();
  await world.sweepUntilIdle();
  expect(world.record.status).toBe('DELETED');
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(statuses(world)).toEqual(['DELETED']);
  expect(world.calls('DeleteEventTracker').map(({ outcome }) => outcome)).toEqual(['OK']);
});

test('the deletion of a tracker that is already gone ends in DELETED', async () => {
  const world = await active();
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: world.record.eventTrackerArn });
  world.time += 60_000;
  await world.delete();
  await world.run();
  expect(statuses(world)).toEqual(['ACTIVE', 'DELETED']);
});

test('a request after DELETED creates a new tracker with a new tracking ID, under a new generation', async () => {
  const world = await active();
  const { trackingId, eventTrackerArn } = world.record;
  await world.delete();
  await world.run();
  const again = await world.ask({ name: 'shop-2' });
  expect(again).toMatchObject({ status: 'CREATE PENDING', generation: 3, name: 'shop-2' });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', name: 'shop-2' });
  expect(world.record.trackingId).not.toBe(trackingId);
  expect(world.record.eventTrackerArn).not.toBe(eventTrackerArn);
  expect(statuses(world)).toEqual(['ACTIVE', 'DELETED', 'ACTIVE']);
  expect(world.received.map(({ data }) => data.name)).toEqual(['shop', 'shop', 'shop-2']);
});

test('a request during a deletion waits for DELETED of the old tracker', async () => {
  const world = await active();
  await world.delete();
  expect(await world.ask({ name: 'shop-2' })).toMatchObject({ status: 'DELETE PENDING', desired: 'PRESENT' });
  await world.run();
  expect(statuses(world)).toEqual(['ACTIVE', 'DELETED', 'ACTIVE']);
  expect(await world.trackers(GROUP)).toHaveLength(1);
});

test('a retry after CREATE FAILED is a new attempt under a new generation', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('CREATE FAILED');
  const retried = await world.retry();
  expect(retried).toMatchObject({ status: 'CREATE PENDING', generation: 2 });
  expect(retried.failure).toBeUndefined();
  await world.run();
  expect(statuses(world)).toEqual(['CREATE FAILED', 'ACTIVE']);
});

test('a retry is refused unless the status is CREATE FAILED; during a creation it returns the tracker as it is', async () => {
  const world = new World();
  const asked = await world.ask();
  expect((await world.retry()).rev).toBe(asked.rev);
  await world.run();
  await expect(world.retry()).rejects.toMatchObject({ refused: { reason: 'NOT_FAILED', status: 'ACTIVE' } });
});

test('with adoptExisting a foreign tracker becomes ACTIVE here, and releasing it does not delete it', async () => {
  const world = new World();
  const eventTrackerArn = foreignTracker(world);
  await world.ask({ adoptExisting: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', adopted: true, eventTrackerArn });
  expect(world.calls('CreateEventTracker')).toHaveLength(1);

  expect(await world.delete()).toMatchObject({ status: 'RELEASED' });
  await world.run();
  expect(await world.trackers(GROUP)).toHaveLength(1);
  expect(statuses(world)).toEqual(['ACTIVE', 'RELEASED']);
});

test('a DELETE with destroy deletes an adopted tracker', async () => {
  const world = new World();
  foreignTracker(world);
  await world.ask({ adoptExisting: true });
  await world.run();
  await world.delete({ destroy: true });
  await world.run();
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(statuses(world)).toEqual(['ACTIVE', 'DELETED']);
});

test('after a conflict, the same request with adoptExisting adopts the tracker', async () => {
  const world = new World();
  foreignTracker(world);
  await world.ask();
  await world.run();
  expect(world.record.failure?.code).toBe('CONFLICT');
  await world.ask({ adoptExisting: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', adopted: true });
  expect(statuses(world)).toEqual(['CREATE FAILED', 'ACTIVE']);
});

test('after two parallel sweeps each record has one owner and one outcome', async () => {
  const world = new World();
  world.startFailures = 1;
  await world.ask();
  world.time += world.settings.leaseMs * 2;
  const started: { trackerId: string; epoch: number }[] = [];
  const tools = {
    store: world.store,
    settings: world.settings,
    now: () => world.time,
    workflow: { start: async (owner: { trackerId: string; epoch: number }) => void started.push(owner) },
    log: { info() {}, warn() {}, error() {} },
  };
  await Promise.all([sweep(tools, {}), sweep(tools, {})]);
  expect(started.map(({ epoch }) => epoch)).toEqual([2]);
  expect(world.record).toMatchObject({ epoch: 2, takeOvers: 1 });
});

test('an invalid record does not stop the others', async () => {
  const world = new World();
  const errors: unknown[] = [];
  world.startFailures = 1;
  await world.ask();
  world.time += world.settings.leaseMs * 2;
  const poisoned = { ...world.record, trackerId: 'et-poisoned', due: { lane: 'urgent' as const, at: 0 } };
  world.store.records.set('et-poisoned', poisoned);
  const started: string[] = [];
  const tools = {
    store: {
      read: async (trackerId: string) => {
        if (trackerId === 'et-poisoned') throw new TypeError('poison');
        return world.store.read(trackerId);
      },
      readOf: world.store.readOf.bind(world.store),
      create: world.store.create.bind(world.store),
      readMany: world.store.readMany.bind(world.store),
      save: world.store.save.bind(world.store),
      listWaiting: world.store.listWaiting.bind(world.store),
      listDue: world.store.listDue.bind(world.store),
      listOfTenant: world.store.listOfTenant.bind(world.store),
      countUnfinished: world.store.countUnfinished.bind(world.store),
    },
    settings: world.settings,
    now: () => world.time,
    workflow: { start: async ({ trackerId }: { trackerId: string }) => void started.push(trackerId) },
    log: { info() {}, warn() {}, error: (_: string, error: unknown) => void errors.push(error) },
  };
  expect(await sweep(tools, {})).toEqual({ found: 2, takenOver: 1, handedOver: 0, failed: 1, governors: 0 });
  expect(started).toEqual([world.record.trackerId]);
  expect(errors).toHaveLength(1);
});

const FAULTS = [
  ['CreateEventTracker', 'lost-answer'],
  ['CreateEventTracker', 'late-act'],
  ['CreateEventTracker', 'create-failed'],
  ['CreateEventTracker', 'throttle'],
  ['DeleteEventTracker', 'lost-answer'],
  ['DeleteEventTracker', 'late-act'],
  ['DeleteEventTracker', 'server-error'],
  ['DescribeEventTracker', 'stale-describe'],
  ['ListEventTrackers', 'stale-list'],
] as const;

/** 300 trackers take seconds. The limit is generous because the machine may be loaded. */
const LOADED_MS = 180_000;

test('whatever is requested, fails and dies, the newest request is carried out, and the events are true', {
  timeout: LOADED_MS,
}, async () => {
  const action = fc.constantFrom('ask', 'ask-other', 'delete', 'retry');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(action, fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 90 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.constantFrom(...FAULTS), { maxLength: 3 }),
      async (actions, faults) => {
        const world = new World();
        for (const [operation, fault] of faults) {
          world.personalize.core.addFault({
            operation,
            times: 1,
            fault,
            ...(fault === 'late-act' && { delayMs: 90_000 }),
          } as never);
        }
        await world.ask();
        for (const [action, steps, seconds] of actions) {
          await world.run(steps);
          world.time += seconds * 1000;
          const asked = {
            ask: () => world.ask(),
            'ask-other': () => world.ask({ name: 'other' }),
            delete: () => world.delete(),
            retry: () => world.retry(),
          }[action]();
          // NAME_CONFLICT and NOT_FAILED are valid responses.
          await asked.catch((error: Error) => expect(error.name).toBe('RequestRejected'));
        }
        await world.sweepUntilIdle();
        world.personalize.core.clearFaults();
        world.time += 3_600_000;
        await world.drift();
        await world.run();
        await world.sweepUntilIdle();

        const { record } = world;
        expect(isIdle(record)).toBe(true);
        const there = (await world.trackers(GROUP)).map((tracker) => tracker.eventTrackerArn);
        expect(there).toEqual(record.status === 'ACTIVE' ? [record.eventTrackerArn] : []);
        expect(['ACTIVE', 'CREATE FAILED', 'DELETED']).toContain(record.status);
        expect(record.status === 'DELETED').toBe(record.desired === 'ABSENT');
        const last = world.received.at(-1);
        expect(last?.data.status).toBe(record.status);
        expect(last?.metadata.sequence).toBe(record.sequence);
        expect(world.received.map(({ metadata }) => metadata.sequence)).toEqual(
          world.received.map((_, index) => index + 1),
        );
        // Between two ACTIVE events there must be the end of the first tracker.
        const ends = statuses(world);
        for (const [index, status] of ends.entries()) {
          if (status === 'ACTIVE') expect(ends[index - 1]).not.toBe('ACTIVE');
        }
      },
    ),
    { numRuns: 300 },
  );
});
