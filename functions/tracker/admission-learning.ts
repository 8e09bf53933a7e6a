/**
 * The rate at which Personalize accepts trackers is unpublished, so the governor learns it from the throttles that its trackers meet. The
 * constants were chosen by simulation (docs/performance.md).
 */

/** The counters that tasks increment and nobody resets: the governor remembers what it last read. */
export const COUNTERS = ['throttledCalls', 'throttledPolls', 'pollSlots', 'created'] as const;
export type Counter = (typeof COUNTERS)[number];

/** What is learned. */
export interface Learned {
  /** Trackers a second. */
  readonly rate: number;
  /** The rate about the last time it was lowered: up to there it rises quickly, beyond it slowly. */
  readonly ceiling: number;
  /** How many windows in a row had no throttle. */
  readonly calmWindows: number;
  /** Poll slots for each admitted tracker. */
  readonly pollsPerTracker: number;
  readonly credit: number;
}

type Counts = Readonly<Record<Counter, number>>;

/** The counters, and those of when the present window began. */
export interface Learning extends Learned, Counts {
  readonly governor: number;
  readonly throttledSeen: number;
  readonly window?:
    | (Counts & { readonly governor: number; readonly since: number; readonly admitted: number })
    | undefined;
}

const SECOND = 1_000;
/** Some minutes of nothing but throttles must not leave a rate that takes an hour to recover. */
const MIN_RATE = 0.1;
/** A throttled call is still to be made, so it uses up credit, down to this much. */
const MIN_CREDIT = -8;
/** The share of throttled calls that is no reason to be slower. */
const TOLERATED = 0.04;
const MAX_POLLS_PER_TRACKER = 1.1;
const MIN_POLLS_PER_TRACKER = 0.05;

/**
 * What the tick at `now` has learned: what to write.
 * @param admitted by this tick
 * @param isSomebodyWaiting whether the lane had somebody: an idle service proves no rate
 */
export function learned(
  before: Learning,
  { admitted, isSomebodyWaiting }: { admitted: number; isSomebodyWaiting: boolean },
  now: number,
): Learned & Pick<Learning, 'throttledSeen' | 'window'> {
  const credit = Math.max(MIN_CREDIT, before.credit - (before.throttledCalls - before.throttledSeen));
  const seen = { credit, throttledSeen: before.throttledCalls };
  const { rate, ceiling, calmWindows, pollsPerTracker } = before;
  const unchanged = { rate, ceiling, calmWindows, pollsPerTracker };
  const fresh = { governor: before.governor, since: now, ...countsOf(before) };
  // What happened while nobody governed proves nothing about the rate.
  if (before.window?.governor !== before.governor) {
    return { ...unchanged, ...seen, credit: before.credit, window: { ...fresh, admitted } };
  }
  const window = { ...before.window, admitted: before.window.admitted + admitted };
  const seconds = (now - window.since) / SECOND;
  const throttled = before.throttledCalls - window.throttledCalls;
  const isOver = seconds >= Math.min(20, Math.max(5, 5 / rate)) || (seconds >= 1 && throttled >= 4);
  if (!isOver) return { ...unchanged, ...seen, window };
  return {
    ...seen,
    ...rateAfter(before, { throttled, seconds, admitted: window.admitted, isSomebodyWaiting }),
    pollsPerTracker: pollsAfter(before),
    window: { ...fresh, admitted: 0 },
  };
}

interface Judged {
  readonly throttled: number;
  readonly seconds: number;
  readonly admitted: number;
  readonly isSomebodyWaiting: boolean;
}

function rateAfter(before: Learning, { throttled, seconds, admitted, isSomebodyWaiting }: Judged) {
  const { rate, ceiling, calmWindows, window } = before;
  const share = throttled / (throttled + 2 * Math.max(admitted, rate * seconds));
  if (throttled > 1 && share > TOLERATED) {
    const cut = Math.min(share, 0.5);
    // While calls are throttled, what gets through is the rate.
    const floor = Math.min(rate, (0.97 * (before.created - (window?.created ?? 0))) / seconds);
    return {
      rate: Math.max(floor, rate * (1 - cut), MIN_RATE),
      ceiling: Math.max(floor, rate * (1 - cut / 2), MIN_RATE),
      calmWindows: 0,
    };
  }
  if (throttled > 1 || !isSomebodyWaiting || admitted === 0) return { rate, ceiling, calmWindows };
  if (rate < 0.97 * ceiling) return { rate: rate + (ceiling - rate) / 2, ceiling, calmWindows };
  const most = rate > 1.05 * ceiling ? 0.25 : 0.02;
  return {
    rate: rate * (1 + Math.min(most, 0.005 * 2 ** Math.min(calmWindows, 10))),
    ceiling,
    calmWindows: calmWindows + 1,
  };
}

function pollsAfter({ pollsPerTracker, window, pollSlots, throttledPolls }: Learning): number {
  const slots = pollSlots - (window?.pollSlots ?? 0);
  const share = slots > 0 ? (throttledPolls - (window?.throttledPolls ?? 0)) / slots : 0;
  return share > 0.05
    ? Math.max(MIN_POLLS_PER_TRACKER, pollsPerTracker * Math.max(0.8, 1 - share / 2))
    : Math.min(MAX_POLLS_PER_TRACKER, pollsPerTracker * 1.02);
}

const countsOf = ({ throttledCalls, throttledPolls, pollSlots, created }: Counts): Counts => ({
  throttledCalls,
  throttledPolls,
  pollSlots,
  created,
});
