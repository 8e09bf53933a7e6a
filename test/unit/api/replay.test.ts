import { describe, expect, test } from 'vitest';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import type { FirstUse } from '../../../functions/tracker/repeats.ts';
import { api, trackerId } from './requesting.ts';

/** The first use of a key from the first generation. */
const OLD: FirstUse = { generation: 1, contextRevision: 0 };

test('after a crash between storing the key and creating the record, the same request creates the record', async () => {
  const { remember, ask, record } = api();
  await remember('k', 1);
  const again = await remember('k', 9);
  expect(again).toMatchObject({ isReplay: true, generation: 1 });
  expect(await ask({ key: again.key }, again)).toMatchObject({ generation: 1, status: 'CREATE PENDING' });
  expect((await record())?.keys).toMatchObject([{ key: again.key.key }]);
});

test('after such a crash on a deleted tracker, the same request creates the new one, once', async () => {
  const { remember, ask, delete: remove } = api();
  await ask();
  await remove();
  const key = await remember('k', 3);
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 3, desired: 'PRESENT' });
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 3, desired: 'PRESENT' });
  await remove();
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 4, desired: 'ABSENT' });
});

test('a request that a deletion has overtaken returns the deleted generation, and starts nothing', async () => {
  const { remember, ask, delete: remove, store } = api();
  await ask();
  const key = await remember('k', 1);
  await remove();
  const { writes } = store;
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 2, status: 'DELETE PENDING' });
  expect(store.writes).toBe(writes);
});

test('an old key is NAME_CONFLICT for a newer tracker, and NOT_FOUND for a purged one or another tenant', async () => {
  const { ask, delete: remove, store } = api();
  await ask();
  await remove();
  await ask({ name: 'shop-2' });
  await remove();
  await expect(ask({}, OLD)).rejects.toMatchObject({ refused: { reason: 'NAME_CONFLICT' } });
  const record = (await store.read(trackerId)) as EventTrackerRecord;
  const gone = { ...record, status: 'DELETED', observedGeneration: record.generation, cleanup: undefined } as const;
  for (const tenantId of ['', 'umbrella']) {
    store.records.set(trackerId, { ...gone, tenantId });
    await expect(ask({ name: 'shop-2' }, OLD)).rejects.toMatchObject({ refused: { reason: 'NOT_FOUND' } });
  }
});

test('parallel requests with the same key create one tracker', async () => {
  const { remember, ask } = api();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const key = await remember('k', 1);
      return ask({ key: key.key }, key);
    }),
  );
  expect(new Set(answers.map(({ generation, rev }) => `${generation} ${rev}`))).toEqual(new Set(['1 1']));
});

test('an old key never restores an old context, but a key that was stored before a crash still sets its context', async () => {
  const { remember, ask, record } = api();
  const contextIs = async (clientContext: string | undefined) =>
    expect((await record())?.clientContext).toBe(clientContext);
  await ask();
  const first = await remember('first', 1);
  await ask({ key: first.key, clientContext: 'A' }, first);
  await contextIs('A');
  // This request changes nothing, so the record does not store its key.
  const idle = await remember('idle', 1);
  await ask({ key: idle.key, clientContext: 'A' }, idle);
  const dead = await remember('dead', 1);
  for (let n = 0; n < 12; n++) await ask({ clientContext: `B${n}` });
  await ask({ key: first.key, clientContext: 'A' }, await remember('first', 1));
  await ask({ key: idle.key, clientContext: 'A' }, await remember('idle', 1));
  await ask({ key: dead.key, clientContext: 'C' }, await remember('dead', 1));
  await contextIs('B11');
  const alive = await remember('alive', 1);
  await ask({ key: alive.key, clientContext: 'D' }, await remember('alive', 1));
  await contextIs('D');
});

describe('after a PATCH of the tags', () => {
  const TAGS = [{ tagKey: 'team', tagValue: 'search' }];
  const conflict = { refused: { reason: 'TAGS_CONFLICT' } };

  test('the key of the create request is answered with the changed tracker, also once the record has forgotten the key', async () => {
    const { remember, ask, active, patch, record } = api();
    const key = await remember('k', 1);
    await ask({ key: key.key }, key);
    await active();
    await patch(TAGS);
    const again = await remember('k', 9);
    expect(await ask({ key: again.key }, again)).toMatchObject({ generation: 2, tags: TAGS });
    for (let n = 0; n < 9; n++) await patch([{ tagKey: 'team', tagValue: `${n}` }]);
    expect((await record())?.keys).not.toContainEqual(expect.objectContaining({ key: again.key.key }));
    expect(await ask({ key: again.key }, again)).toMatchObject({ generation: 11, status: 'ACTIVE' });
    await expect(ask({})).rejects.toMatchObject(conflict);
  });

  test('and a deletion, the key is answered with the deleted tracker', async () => {
    const { remember, ask, active, patch, delete: remove } = api();
    const key = await remember('k', 1);
    await ask({ key: key.key }, key);
    await active();
    await patch(TAGS);
    await active();
    await remove();
    expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 3, status: 'DELETE PENDING' });
  });

  test('another name and other tags of a later create request conflict with the key', async () => {
    const { remember, ask, active, patch, delete: remove } = api();
    const key = await remember('k', 1);
    await ask({ key: key.key }, key);
    await remove();
    await ask({ tags: TAGS });
    await expect(ask({ key: key.key }, key)).rejects.toMatchObject(conflict);
    await remove();
    await ask({ name: 'shop-2' });
    await active();
    await patch(TAGS);
    await expect(ask({ key: key.key }, key)).rejects.toMatchObject({ refused: { reason: 'NAME_CONFLICT' } });
  });

  test('a key that was stored for a request that then came too late is still a conflict', async () => {
    const { remember, ask, active } = api();
    const key = await remember('k', 1);
    await ask({ tags: TAGS });
    await active();
    await expect(ask({ key: key.key }, key)).rejects.toMatchObject(conflict);
  });
});
