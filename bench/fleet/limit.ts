import type { BucketLimits } from '../../infra/local/personalize/token-bucket.ts';

/** The set-up calls of a tracker: describe its dataset group, list the datasets, list its trackers, create. */
const SET_UP_CALLS = 4;

/**
 * The shortest time in which a throttle allows a fleet to be ACTIVE, and known to be, in milliseconds: nobody waits without need, no call
 * is throttled, and each tracker is polled once, when it is ACTIVE. Trackers are created in the order of their requests; a run in which the
 * long creations happen to come first can be a little quicker.
 * @param creationMs how long each creation takes, in the order of the requests
 * @param shared one bucket for all operations; otherwise one for each
 */
export function limitMs(creationMs: readonly number[], limits: BucketLimits, shared: boolean): number {
  return shared ? limitOfShared(creationMs, limits) : limitOfEach(creationMs, limits);
}

function limitOfEach(creationMs: readonly number[], limits: BucketLimits): number {
  const creates = new Tokens(limits);
  const active = creationMs.map((ms) => creates.take(0) + ms).sort((one, other) => one - other);
  const polls = new Tokens(limits);
  return Math.max(...active.map((at) => polls.take(at)));
}

function limitOfShared(creationMs: readonly number[], limits: BucketLimits): number {
  const tokens = new Tokens(limits);
  /** When the created trackers become ACTIVE, the next one first. */
  const active: number[] = [];
  let setUpCalls = 0;
  let now = 0;
  for (let polled = 0; polled < creationMs.length; ) {
    const isSetUp = setUpCalls === SET_UP_CALLS * creationMs.length;
    const next = active[0] ?? Number.POSITIVE_INFINITY;
    now = tokens.take(isSetUp ? Math.max(now, next) : now);
    if (next <= now) {
      active.shift();
      polled += 1;
      continue;
    }
    setUpCalls += 1;
    if (setUpCalls % SET_UP_CALLS === 0) insert(active, now + (creationMs[setUpCalls / SET_UP_CALLS - 1] ?? 0));
  }
  return now;
}

/** A token bucket for callers that wait for their token. */
class Tokens {
  readonly #limits: BucketLimits;
  #tokens: number;
  #time = 0;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** @returns when there is a token, at that time or later; it is taken. Times must not decrease */
  take(at: number): number {
    const { ratePerSecond, burst } = this.#limits;
    const time = Math.max(at, this.#time);
    const tokens = Math.min(burst, this.#tokens + ((time - this.#time) * ratePerSecond) / 1000);
    const missing = Math.max(0, 1 - tokens);
    this.#tokens = tokens + missing - 1;
    this.#time = time + (missing / ratePerSecond) * 1000;
    return this.#time;
  }
}

function insert(sorted: number[], value: number): void {
  const at = sorted.findIndex((each) => each > value);
  sorted.splice(at < 0 ? sorted.length : at, 0, value);
}
