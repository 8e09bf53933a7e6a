import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../bench/fleet/clock.ts';
import { figuresOf, fleetOf, jainIndex, run } from '../../../bench/fleet/fleet.ts';
import { limitMs } from '../../../bench/fleet/limit.ts';
import { PRODUCT } from '../../../bench/fleet/product.ts';
import { ONE_TASK, TASK_PER_CALL } from '../../../bench/fleet/rivals.ts';
import { onboarding } from '../../../bench/fleet/scenarios.ts';

test('waits on the virtual clock end in the order of their times, and those of the same time in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 40 }), async (waits) => {
      const clock = new VirtualClock();
      const began = clock.time;
      const ended: { wait: number; index: number; at: number }[] = [];
      for (const [index, wait] of waits.entries()) {
        void clock.sleep(wait).then(() => ended.push({ wait, index, at: clock.time - began }));
      }
      expect(await clock.run(() => false)).toBe(false);
      const inOrder = waits.map((wait, index) => ({ wait, index, at: wait })).sort((a, b) => a.wait - b.wait);
      expect(ended).toEqual(inOrder);
    }),
  );
});

describe('the limit of a throttle', () => {
  const seconds = (...creations: number[]) => creations.map((each) => each * 1000);
  const limits = { ratePerSecond: 2, burst: 1 };

  test('with a bucket for each operation, creations and polls wait for their own bucket', () => {
    // Created at 0, 0.5 and 1 s.
    expect(limitMs(seconds(10, 10, 10), limits, false)).toBe(11_000);
    // All ACTIVE at about 10 s, and polled at 10, 10.5 and 11 s.
    expect(limitMs(seconds(10, 9.5, 9), limits, false)).toBe(11_000);
    expect(limitMs(seconds(10), limits, false)).toBe(10_000);
  });

  test('in a shared bucket, a tracker has four set-up calls and a poll', () => {
    // Calls at 0, 0.5, 1 and 1.5 s.
    expect(limitMs(seconds(10), limits, true)).toBe(11_500);
    // The second tracker's calls until 3.5 s. Its poll waits half a second for a token.
    expect(limitMs(seconds(12, 10), limits, true)).toBe(14_000);
  });

  test('is never below the longest creation, nor below the time for the calls, and never more than both and the polls', () => {
    const creations = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 30 });
    const throttle = fc.record({
      ratePerSecond: fc.integer({ min: 1, max: 20 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(creations, throttle, fc.boolean(), (creationMs, { ratePerSecond, burst }, shared) => {
        const limit = limitMs(creationMs, { ratePerSecond, burst }, shared);
        const longest = Math.max(...creationMs);
        const timeFor = (calls: number) => (Math.max(0, calls - burst) / ratePerSecond) * 1000;
        const calls = (shared ? 5 : 1) * creationMs.length;
        expect(limit).toBeGreaterThanOrEqual(Math.max(longest, timeFor(calls)) - 1e-6);
        expect(limit).toBeLessThanOrEqual(longest + (2 * calls * 1000) / ratePerSecond + 1e-6);
      }),
    );
  });
});

test("Jain's index is 1 for equal shares and 1 ÷ n if one has all", () => {
  expect(jainIndex([3, 3, 3])).toBe(1);
  expect(jainIndex([4, 0, 0, 0])).toBe(0.25);
});

describe('a run of a fleet', () => {
  test.each([PRODUCT, TASK_PER_CALL, ONE_TASK])(
    '$name: all trackers become ACTIVE, none before the limit allows it',
    async (system) => {
      const all = await run(system, onboarding(12, 5, 'shared'));
      expect(all.outcomes).toHaveLength(12);
      for (const { lagMs } of all.outcomes) expect(lagMs).toBeGreaterThanOrEqual(0);
      expect(figuresOf(all).calls).toBeGreaterThanOrEqual(5);
      expect(figuresOf(all).ratio).toBeGreaterThan(0.95);
      expect(all.calls.throttled).toBeGreaterThan(0);
    },
  );

  test('is the same for the same seed, and ends when the tenant it is about is served', async () => {
    const scenario = { ...onboarding(5, 5, 'each'), trackers: fleetOf({ one: 1, acme: 5 }), seed: 7 };
    expect(await run(PRODUCT, scenario)).toEqual(await run(PRODUCT, scenario));
    const { outcomes } = await run(PRODUCT, { ...scenario, until: 'one' });
    expect(outcomes.map(({ tenantId }) => tenantId)).toContain('one');
    expect(outcomes.length).toBeLessThan(6);
  });
});
