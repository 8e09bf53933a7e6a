import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RememberedKey } from '../../../functions/requests/remember-key.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { api, trackerId } from './requesting.ts';

const failed = async () => {
  const requests = api();
  await requests.ask({ clientContext: 'one', tags: [{ tagKey: 'a', tagValue: '1' }] });
  await requests.fail();
  expect(await requests.record()).toMatchObject({ status: 'CREATE FAILED', generation: 1 });
  return requests;
};

describe('a request after a failure', () => {
  test('starts a new generation with its own name, tags, context, adoptExisting, waitForDatasetGroup and callback', async () => {
    const { ask } = await failed();
    const asked = await ask({
      name: 'blog',
      adoptExisting: true,
      waitForDatasetGroup: true,
      callback: { taskToken: 'token' },
    });
    expect(asked).toMatchObject({
      ...{
        generation: 2,
        status: 'CREATE PENDING',
        name: 'blog',
        tags: [],
        adoptExisting: true,
        waitForDatasetGroup: true,
      },
      callbacks: [{ taskToken: 'token' }],
      epoch: 2,
    });
    expect(asked.failure).toBeUndefined();
    expect(asked.clientContext).toBeUndefined();
    const next = await ask({ name: 'blog', callback: { taskToken: 'another' } });
    expect(next).toMatchObject({ generation: 2, callbacks: [{ taskToken: 'token' }, { taskToken: 'another' }] });
  });

  test('leaves the cleanup of the failed attempt to its owner, and waits for it', async () => {
    const { ask, fail } = api();
    await ask();
    await fail({ clean: false });
    expect(await ask({ name: 'blog' })).toMatchObject({
      ...{ generation: 2, status: 'DELETE PENDING', cleanup: {}, epoch: 1 },
    });
  });

  test('is refused with NO_ROOM if the outbox is full, and the failure stays recorded', async () => {
    const { ask, store } = await failed();
    const record = (await store.read(trackerId)) as EventTrackerRecord;
    const entry = { kind: 'callback', id: 'x', at: 0, taskToken: 't', status: 'ACTIVE' } as const;
    store.records.set(trackerId, { ...record, outbox: Array.from({ length: 40 }, () => entry) });
    await expect(ask()).rejects.toMatchObject({ refused: { reason: 'NO_ROOM' } });
    expect((await store.read(trackerId))?.failure?.code).toBe('NO_INTERACTIONS_DATASET');
  });

  test('of another tenant is refused without details: a failed request belongs to its tenant until it is deleted', async () => {
    const { ask, delete: remove, fail, store } = await failed();
    const refused = { refused: { reason: 'DATASET_GROUP_NOT_ALLOWED' } };
    await expect(ask({ tenantId: 'umbrella' })).rejects.toMatchObject(refused);
    await fail().catch(() => {});
    await remove();
    await expect(ask({ tenantId: 'umbrella' })).rejects.toMatchObject(refused);
    const record = (await store.read(trackerId)) as EventTrackerRecord;
    store.records.set(trackerId, {
      ...record,
      status: 'DELETED',
      outbox: [],
      cleanup: undefined,
      observedGeneration: record.generation,
    });
    expect(await ask({ tenantId: 'umbrella' })).toMatchObject({ tenantId: 'umbrella', history: [{ generation: 3 }] });
  });

  test('starts one generation even if the response to its write is lost', async () => {
    const { ask, store } = await failed();
    // The write takes effect. The SDK retries it and gets ConditionalCheckFailedException.
    const save = store.save.bind(store);
    let lost = 0;
    store.save = async (before, after) => {
      const saved = await save(before, after);
      return lost++ === 0 ? undefined : saved;
    };
    expect(await ask({ name: 'blog' })).toMatchObject({ generation: 2, name: 'blog' });
    expect(lost).toBe(1);
  });
});

describe('an Idempotency-Key', () => {
  test('of the failed request returns its failure, however often, even after the record has forgotten the key', async () => {
    const { remember, ask, fail, store } = api();
    const key = await remember('k', 1);
    await ask({ key: key.key }, key);
    await fail();
    const { writes } = store;
    const answer = () => ask({ key: key.key }, key);
    expect(await answer()).toMatchObject({ generation: 1, status: 'CREATE FAILED' });
    const record = (await store.read(trackerId)) as EventTrackerRecord;
    store.records.set(trackerId, { ...record, keys: [] });
    expect(await answer()).toMatchObject({ generation: 1, status: 'CREATE FAILED' });
    expect(store.writes).toBe(writes);
  });

  test('of a request that lost to a quicker one works once that one has failed, and starts one generation', async () => {
    const { remember, ask, fail } = await failed();
    const slow = await remember('slow', 2);
    await ask({ name: 'quick' });
    const again = () => ask({ key: slow.key, name: 'slow' }, slow);
    await expect(again()).rejects.toMatchObject({ refused: { reason: 'NAME_CONFLICT' } });
    await fail();
    expect(await again()).toMatchObject({ generation: 3, name: 'slow' });
    await fail();
    expect(await again()).toMatchObject({ generation: 3, status: 'CREATE FAILED' });
  });
});

type Step =
  | { readonly do: 'ask'; readonly name: string; readonly key?: number }
  | { readonly do: 'fail' | 'failing' | 'delete' | 'forget' };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), name: fc.constantFrom('a', 'b') }),
  {
    arbitrary: fc.record({ do: fc.constant('ask' as const), name: fc.constantFrom('a', 'b'), key: fc.nat(3) }),
    weight: 3,
  },
  fc.record({ do: fc.constantFrom('fail' as const, 'failing' as const, 'delete' as const, 'forget' as const) }),
);

test('a key starts at most one generation, and none after a newer one, whatever requests, failures and deletions come in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { remember, ask, fail, delete: remove, store } = api();
      const made = new Map<string, number[]>();
      for (const each of steps) {
        const before = await store.read(trackerId);
        const generation = before?.generation ?? 0;
        const isFailed = before?.status === 'CREATE FAILED';
        if (each.do === 'delete') {
          if (before) await remove();
        } else if (each.do === 'forget') {
          if (before) store.records.set(trackerId, { ...before, keys: [] });
        } else if (each.do !== 'ask') {
          if (before?.desired === 'PRESENT' && !isFailed) await fail({ clean: each.do === 'fail' && !before.cleanup });
        } else {
          const { name, key } = each;
          const wouldMake = generation + (before === undefined || isFailed || before.desired === 'ABSENT' ? 1 : 0);
          const text = `${name}${key}`;
          const used: RememberedKey | undefined = key === undefined ? undefined : await remember(text, wouldMake);
          const asked = await ask({ name, ...(used && { key: used.key }) }, used).catch((error: unknown) => {
            expect(error).toMatchObject({ refused: { reason: 'NAME_CONFLICT' } });
            return undefined;
          });
          const after = (await store.read(trackerId)) as EventTrackerRecord;
          const isNew = after.generation > generation;
          if (isNew) expect(asked).toMatchObject({ name, generation: generation + 1 });
          // After a failure, any request that is not a replay starts a new attempt.
          if (isFailed && used?.isReplay !== true) expect(isNew).toBe(true);
          if (isNew && used) made.set(text, [...(made.get(text) ?? []), after.generation]);
          if (used?.isReplay && used.generation < generation) expect(isNew).toBe(false);
        }
      }
      for (const generations of made.values()) expect(generations).toHaveLength(1);
    }),
    { numRuns: 400 },
  );
});
