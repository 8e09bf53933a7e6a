import { expect, test } from 'vitest';
import { type SweepDependencies, sweep } from '../../../functions/sweep/sweep.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { MemoryStore } from '../../world/memory-store.ts';
import { World } from '../../world/world.ts';

const MINUTE = 60_000;

/** A table of records that nobody runs, and the sweeps that look at them. Ids that begin with `bad-read` or `bad-save` fail so. */
class Table extends MemoryStore {
  time = Date.parse('2026-11-24T12:00:00Z');
  readonly started: string[] = [];
  /** What Step Functions answers, if not a start. */
  startFails = false;
  reads = 0;
  readonly #settings = new World().settings;

  /** So many records, each asked for a millisecond after the one before, all of them due by now. */
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
    const tools: SweepDependencies = {
      store: this,
      settings: this.#settings,
      now: () => this.time,
      workflow: {
        start: async ({ trackerId }) => {
          if (this.startFails) throw new Error('ThrottlingException');
          this.started.push(trackerId);
        },
      },
      log: { info() {}, warn() {}, error() {} },
    };
    return sweep(tools, event);
  }
}

test.each(['bad-read', 'bad-save'])(
  'behind 300 records that fail (%s) a healthy one is taken over, by the first sweep',
  async (bad) => {
    const table = new Table();
    table.fill(bad, 300);
    table.fill('healthy', 1);
    expect(await table.sweep()).toEqual({ found: 301, takenOver: 1, handedOver: 0, failed: 300 });
    expect(table.started).toEqual(['healthy-00000']);
  },
);

test('behind 2,000 of them each healthy one has its turn, and no sweep looks at more than some 400 in vain', async () => {
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

test('the rate is bounded: 200 a sweep, the longest due first, each started once', async () => {
  const table = new Table();
  table.fill('healthy', 500);
  for (const taken of [200, 200, 100, 0]) expect(await table.sweep()).toMatchObject({ takenOver: taken, failed: 0 });
  expect(table.started).toHaveLength(500);
  expect(new Set(table.started).size).toBe(500);
  expect(table.started.slice(0, 200).sort()).toEqual([...table.records.keys()].sort().slice(0, 200));
});

test('two in parallel: each record has one owner, and each sweep keeps to its rate', async () => {
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

test('Step Functions that takes no start is not asked more often than the rate allows', async () => {
  const table = new Table();
  table.fill('healthy', 500);
  table.startFails = true;
  expect(await table.sweep()).toMatchObject({ takenOver: 0, failed: 200 });
  expect([...table.records.values()].filter(({ epoch }) => epoch === 2)).toHaveLength(200);
});

test('where it is known that no execution lives, everything is taken over immediately, due or not', async () => {
  const table = new Table();
  table.fill('bad-read', 600);
  table.fill('healthy', 300);
  table.time -= 60 * MINUTE;
  expect(await table.sweep({ everything: true })).toEqual({ found: 900, takenOver: 300, handedOver: 0, failed: 600 });
});
