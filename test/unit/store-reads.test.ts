import { describe, expect, test } from 'vitest';
import { createIdempotencyStore } from '../../functions/store/idempotency-store.ts';
import { toItem, UnreadableItem } from '../../functions/store/item.ts';
import { toRecord } from '../../functions/store/record-of-item.ts';
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

describe('an item is validated when it is read', () => {
  test.each([
    ['rev', { rev: '1' }, 'rev: '],
    ['no status', { status: undefined }, 'status: '],
    ['an unknown status', { status: 'CREATED' }, 'status: '],
    ['no history', { history: undefined }, 'history: '],
    ['a history without a time', { history: [{ generation: 1, status: 'ACTIVE', cause: 'x' }] }, 'history.0.at: '],
    ['an outbox that is a map', { outbox: {} }, 'outbox: '],
    ['an entry of an unknown form', { outbox: [{ kind: 'callback', taskToken: TOKEN }] }, 'outbox.0: '],
    ['a token that is a number', { callbacks: [{ taskToken: 5 }] }, 'callbacks.0.taskToken: '],
    ['a generation below zero', { generation: -1 }, 'generation: '],
    ['no due time', { dueAt: undefined }, 'dueAt: '],
    ['no lane', { dueLane: 'slow#1' }, 'dueLane: '],
    ['text as a flag', { adoptExisting: 'yes' }, 'adoptExisting: '],
  ])('%s is refused, and the error names the record and the attribute but no secret', (_, changes, attribute) => {
    const read = () => toRecord(itemOf('et-1', changes));
    expect(read).toThrow(UnreadableItem);
    expect(read).toThrow('"et-1"');
    expect(read).toThrow(attribute);
    expect(read).not.toThrow(TOKEN);
  });

  test('attributes and fields that newer code added are accepted', () => {
    const item = itemOf('et-1', { newer: { a: 1 }, callbacks: [{ taskToken: TOKEN, newer: true }] });
    expect(toItem(toRecord(item))).toEqual(item);
  });
});

test.each([
  ['no tracker', { forTracker: undefined }],
  ['text as a generation', { generation: '1' }],
  ['no expiration time', { expiresAt: undefined }],
])('the item of an Idempotency-Key is validated too: %s', async (_, changes) => {
  const item = { requestHash: 'h', forTracker: 'et-1', generation: 1, contextRevision: 0, expiresAt: 2 ** 40 };
  const storeOf = (Item: object) => createIdempotencyStore({ send: async () => ({ Item }) } as never, 'table');
  const owner = { tenantId: 'acme', keyHash: 'k' };
  expect(await storeOf(item).read(owner, NOW)).toMatchObject({ trackerId: 'et-1', generation: 1 });
  await expect(storeOf({ ...item, ...changes }).read(owner, NOW)).rejects.toThrow(Object.keys(changes)[0]);
});

type Batch = { input: { RequestItems: Record<string, { Keys: { trackerId: string }[] }> } };
/** A table that returns as many items of a batch read as `gives` says, and leaves the others unprocessed. */
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

describe('the unprocessed keys of a batch read', () => {
  test('are requested again after growing pauses', async () => {
    const { store, batches, pauses } = tableThatGives((asked) => Math.ceil(asked / 2));
    expect((await store.listOfTenant('acme', 10)).records).toHaveLength(10);
    expect(batches).toEqual([10, 5, 2, 1]);
    expect(pauses).toHaveLength(3);
    for (const [index, ms] of pauses.entries()) expect(ms).toBeLessThanOrEqual(50 * 2 ** index);
  });

  test('end in ProvisionedThroughputExceededException after six attempts', async () => {
    const { store, batches } = tableThatGives(() => 0);
    await expect(store.listOfTenant('acme', 10)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    expect(batches).toHaveLength(6);
  });
});

test('an invalid item does not hide the other records of its page', async () => {
  const { store } = tableThatGives(
    (asked) => asked,
    (trackerId) => (trackerId === 'et-3' ? { status: 'CREATED' } : {}),
  );
  const { records, unreadable } = await store.listOfTenant('acme', 10);
  expect(records.map(({ trackerId }) => trackerId)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map((n) => `et-${n}`));
  expect(unreadable.map(({ message }) => message)).toEqual([expect.stringMatching(/"et-3".*status/)]);
});

test('recording a fact gives up after 20 conflicting writes, and the error names the record and the transition', async () => {
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
  const dependencies = { store, settings: AWS_SETTINGS } as never;
  const recording = applyUntilSaved(dependencies, 'et-1', 'recordCallResult', {
    now: NOW,
    attempt: 1,
    result: { kind: 'refused' },
  });
  await expect(recording).rejects.toThrow(/et-1 changed 20 times while recordCallResult/);
  expect(reads).toBe(20);
});
