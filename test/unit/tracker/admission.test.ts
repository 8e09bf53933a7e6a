import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Admission,
  admissionNotBefore,
  creditAt,
  GOVERNED_MS,
  NONE_RECENT,
  needsGovernor,
  pacedWaitMs,
  placeAfter,
  tickOf,
  toAdmission,
  type Waiting,
} from '../../../functions/tracker/admission.ts';
import { pass, saveTick, startGovernor, takePollSlot } from '../../../functions/tracker/admission-writes.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const RATE = 2;
const idle = toAdmission(undefined, RATE);
const governed = (more: Partial<Admission> = {}): Admission => ({
  ...idle,
  governor: 1,
  tickAt: NOW - 1_000,
  governedUntil: NOW + 29_000,
  ...more,
});
const waiting = (...places: readonly [tenantId: string, place: number][]): Waiting[] =>
  places.map(([tenantId, place], index) => ({ trackerId: `et-${tenantId}-${index}`, tenantId, place }));

test('on an idle service three trackers pass at the same time, and the next one half a second later', () => {
  let item = idle;
  const passes = (now: number): boolean => {
    const after = pass(item, now);
    item = after ?? item;
    return after !== undefined;
  };
  expect([passes(NOW), passes(NOW), passes(NOW), passes(NOW)]).toEqual([true, true, true, false]);
  expect(passes(NOW + 499)).toBe(false);
  expect([passes(NOW + 500), passes(NOW + 500)]).toEqual([true, false]);
});

test('nobody passes while somebody waits', () => {
  expect(pass(governed(), NOW)).toBeUndefined();
  expect(pass(governed({ governedUntil: NOW }), NOW)).toBeDefined();
});

test('trackers never pass faster than the rate, except for the first three, or those of half a second', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 50, noNaN: true }),
      fc.array(fc.nat(5_000), { minLength: 1, maxLength: 200 }),
      (rate, pauses) => {
        let item = toAdmission(undefined, rate);
        let now = NOW;
        let passed = 0;
        for (const pause of pauses) {
          now += pause;
          const after = pass(item, now);
          if (after) passed++;
          item = after ?? item;
        }
        expect(passed).toBeLessThanOrEqual(1 + Math.max(2, rate / 2) + ((now - NOW) / 1_000) * rate + 1e-6);
      },
    ),
  );
});

test('of several that find no governor, one starts it', () => {
  const first = startGovernor(idle, idle.governor, NOW);
  expect(first).toMatchObject({ governor: 1, governedUntil: NOW + GOVERNED_MS });
  expect(first && startGovernor(first, idle.governor, NOW)).toBeUndefined();
  expect(first && needsGovernor(first, NOW + 1_000)).toBe(false);
});

test('a governor that has been silent for more than 15 seconds is replaced', () => {
  expect(needsGovernor(governed({ tickAt: NOW - 15_000 }), NOW)).toBe(false);
  expect(needsGovernor(governed({ tickAt: NOW - 15_001 }), NOW)).toBe(true);
});

test('a tenant that asks for little stands in front of one that asked for much', () => {
  let next: number | undefined;
  for (let asked = 0; asked < 500; asked++) next = placeAfter(next, 0).next;
  expect(placeAfter(next, 3)).toEqual({ place: 500, next: 501 });
  expect(placeAfter(undefined, 3)).toEqual({ place: 3, next: 4 });
  // A tenant that asked for something long ago has no advantage.
  expect(placeAfter(1, 3)).toEqual({ place: 3, next: 4 });
});

test('every place of a tenant is its own, and none is behind the virtual time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 100 }), (advances) => {
      let next: number | undefined;
      let virtualTime = 0;
      const places: number[] = [];
      for (const advance of advances) {
        virtualTime += advance;
        const taken = placeAfter(next, virtualTime);
        next = taken.next;
        places.push(taken.place);
        expect(taken.place).toBeGreaterThanOrEqual(virtualTime);
      }
      expect(new Set(places).size).toBe(places.length);
    }),
  );
});

test('a waiting tracker is told the earliest time of its admission', () => {
  expect(admissionNotBefore(governed({ virtualTime: 10 }), 30, NOW)).toBe(NOW + 10_000);
  expect(admissionNotBefore(governed({ virtualTime: 10 }), 3, NOW)).toBe(NOW);
});

test('a tick admits the lowest places, as many as the rate allows since the last one', () => {
  const tick = tickOf(governed(), NONE_RECENT, waiting(['acme', 4], ['other', 5], ['acme', 6]), NOW);
  expect(tick.admitted.map(({ place }) => place)).toEqual([4, 5]);
  expect(tick.admission).toMatchObject({ virtualTime: 5, credit: 0, tick: 1, governedUntil: NOW + GOVERNED_MS });
  expect(tick).toMatchObject({ isLast: false, waitSeconds: 1 });
});

test('after a pause a governor admits at most 1 + 2 × rate trackers together', () => {
  const many = waiting(
    ...Array.from({ length: 50 }, (_, place) => ['acme', place] as const).map(([t, p]) => [t, p] as [string, number]),
  );
  expect(tickOf(governed({ tickAt: NOW - 60_000 }), NONE_RECENT, many, NOW).admitted).toHaveLength(5);
  // A clock that runs behind gives nothing.
  expect(creditAt(governed({ tickAt: NOW + 60_000 }), NOW)).toBe(0);
});

test('a throttled call uses up credit: it is still to be made', () => {
  const first = tickOf(governed(), NONE_RECENT, [], NOW - 1_000).admission;
  const after = tickOf({ ...first, throttledCalls: 3 }, NONE_RECENT, waiting(['acme', 1]), NOW);
  expect(after.admission).toMatchObject({ credit: -2, throttledSeen: 3 });
  const next = tickOf({ ...after.admission }, after.recent, waiting(['acme', 2]), NOW + 1_000);
  expect(next.admitted).toEqual([]);
});

test('the governor ends after five ticks with nobody waiting and one more look at the lane', () => {
  let item = governed();
  const ticks: { isLast: boolean; isClosed: boolean }[] = [];
  for (let now = NOW; ticks.length < 6; now += 1_000) {
    const { admission, isLast } = tickOf(item, NONE_RECENT, [], now);
    ticks.push({ isLast, isClosed: admission.governedUntil === 0 });
    item = admission;
  }
  const going = { isLast: false, isClosed: false };
  expect(ticks).toEqual([
    going,
    going,
    going,
    going,
    { isLast: false, isClosed: true },
    { isLast: true, isClosed: true },
  ]);
});

test('a governor that closed and then finds somebody waiting continues', () => {
  const closed = governed({ governedUntil: 0, emptyTicks: 5 });
  const tick = tickOf(closed, NONE_RECENT, waiting(['acme', 1]), NOW);
  expect(tick.isLast).toBe(false);
  expect(tick.admission).toMatchObject({ governedUntil: NOW + GOVERNED_MS, emptyTicks: 0 });
});

test('the governor stays while polls are put off', () => {
  const tick = tickOf(governed({ emptyTicks: 10, nextPollSlotAt: NOW + 6_000 }), NONE_RECENT, [], NOW);
  expect(tick.admission.governedUntil).toBe(NOW + GOVERNED_MS);
});

test('a tenant with few admissions beside one with many is light; a tenant alone is not', () => {
  const busy = tickOf(
    governed({ credit: 20, rate: 20 }),
    NONE_RECENT,
    waiting(...Array.from({ length: 20 }, (_, place): [string, number] => ['acme', place])),
    NOW,
  );
  expect(busy.admitted.some(({ isLight }) => isLight)).toBe(false);
  const beside = tickOf(governed({ credit: 2 }), busy.recent, waiting(['other', 1], ['acme', 1]), NOW + 1_000);
  expect(beside.admitted.map(({ isLight }) => isLight)).toEqual([true, false]);
  const later = tickOf(governed({ credit: 2, tickAt: NOW + 300_000 }), beside.recent, [], NOW + 300_000);
  expect(later.recent.tenants).toEqual({});
});

test('a late tick of an earlier governor, or the same tick again, is not saved', () => {
  const before = governed();
  const { admission } = tickOf(before, NONE_RECENT, [], NOW);
  const saved = saveTick({ ...before, throttledCalls: 7, freeAt: 5 }, before, admission);
  expect(saved).toMatchObject({ tick: 1, throttledCalls: 7, freeAt: 5 });
  expect(saved && saveTick(saved, before, admission)).toBeUndefined();
  expect(saveTick({ ...before, governor: 2 }, before, admission)).toBeUndefined();
});

test('poll slots are at least five seconds ahead and never closer together than the learned rate', () => {
  let item = governed({ pollsPerTracker: 0.5 });
  const slots = Array.from({ length: 4 }, () => {
    item = takePollSlot(item, undefined, NOW);
    return item.nextPollSlotAt - NOW;
  });
  expect(slots).toEqual([6_000, 7_000, 8_000, 9_000]);
  expect(takePollSlot(item, 'created', NOW)).toMatchObject({ pollSlots: 5, created: 1 });
});

test('a poll is put off to its slot, by at most 100 seconds, and a light tenant’s by no more than the time that has passed', () => {
  const wait = { wanted: 2_000, slotAt: NOW + 50_000, isLight: false, elapsedMs: 10_000 };
  expect(pacedWaitMs(wait, NOW)).toBe(50_000);
  expect(pacedWaitMs({ ...wait, slotAt: NOW + 500_000 }, NOW)).toBe(100_000);
  expect(pacedWaitMs({ ...wait, wanted: 60_000 }, NOW)).toBe(60_000);
  expect(pacedWaitMs({ ...wait, isLight: true }, NOW)).toBe(10_000);
  expect(pacedWaitMs({ ...wait, isLight: true, elapsedMs: 0 }, NOW)).toBe(5_000);
});

test('an admission item with an attribute that is no number is refused by name', () => {
  expect(() => toAdmission({ rate: 'fast' }, RATE)).toThrow(/rate/);
});
