import { describe, expect, test } from 'vitest';
import { createIdempotencyStore } from '../../functions/store/idempotency-store.ts';
import { toItem, toRecord, UnreadableItem } from '../../functions/store/item.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { apply } from '../../functions/tracker/apply.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { applyUntilSaved } from '../../functions/workflow/task.ts';

const NOW = Date.UTC(2026, 10, 28);
const TOKEN = 'a-task-token-that-is-a-secret';
const recordOf = (trackerId: string): EventTrackerRecord => ({
  ...createRecord(
    {
      trackerId,
      datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
      name: 'shop',
      tags: [],
      tenantId: 'acme',
      adoptExisting: false,
      correlationId: 'c',
      key: { key: 'k', body: 'b' },
      callback: { taskToken: TOKEN },
    },
    NOW,
    AWS_SETTINGS,
  ),
});
const itemOf = (trackerId = 'et-1', changes: object = {}) => ({ ...toItem(recordOf(trackerId)), ...changes });

describe('an item is checked when it is read', () => {
  test.each([
    ['rev', { rev: '1' }, 'rev: '],
    ['no status', { status: undefined }, 'status: '],
    ['a status that is none', { status: 'CREATED' }, 'status: '],
    ['no history', { history: undefined }, 'history: '],
    ['a history without a time', { history: [{ generation: 1, status: 'ACTIVE', cause: 'x' }] }, 'history.0.at: '],
    ['an outbox that is a map', { outbox: {} }, 'outbox: '],
    ['an entry of none of its forms', { outbox: [{ kind: 'callback', taskToken: TOKEN }] }, 'outbox.0: '],
    ['a token that is a number', { callbacks: [{ taskToken: 5 }] }, 'callbacks.0.taskToken: '],
    ['a generation below zero', { generation: -1 }, 'generation: '],
    ['no time that it is due', { dueAt: undefined }, 'dueAt: '],
    ['no lane', { dueLane: 'slow#1' }, 'dueLane: '],
    ['no flag', { adoptExisting: 'yes' }, 'adoptExisting: '],
  ])('%s: refused, with the record and the attribute, and without a secret', (_, changes, attribute) => {
    const read = () => toRecord(itemOf('et-1', changes));
    expect(read).toThrow(UnreadableItem);
    expect(read).toThrow('"et-1"');
    expect(read).toThrow(attribute);
    expect(read).not.toThrow(TOKEN);
  });

  test('what newer code added is let be, also within an attribute', () => {
    const item = itemOf('et-1', { newer: { a: 1 }, callbacks: [{ taskToken: TOKEN, newer: true }] });
    expect(toItem(toRecord(item))).toEqual(item);
  });
});

test.each([
  ['no tracker', { forTracker: undefined }],
  ['a generation that is a text', { generation: '1' }],
  ['no time of expiry', { expiresAt: undefined }],
])('an item of an Idempotency-Key is checked as well: %s', async (_, changes) => {
  const item = { requestHash: 'h', forTracker: 'et-1', generation: 1, contextRevision: 0, expiresAt: 2 ** 40 };
  const storeOf = (Item: object) => createIdempotencyStore({ send: async () => ({ Item }) } as never, 'table');
  const owner = { tenantId: 'acme', keyHash: 'k' };
  expect(await storeOf(item).read(owner, NOW)).toMatchObject({ trackerId: 'et-1', generation: 1 });
  await expect(storeOf({ ...item, ...changes }).read(owner, NOW)).rejects.toThrow(Object.keys(changes)[0]);
});

type Batch = { input: { RequestItems: Record<string, { Keys: { trackerId: string }[] }> } };
/** A table that answers a batch read with as many items as `gives` says, and leaves the others out. */
function tableThatGives(gives: (asked: number) => number, changesOf: (trackerId: string) => object = () => ({})) {
  const batches: number[] = [];
  const pauses: number[] = [];
  const ids = Array.from({ length: 10 }, (_, n) => `et-${n}`);
  const documents = {
    send: async (command: object) => {
      if (command.constructor.name === 'QueryCommand') return { Items: ids.map((trackerId) => ({ trackerId })) };
      const { Keys = [] } = (command as Batch).input.RequestItems.table ?? {};
      batches.push(Keys.length);
      const given = Keys.slice(0, gives(Keys.length));
      return {
        Responses: { table: given.map(({ trackerId }) => itemOf(trackerId, changesOf(trackerId))) },
        UnprocessedKeys: { table: { Keys: Keys.slice(given.length) } },
      };
    },
  };
  const store = createTrackerStore(documents as never, 'table', async (ms) => void pauses.push(ms));
  return { store, batches, pauses };
}

describe('what a batch read leaves out', () => {
  test('is asked for again after a pause that grows', async () => {
    const { store, batches, pauses } = tableThatGives((asked) => Math.ceil(asked / 2));
    expect((await store.listOfTenant('acme', 10)).records).toHaveLength(10);
    expect(batches).toEqual([10, 5, 2, 1]);
    expect(pauses).toHaveLength(3);
    for (const [index, ms] of pauses.entries()) expect(ms).toBeLessThanOrEqual(50 * 2 ** index);
  });

  test('has an end: DynamoDB is short of throughput', async () => {
    const { store, batches } = tableThatGives(() => 0);
    await expect(store.listOfTenant('acme', 10)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    expect(batches).toHaveLength(6);
  });
});

test('an item that is no record hides no other of its page', async () => {
  const { store } = tableThatGives(
    (asked) => asked,
    (trackerId) => (trackerId === 'et-3' ? { status: 'CREATED' } : {}),
  );
  const { records, unreadable } = await store.listOfTenant('acme', 10);
  expect(records.map(({ trackerId }) => trackerId)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map((n) => `et-${n}`));
  expect(unreadable.map(({ message }) => message)).toEqual([expect.stringMatching(/"et-3".*status/)]);
});

test('a fact is not recorded for ever against writes of others: an end, with the record and the verb', async () => {
  let reads = 0;
  const record = apply(
    'reserveCreateAttempt',
    recordOf('et-1'),
    { now: NOW, epoch: 1, generation: 1 },
    AWS_SETTINGS,
  ) as EventTrackerRecord;
  const store = {
    read: async () => {
      reads++;
      return reads > 1000 ? undefined : record;
    },
    save: async () => undefined,
  };
  const tools = { store, settings: AWS_SETTINGS } as never;
  const recording = applyUntilSaved(tools, 'et-1', 'recordCallResult', {
    now: NOW,
    attempt: 1,
    result: { kind: 'refused' },
  });
  await expect(recording).rejects.toThrow(/et-1 changed 20 times while recordCallResult/);
  expect(reads).toBe(20);
});
