import { type Admission, FIRST_POLL_SLOT_MS, GOVERNED_MS, gapMs, isGoverned, pollGapMs, roomMs } from './admission.ts';
import type { Counter } from './admission-learning.ts';

/**
 * The conditional writes on an admission item, as functions of the item: the item after it, or undefined if the condition does not
 * hold. DynamoDB evaluates the same conditions (admission-store.ts); a contract test compares the two.
 */

/** A tracker passes without a place: nobody waits, and no tracker has passed lately. */
export const passIfFree = (item: Admission, gap: number, now: number): Admission | undefined =>
  isGoverned(item, now) || item.freeAt > now ? undefined : { ...item, freeAt: now + gap };

/** The same, shortly after another one. */
export const passIfRoom = (item: Admission, gap: number, now: number): Admission | undefined =>
  isGoverned(item, now) || item.freeAt <= now || item.freeAt > now + roomMs(gap)
    ? undefined
    : { ...item, freeAt: item.freeAt + gap };

/** Either of them. */
export const pass = (item: Admission, now: number): Admission | undefined =>
  passIfFree(item, gapMs(item), now) ?? passIfRoom(item, gapMs(item), now);

/** The next governor; only one of those that have read the same governor can start it. */
export const startGovernor = (item: Admission, read: number, now: number): Admission | undefined =>
  item.governor === read
    ? { ...item, governor: read + 1, governedUntil: now + GOVERNED_MS, tickAt: now, emptyTicks: 0 }
    : undefined;

/** What else a task counts with its poll slot. */
export type PollSlotFor = Extract<Counter, 'created' | 'throttledPolls'> | undefined;

/** A poll slot behind the last one that was taken, or the first one. It always succeeds. */
export function takePollSlot(item: Admission, counted: PollSlotFor, now: number): Admission {
  const earliest = now + FIRST_POLL_SLOT_MS;
  return {
    ...item,
    nextPollSlotAt: Math.max(item.nextPollSlotAt, earliest) + pollGapMs(item),
    pollSlots: item.pollSlots + 1,
    ...(counted && { [counted]: item[counted] + 1 }),
  };
}

/** A tick is saved unless another governor has started, or the same tick was saved before. */
export function saveTick(item: Admission, before: Admission, after: Admission): Admission | undefined {
  if (item.governor === 0 || item.governor !== before.governor || item.tick !== before.tick) return undefined;
  const { throttledCalls, throttledPolls, pollSlots, created, freeAt, nextPollSlotAt } = item;
  // Tasks write these meanwhile.
  return { ...after, throttledCalls, throttledPolls, pollSlots, created, freeAt, nextPollSlotAt };
}
