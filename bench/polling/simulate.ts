import { logNormal, seededRandom } from '../random.ts';
import type { Policy } from './policies.ts';

/** How long Personalize may take to create a tracker, in milliseconds. No measurement is published: these are made up. */
export interface Distribution {
  readonly name: string;
  take(random: () => number): number;
}

const MINUTE = 60_000;
const usual = (random: () => number): number => logNormal(random, 15_000, 60_000);
const between = (random: () => number, from: number, to: number): number => from + random() * (to - from);

export const DISTRIBUTIONS: readonly Distribution[] = [
  { name: 'log-normal', take: usual },
  // A tenth of a second either way: otherwise it would be chance whether a poll at 8 s comes just before or just after.
  { name: 'constant', take: (random) => between(random, 7_900, 8_100) },
  {
    name: 'heavy tail',
    take: (random) => (random() < 0.07 ? between(random, MINUTE, 20 * MINUTE) : usual(random)),
  },
];

export interface Figures {
  /** The mean time from ACTIVE to its poll, as a part of the mean time of the creation. Without the missed ones. */
  readonly lag: number;
  /** The mean number of polls of a tracker. */
  readonly polls: number;
  /** The part of the trackers that became ACTIVE, but no poll saw it. */
  readonly missed: number;
}

/** Polls trackers by a policy. The creation times of a distribution are the same for each policy. */
export function simulate({ wait }: Policy, { take }: Distribution, trackers: number, seed: number): Figures {
  const creations = seededRandom(seed);
  const jitter = seededRandom(seed + 1);
  let lag = 0;
  let created = 0;
  let polls = 0;
  let missed = 0;
  for (let tracker = 0; tracker < trackers; tracker += 1) {
    const creation = take(creations);
    let elapsed = 0;
    let made = 0;
    while (elapsed < creation) {
      const pause = wait(elapsed, made, jitter);
      if (pause === undefined) break;
      elapsed += pause;
      made += 1;
    }
    polls += made;
    if (elapsed < creation) {
      missed += 1;
      continue;
    }
    created += creation;
    lag += elapsed - creation;
  }
  return { lag: lag / created, polls: polls / trackers, missed: missed / trackers };
}
