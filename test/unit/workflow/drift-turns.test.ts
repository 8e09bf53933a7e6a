import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ThrottledError, UnknownOutcomeError } from '../../../functions/gateways/aws-errors.ts';
import type { DriftGateway } from '../../../functions/gateways/personalize-drift.ts';
import { rotateAfter } from '../../../functions/sweep/rotate-after.ts';
import { GROUP, TAGS, World } from '../../world/world.ts';

const arnOf = (id: string | number) => `arn:aws:personalize:us-east-1:123456789012:event-tracker/${id}`;
const HOUR_MS = 3_600_000;

/** A dataset group whose tracker was deleted. A tracker with its tags is now an orphan. */
async function deleted(): Promise<World> {
  const world = new World();
  await world.ask();
  await world.run();
  await world.delete();
  await world.run();
  world.time += HOUR_MS;
  return world;
}

/** Foreign trackers of other dataset groups, and one orphan of ours, listed in this order. */
const account = (listed: () => readonly string[], orphan: string): DriftGateway => ({
  listAll: async () => listed().map((eventTrackerArn) => ({ eventTrackerArn, status: 'ACTIVE' })),
  listOfGroup: async () => [],
  describe: async (arn) => ({ status: 'ACTIVE', datasetGroupArn: arn === orphan ? GROUP : `${GROUP}-others` }),
  readTags: async (arn) => ({ ours: arn === orphan, tags: TAGS }),
});

test('an orphan is found within eight runs, whatever the number and order of foreign trackers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 99_999 }), { minLength: 100, maxLength: 400 }),
      fc.integer({ min: 0, max: 999_999 }),
      fc.array(fc.integer({ min: 1, max: 5 * HOUR_MS }), { minLength: 8, maxLength: 8 }),
      fc.func(fc.integer()),
      fc.boolean(),
      async (foreign, own, pauses, orderOf, isSteady) => {
        const world = await deleted();
        const orphan = arnOf(`${own}-ours`);
        const all = [...foreign.map(arnOf), orphan];
        // The order stays the same or changes per run, and the pauses between runs vary.
        const listed = (run: number) => {
          const order = new Map(all.map((arn) => [arn, orderOf(arn, isSteady ? 0 : run)]));
          return [...all].sort((left, right) => (order.get(left) ?? 0) - (order.get(right) ?? 0));
        };
        let drifted = 0;
        for (const [run, pause] of pauses.entries()) {
          world.time += pause;
          const { result, describes } = await world.driftOf(account(() => listed(run), orphan));
          expect(describes).toBeLessThanOrEqual(60);
          drifted += result.drifted;
        }
        // 8 runs check 58 trackers or more each. The orphan is reported once, because its execution has not run.
        expect(drifted).toBe(1);
        expect(world.record.cleanup).toEqual({});
      },
    ),
    { numRuns: 15, seed: 20_261_124, endOnFailure: true },
  );
});

test('every id gets its turn, whatever other ids come and go', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 10 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 7 }),
      (staying, others, each) => {
        const taken = new Set<string>();
        let after: string | undefined;
        // With at most 10 other ids at a time, this many runs complete a rotation, which includes every permanent id.
        const runs = Math.ceil((staying.length + 11 * staying.length) / each) + 1;
        for (let run = 0; run < runs; run++) {
          const ids = new Set([...staying, ...(others[run % Math.max(1, others.length)] ?? [])]);
          for (const id of rotateAfter(ids, after).slice(0, each)) {
            taken.add(id);
            after = id;
          }
        }
        return staying.every((id) => taken.has(id));
      },
    ),
    { numRuns: 200, seed: 20_261_124 },
  );
});

test('a large fleet whose tags use their share of every run hides no orphan, and all tags are read in turn', async () => {
  const world = await deleted();
  const sample = { ...world.record, status: 'ACTIVE', lastUpdatedDateTime: 0 } as const;
  const FLEET = 150;
  for (let n = 0; n < FLEET; n++) {
    world.store.records.set(`et-${n}`, { ...sample, trackerId: `et-${n}`, eventTrackerArn: arnOf(n) });
  }
  const orphan = arnOf('zzz');
  const listed = [...Array.from({ length: FLEET }, (_, n) => arnOf(n)), orphan];
  const read = new Set<string>();
  let drifted = 0;
  for (let run = 0; run < 3; run++) {
    const gateway = account(() => listed, orphan);
    const { result } = await world.driftOf({
      ...gateway,
      describe: async (arn) =>
        arn === orphan ? gateway.describe(arn) : { status: 'ACTIVE', datasetGroupArn: `${GROUP}-${arn}` },
      readTags: async (arn) => {
        read.add(arn);
        return { ours: true, tags: TAGS };
      },
    });
    drifted += result.drifted;
  }
  expect(drifted).toBe(1);
  expect(read.size).toBe(FLEET + 1);
});

test('an aborted run continues next time from where it stopped', async () => {
  const world = await deleted();
  const orphan = arnOf('zzz');
  const listed = [...Array.from({ length: 30 }, (_, n) => arnOf(`a${n}`)), orphan];
  let drifted = 0;
  for (let run = 0; run < 4; run++) {
    let left = 9;
    const gateway = account(() => listed, orphan);
    const { result } = await world.driftOf({
      ...gateway,
      describe: async (arn) => {
        if (left-- <= 0) throw new ThrottledError('DescribeEventTracker');
        return gateway.describe(arn);
      },
    });
    drifted += result.drifted;
  }
  expect(drifted).toBe(1);
});

test('a tracker whose calls always time out does not hide another record, a tag or an unknown tracker', async () => {
  const world = await deleted();
  const sample = { ...world.record, status: 'ACTIVE', lastUpdatedDateTime: 0 } as const;
  // The list omits these, so they are described. The calls for two of them always time out, and come before the missing one.
  const names = ['silent-1', 'silent-2', 'missing', 'tagged'];
  for (const name of names) {
    world.store.records.set(`et-${name}`, { ...sample, trackerId: `et-${name}`, eventTrackerArn: arnOf(name) });
  }
  const orphan = arnOf('zzz');
  const silent = new Set([arnOf('silent-1'), arnOf('silent-2'), arnOf('aaa')]);
  let drifted = 0;
  const tagsRead = new Set<string>();
  for (let run = 0; run < 3; run++) {
    const { result } = await world.driftOf({
      listAll: async () =>
        [arnOf('tagged'), arnOf('aaa'), orphan].map((eventTrackerArn) => ({ eventTrackerArn, status: 'ACTIVE' })),
      listOfGroup: async () => [],
      describe: async (arn) => {
        if (silent.has(arn)) throw new UnknownOutcomeError('DescribeEventTracker', 'InternalServerError');
        return arn === orphan ? { status: 'ACTIVE', datasetGroupArn: GROUP } : 'NOT_FOUND';
      },
      readTags: async (arn) => {
        tagsRead.add(arn);
        return { ours: true, tags: TAGS };
      },
    });
    expect(result).toMatchObject({ aborted: true, failed: 0 });
    drifted += result.drifted;
  }
  // The missing tracker and the orphan.
  expect(drifted).toBe(2);
  expect(world.store.records.get('et-missing')).toMatchObject({ status: 'DELETED' });
  expect(world.record.cleanup).toEqual({});
  expect(tagsRead).toContain(arnOf('tagged'));
});

test('records that cannot be checked do not delay others, however many there are', async () => {
  const world = await deleted();
  const sample = { ...world.record, status: 'ACTIVE' } as const;
  for (let n = 0; n < 250; n++) {
    world.store.records.set(`et-${n}`, { ...sample, trackerId: `et-${n}`, eventTrackerArn: arnOf(n) });
  }
  let drifted = 0;
  let failed = 0;
  for (let run = 0; run < 3; run++) {
    const { result } = await world.driftOf({
      listAll: async () => [],
      listOfGroup: async () => [],
      describe: async (arn) => {
        if (arn !== arnOf(249)) throw new Error('injected failure');
        return 'NOT_FOUND';
      },
      readTags: async () => ({ ours: true, tags: TAGS }),
    });
    drifted += result.drifted;
    failed += result.failed;
  }
  expect(drifted).toBe(1);
  expect(failed).toBeGreaterThanOrEqual(249);
});

test('an unknown tracker whose check fails does not delay others', async () => {
  const world = await deleted();
  const orphan = arnOf('b');
  const gateway = account(() => [arnOf('a'), orphan], orphan);
  const { result } = await world.driftOf({
    ...gateway,
    describe: async (arn) => {
      if (arn === arnOf('a')) throw new Error('injected failure');
      return gateway.describe(arn);
    },
  });
  expect(result).toMatchObject({ drifted: 1, failed: 1 });
});
