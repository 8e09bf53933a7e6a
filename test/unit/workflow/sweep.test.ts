import { expect, test } from 'vitest';
import { type SweepDependencies, sweep } from '../../../functions/sweep/sweep.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { MemoryStore } from '../../world/memory-store.ts';
import { World } from '../../world/world.ts';

const MINUTE = 60_000;

/** A table of records without executions, and a sweeper for it. Reads of ids that start with `bad-read` fail, and saves of `bad-save`. */
class Table extends MemoryStore {
  time = Date.parse('2026-11-24T12:00:00Z');
  readonly started: string[] = [];
  readonly warnings: unknown[] = [];
  /** Whether StartExecution fails. */
  startFails = false;
  reads = 0;
  readonly #settings = new World().settings;

  /** Adds records that were requested a millisecond apart, all of them due now. */
  fill(prefix: string, count: number): void {
    for (let index = 0; index < count; index++) {
      const trackerId = `${prefix}-${String(index).padStart(5, '0')}`;
      const desired = {
        trackerId,
        datasetGroupArn: `arn:aws:personalize:us-east-1:123456789012:dataset-group/${trackerId}`,
        name: 'shop',
        tags: [],
        tenantId: 'acme',
        adoptExisting: false,
        correlationId: trackerId,
        key: { key: trackerId, body: 'b' },
      };
      this.time += 1;
      this.records.set(trackerId, createRecord(desired, this.time - 60 * MINUTE, this.#settings));
    }
  }

  override async read(trackerId: string) {
    this.reads++;
    if (trackerId.startsWith('bad-read')) throw new TypeError('The item is not a record.');
    return super.read(trackerId);
  }
  override async save(before: EventTrackerRecord, after: EventTrackerRecord) {
    if (before.trackerId.startsWith('bad-save')) throw new Error('Item size has exceeded the maximum allowed size');
    return super.save(before, after);
  }

  sweep(event: unknown = {}) {
    const dependencies: SweepDependencies = {
      store: this,
      settings: this.#settings,
      now: () => this.time,
      workflow: {
        start: async ({ trackerId }) => {
          if (this.startFails) throw new Error('ThrottlingException');
          this.started.push(trackerId);
        },
      },
      log: { info() {}, warn: (...line) => void this.warnings.push(line), error() {} },
    };
    return sweep(dependencies, event);
  }
}

test('each take-over leaves one line, with the tracker and the reason', async () => {
  const table = new Table();
  table.fill('due', 2);
  await table.sweep();
  await table.sweep();
  const line = (trackerId: string) => [
    'the record was taken over',
    { trackerId, epoch: 2, reason: 'no execution renewed the lease' },
  ];
  expect(table.warnings).toEqual([line('due-00000'), line('due-00001')]);
  table.fill('later', 1);
  await table.sweep({ everything: true });
  expect(table.warnings.at(-1)).toMatchObject(['the record was taken over', { reason: 'the runtime restarted' }]);
});

test.each(['bad-read', 'bad-save'])(
  'the first sweep takes over a healthy record behind 300 that fail (%s)',
  async (bad) => {
    const table = new Table();
    table.fill(bad, 300);
    table.fill('healthy', 1);
    expect(await table.sweep()).toEqual({ found: 301, takenOver: 1, handedOver: 0, failed: 300, governors: 0 });
    expect(table.started).toEqual(['healthy-00000']);
  },
);

test('behind 2,000 failing records each healthy one gets its turn, and no sweep wastes more than about 400 reads', async () => {
  const table = new Table();
  table.fill('bad-read', 1000);
  table.fill('healthy', 5);
  table.fill('bad-save', 1000);
  table.fill('recent', 5);
  let sweeps = 0;
  for (; new Set(table.started).size < 10 && sweeps < 60; sweeps++) {
    table.reads = 0;
    const { failed } = await table.sweep();
    expect(failed).toBeLessThan(420);
    expect(table.reads).toBeLessThan(430);
    table.time += MINUTE + 7;
  }
  expect(new Set(table.started).size).toBe(10);
  expect(sweeps).toBeLessThan(40);
});

test('a sweep takes over at most 200 records, the longest due first, and starts each once', async () => {
  const table = new Table();
  table.fill('healthy', 500);
  for (const taken of [200, 200, 100, 0]) expect(await table.sweep()).toMatchObject({ takenOver: taken, failed: 0 });
  expect(table.started).toHaveLength(500);
  expect(new Set(table.started).size).toBe(500);
  expect(table.started.slice(0, 200).sort()).toEqual([...table.records.keys()].sort().slice(0, 200));
});

test('with two parallel sweeps each record has one owner, and each sweep keeps its limit', async () => {
  const table = new Table();
  table.fill('bad-read', 50);
  table.fill('healthy', 450);
  const both = await Promise.all([table.sweep(), table.sweep()]);
  for (const { takenOver } of both) expect(takenOver).toBeLessThanOrEqual(200);
  expect(both[0].takenOver + both[1].takenOver).toBe(table.started.length);
  expect(table.started.length).toBeGreaterThanOrEqual(200);
  expect(new Set(table.started).size).toBe(table.started.length);
  expect([...table.records.values()].every(({ epoch }) => epoch <= 2)).toBe(true);
});

test('a sweep keeps its limit even if every StartExecution fails', async () => {
  const table = new Table();
  table.fill('healthy', 500);
  table.startFails = true;
  expect(await table.sweep()).toMatchObject({ takenOver: 0, failed: 200 });
  expect([...table.records.values()].filter(({ epoch }) => epoch === 2)).toHaveLength(200);
});

test('with everything: true all records are taken over immediately, due or not', async () => {
  const table = new Table();
  table.fill('bad-read', 600);
  table.fill('healthy', 300);
  table.time -= 60 * MINUTE;
  expect(await table.sweep({ everything: true })).toEqual({
    found: 900,
    takenOver: 300,
    handedOver: 0,
    failed: 600,
    governors: 0,
  });
});
