import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Admission, toAdmission } from '../../../functions/tracker/admission.ts';
import { learned } from '../../../functions/tracker/admission-learning.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
/** Ten seconds in which ten trackers were admitted, at one a second. */
const lately = (more: Partial<Admission> = {}): Admission => ({
  ...toAdmission(undefined, 1),
  governor: 3,
  window: {
    governor: 3,
    since: NOW - 10_000,
    admitted: 10,
    throttledCalls: 0,
    throttledPolls: 0,
    pollSlots: 0,
    created: 0,
  },
  ...more,
});
const judged = (admission: Admission, isSomebodyWaiting = true) =>
  learned(admission, { admitted: 0, isSomebodyWaiting }, NOW);

test('without throttles the rate rises a little more each time, by at most 2 percent', () => {
  const rates = [0, 1, 2, 3, 9].map((calmWindows) => judged(lately({ calmWindows })).rate);
  expect(rates).toEqual([1.005, 1.01, 1.02, 1.02, 1.02]);
});

test('far beyond the last ceiling the rate rises by up to a quarter', () => {
  expect(judged(lately({ rate: 2, ceiling: 1, calmWindows: 9 })).rate).toBe(2.5);
});

test('below the last ceiling the rate rises half of the way to it', () => {
  expect(judged(lately({ ceiling: 3 })).rate).toBe(2);
});

test('an idle service, or one throttle, proves nothing', () => {
  expect(judged(lately(), false).rate).toBe(1);
  expect(judged(lately({ throttledCalls: 1, ceiling: 1 })).rate).toBe(1.005);
});

test('throttles lower the rate by their share, though not below what got through', () => {
  // 20 of 40 calls.
  const lowered = judged(lately({ throttledCalls: 20, calmWindows: 4 }));
  expect(lowered).toMatchObject({ rate: 0.5, ceiling: 0.75, calmWindows: 0 });
  expect(judged(lately({ throttledCalls: 20, created: 9 })).rate).toBeCloseTo(0.873);
});

test('four throttles within a second are enough to judge', () => {
  const window = {
    governor: 3,
    since: NOW - 1_000,
    admitted: 1,
    throttledCalls: 0,
    throttledPolls: 0,
    pollSlots: 0,
    created: 0,
  };
  expect(judged(lately({ window, throttledCalls: 4 })).rate).toBe(0.5);
  expect(judged(lately({ window, throttledCalls: 3 })).rate).toBe(1);
});

test('turns that die with their tasks, unused and without a throttle, lower the rate for nobody', () => {
  for (const created of [0, 3]) expect(judged(lately({ created })).rate).toBeGreaterThanOrEqual(1);
  // Neither do they if the one call that was made was throttled.
  expect(judged(lately({ throttledCalls: 1 })).rate).toBeGreaterThanOrEqual(1);
});

test('a new governor judges only what happens from its first tick on', () => {
  const after = learned(
    lately({ governor: 4, throttledCalls: 50, throttledSeen: 50 }),
    { admitted: 2, isSomebodyWaiting: true },
    NOW,
  );
  expect(after).toMatchObject({ rate: 1, window: { governor: 4, since: NOW, admitted: 2, throttledCalls: 50 } });
});

test('throttled polls lower the polls for each tracker, and none raise them to at most 1.1', () => {
  expect(judged(lately({ pollSlots: 20, throttledPolls: 4 })).pollsPerTracker).toBeCloseTo(0.9);
  expect(judged(lately({ pollSlots: 20, throttledPolls: 1 })).pollsPerTracker).toBeCloseTo(1.02);
  expect(judged(lately({ pollsPerTracker: 1.1 })).pollsPerTracker).toBe(1.1);
});

test('whatever happens, the rate stays positive and finite, and credit stays above −8', () => {
  const number = fc.nat(1_000);
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          throttledCalls: number,
          throttledPolls: number,
          pollSlots: number,
          created: number,
          seconds: fc.nat(60),
          admitted: number,
          isSomebodyWaiting: fc.boolean(),
        }),
        { maxLength: 60 },
      ),
      (ticks) => {
        let admission = lately();
        let now = NOW;
        for (const { seconds, admitted, isSomebodyWaiting, ...more } of ticks) {
          now += seconds * 1_000;
          for (const [name, value] of Object.entries(more)) {
            admission = { ...admission, [name]: admission[name as keyof typeof more] + value };
          }
          admission = { ...admission, ...learned(admission, { admitted, isSomebodyWaiting }, now) };
          expect(admission.rate).toBeGreaterThanOrEqual(0.02);
          expect(Number.isFinite(admission.rate)).toBe(true);
          expect(admission.credit).toBeGreaterThanOrEqual(-8);
          expect(admission.pollsPerTracker).toBeGreaterThanOrEqual(0.05);
          expect(admission.pollsPerTracker).toBeLessThanOrEqual(1.1);
        }
      },
    ),
  );
});
