import { expect, test } from 'vitest';
import { resourceOf, retryAfterSeconds } from '../../../functions/api/resource.ts';
import type { Governor } from '../../../functions/gateways/governors.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { requestAdmission } from '../../../functions/workflow/admission.ts';
import { admitWaiting, MAX_TICKS } from '../../../functions/workflow/governor.ts';
import { MemoryAdmissionStore } from '../../world/memory-admission.ts';
import { MemoryStore } from '../../world/memory-store.ts';

const PLACE = '123456789012/us-east-1';
const groupArn = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;

/** A service whose Personalize is not called: what admission does to records, and which executions start. */
async function service({ rate = 1 } = {}) {
  const world = { now: Date.parse('2026-11-30T12:00:00Z'), startFails: false };
  const store = new MemoryStore();
  const admissions = new MemoryAdmissionStore(rate);
  const started: string[] = [];
  const governors: Governor[] = [];
  const errors: unknown[] = [];
  const log = { info() {}, warn() {}, error: (_: string, error: unknown) => void errors.push(error) };
  const dependencies = {
    ...{ store, settings: AWS_SETTINGS, now: () => world.now, random: () => 0.5, log },
    workflow: { start: async ({ trackerId }: { trackerId: string }) => void started.push(trackerId) },
    admission: {
      admissions,
      governors: {
        async start(governor: Governor) {
          if (world.startFails) throw new Error('injected failure of StartExecution');
          governors.push(governor);
        },
      },
    },
  };
  return {
    ...{ world, store, admissions, started, governors, errors, dependencies },
    /** Requests a tracker, and asks for its admission, as its first Observe does. @returns its id, and whether it passes */
    async request(tenantId: string, number: number) {
      const datasetGroupArn = groupArn(`${tenantId}-${number}`);
      const trackerId = trackerIdOf(datasetGroupArn);
      const key = { key: trackerId, body: 'b' };
      const request = { trackerId, datasetGroupArn, name: 'shop', tags: [], tenantId, adoptExisting: false };
      const record = createRecord({ ...request, correlationId: trackerId, key }, world.now, AWS_SETTINGS);
      await store.create(record);
      const turn = await requestAdmission(dependencies, record, record.epoch, world.now);
      return { trackerId, passes: 'record' in turn, ...('answer' in turn && { action: turn.answer.action }) };
    },
    tick: (governor: number, ticks = 0) =>
      admitWaiting(
        { ...dependencies, ...dependencies.admission },
        { version: 1, place: PLACE, governor, next: { ticks } },
      ),
    sweep: () => sweep(dependencies, {}),
    lanes: () => Object.groupBy([...store.records.values()], ({ due }) => due.lane),
  };
}

test('trackers pass on an idle service; then they wait, and one governor is started for all of them', async () => {
  const { request, governors, lanes, store } = await service();
  const requested = [];
  for (let number = 0; number < 6; number++) requested.push(await request('acme', number));
  expect(requested.map(({ passes }) => passes)).toEqual([true, true, true, false, false, false]);
  expect(requested[5]?.action).toBe('Done');
  expect(governors).toEqual([{ place: PLACE, governor: 1 }]);
  expect(lanes().admission).toHaveLength(3);
  const { waitingFor, admissionNotBefore } = store.records.get(requested[5]?.trackerId ?? '') ?? {};
  expect(waitingFor).toBe('admission');
  expect(admissionNotBefore).toBe(Date.parse('2026-11-30T12:00:02Z'));
  // What callers see: the earliest time, and no reason to ask again much sooner.
  const record = store.records.get(requested[5]?.trackerId ?? '');
  if (record === undefined) throw new Error('The record is gone.');
  expect(resourceOf(record, AWS_SETTINGS).progress).toMatchObject({
    waitingFor: 'admission',
    nextPollAt: '2026-11-30T12:00:02.000Z',
  });
  const soon = Date.parse('2026-11-30T12:00:00Z');
  const asked = [2, 40, 1_000].map((seconds) =>
    retryAfterSeconds({ ...record, admissionNotBefore: soon + seconds * 1_000 }, soon),
  );
  expect(asked).toEqual([5, 20, 60]);
});

test('the governor admits at the rate, a tenant with one tracker before the rest of one with many, and ends', async () => {
  const { request, tick, started, world, lanes } = await service();
  for (let number = 0; number < 13; number++) await request('acme', number);
  const one = await request('zeta', 0);
  for (let ticks = 0; ticks < 4; ticks++) {
    world.now += 1_000;
    expect(await tick(1)).toMatchObject({ action: 'WaitBeforeNextTick', waitSeconds: 1, ticks: 1 });
  }
  expect(started).toHaveLength(4);
  expect(started.slice(0, 2)).toContain(one.trackerId);
  let action = '';
  for (let ticks = 0; action !== 'Done' && ticks < 100; ticks++) {
    world.now += 3_000;
    action = (await tick(1)).action;
  }
  expect(action).toBe('Done');
  expect(started).toHaveLength(11);
  expect(new Set(started).size).toBe(11);
  expect(lanes().admission).toBeUndefined();
  // Idle again.
  world.now += 60_000;
  expect((await request('acme', 99)).passes).toBe(true);
});

test('a governor whose number is not the latest changes nothing, and one with a long history starts the next', async () => {
  const { request, tick, started, governors, world } = await service();
  for (let number = 0; number < 5; number++) await request('acme', number);
  world.now += 1_000;
  expect(await tick(1, MAX_TICKS)).toMatchObject({ action: 'Done' });
  expect(governors.at(-1)).toEqual({ place: PLACE, governor: 2 });
  expect(await tick(1)).toMatchObject({ action: 'Done' });
  expect(started).toEqual([]);
  world.now += 1_000;
  await tick(2);
  expect(started).toHaveLength(1);
});

test('the sweep starts a governor if the last one is silent while trackers wait, and only then', async () => {
  const { request, tick, governors, world, sweep: sweeps } = await service();
  for (let number = 0; number < 5; number++) await request('acme', number);
  expect(await sweeps()).toMatchObject({ governors: 0 });
  world.now += 31_000;
  expect(await sweeps()).toMatchObject({ governors: 1 });
  expect(governors.map(({ governor }) => governor)).toEqual([1, 2]);
  world.now += 1_000;
  await tick(2);
  expect(await sweeps()).toMatchObject({ governors: 0 });
});

test.each(['no governor starts', 'governors start and do not tick', 'the admission item cannot be read'])(
  'if %s, the sweep admits the trackers',
  async (fault) => {
    const { request, lanes, started, world, admissions, errors, sweep: sweeps } = await service();
    world.startFails = fault === 'no governor starts';
    for (let number = 0; number < 25; number++) await request('acme', number);
    if (fault === 'the admission item cannot be read') {
      admissions.read = () => Promise.reject(new Error('injected failure'));
    }
    const waiting = (lanes().admission ?? []).map(({ trackerId }) => trackerId);
    expect(waiting).toHaveLength(22);
    for (let minute = 0; minute < 5; minute++) {
      world.now += 60_000;
      await sweeps();
    }
    expect(lanes().admission).toBeUndefined();
    expect(started).toEqual(expect.arrayContaining(waiting));
    if (fault !== 'governors start and do not tick') expect(errors.length).toBeGreaterThan(0);
  },
);

test('a tracker goes on without admission if its items cannot be read or written', async () => {
  const { request, admissions, errors } = await service();
  for (let number = 0; number < 5; number++) await request('acme', number);
  expect((await request('acme', 5)).passes).toBe(false);
  admissions.takePlace = () => Promise.reject(new Error('injected failure'));
  expect((await request('acme', 6)).passes).toBe(true);
  admissions.read = () => Promise.reject(new Error('injected failure'));
  expect((await request('acme', 7)).passes).toBe(true);
  expect(errors).toHaveLength(2);
});

test('the sweep sends heartbeats for the task tokens of trackers that wait', async () => {
  const { request, store, dependencies } = await service();
  for (let number = 0; number < 4; number++) await request('acme', number);
  const waiting = [...store.records.values()].find(({ due }) => due.lane === 'admission');
  if (waiting === undefined) throw new Error('Nobody waits.');
  const callback = { taskToken: 'token-1', heartbeatSeconds: 300 };
  store.records.set(waiting.trackerId, { ...waiting, callbacks: [{ ...callback }, { taskToken: 'token-2' }] });
  const sent: string[] = [];
  const heartbeats = {
    async send(taskToken: string) {
      sent.push(taskToken);
      return sent.length === 1 ? ('sent' as const) : ('gone' as const);
    },
  };
  await sweep({ ...dependencies, heartbeats }, {});
  expect(sent).toEqual(['token-1']);
  expect(store.records.get(waiting.trackerId)?.callbacks).toHaveLength(2);
  await sweep({ ...dependencies, heartbeats }, {});
  // Nobody waits with it any more. The tracker still waits.
  expect(store.records.get(waiting.trackerId)).toMatchObject({
    callbacks: [{ taskToken: 'token-2' }],
    due: { lane: 'admission' },
  });
});
