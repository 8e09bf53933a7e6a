import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createBackOffMs,
  FIRST_POLL_MS,
  MAX_WAIT_MS,
  nextWaitMs,
  waitSeconds,
} from '../../../functions/tracker/pacing.ts';

test.each([
  [0, 2_000],
  [5_000, 2_000],
  [10_000, 2_000],
  [60_000, 12_000],
  [300_000, 60_000],
  [3_600_000, 60_000],
])('%d ms after the create response, the next poll follows in %d ms', (elapsed, wait) => {
  expect(nextWaitMs(elapsed)).toBe(wait);
});

test('a creation needs fewer than 50 polls, and its end is noticed within a fifth of its duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 1_800_000 }), (duration) => {
      let elapsed = FIRST_POLL_MS;
      let polls = 1;
      for (; elapsed < duration; polls++) elapsed += nextWaitMs(elapsed);
      expect(elapsed - duration).toBeLessThanOrEqual(Math.max(FIRST_POLL_MS, Math.min(MAX_WAIT_MS, elapsed / 5)));
      expect(polls).toBeLessThan(50);
    }),
  );
});

test('the backoff before another create grows with the age of the request, from 5 s to 60 s', () => {
  expect([0, 25_000, 100_000, 900_000].map(createBackOffMs)).toEqual([5_000, 5_000, 20_000, 60_000]);
});

test('a wait for the state machine is a whole number of seconds from 1 to 60, with a jitter of ±10 percent', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (waitMs, random) => {
        const seconds = waitSeconds(waitMs, random);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(60);
      },
    ),
  );
  const spread = new Set(Array.from({ length: 100 }, (_, n) => waitSeconds(30_000, n / 100)));
  expect([Math.min(...spread), Math.max(...spread)]).toEqual([27, 33]);
});
