import { expect, test } from 'vitest';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import type { FirstUse } from '../../../functions/tracker/repeats.ts';
import { api, trackerId } from './requesting.ts';

/** What a key of the first generation stands for. */
const OLD: FirstUse = { generation: 1, contextRevision: 0 };

test('a process that died between the key and the claim: the same request claims', async () => {
  const { remember, ask, record } = api();
  await remember('k', 1);
  const again = await remember('k', 9);
  expect(again).toMatchObject({ isReplay: true, generation: 1 });
  expect(await ask({ key: again.key }, again)).toMatchObject({ generation: 1, status: 'CREATE PENDING' });
  expect((await record())?.keys).toMatchObject([{ key: again.key.key }]);
});

test('a process that died so on a deleted tracker: the same request makes the new one, once', async () => {
  const { remember, ask, delete: remove } = api();
  await ask();
  await remove();
  const key = await remember('k', 3);
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 3, desired: 'PRESENT' });
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 3, desired: 'PRESENT' });
  await remove();
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 4, desired: 'ABSENT' });
});

test('a request that was overtaken by a deletion joins what was there before it, and makes nothing', async () => {
  const { remember, ask, delete: remove, store } = api();
  await ask();
  const key = await remember('k', 1);
  await remove();
  const { writes } = store;
  expect(await ask({ key: key.key }, key)).toMatchObject({ generation: 2, status: 'DELETE PENDING' });
  expect(store.writes).toBe(writes);
});

test('an old key where another tracker is by now: a conflict; where it is purged or of another tenant: not found', async () => {
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

test('the same key in parallel: one tracker', async () => {
  const { remember, ask } = api();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const key = await remember('k', 1);
      return ask({ key: key.key }, key);
    }),
  );
  expect(new Set(answers.map(({ generation, rev }) => `${generation} ${rev}`))).toEqual(new Set(['1 1']));
});

test('an old key brings no old context back, however many keys later; one that died before it took effect replaces it', async () => {
  const { remember, ask, record } = api();
  const contextIs = async (clientContext: string | undefined) =>
    expect((await record())?.clientContext).toBe(clientContext);
  await ask();
  const first = await remember('first', 1);
  await ask({ key: first.key, clientContext: 'A' }, first);
  await contextIs('A');
  // It adds nothing, so the record does not remember it.
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
