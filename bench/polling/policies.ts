import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { FIRST_POLL_MS, nextWaitMs, waitSeconds } from '../../functions/tracker/pacing.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';

/** How a loop waits for a tracker to become ACTIVE. */
export interface Policy {
  readonly name: string;
  /**
   * The wait before the next poll, in milliseconds; undefined: it gives up.
   * @param elapsedMs since the answer to CreateEventTracker
   * @param polls how many polls were made
   */
  wait(elapsedMs: number, polls: number, random: () => number): number | undefined;
}

/** As Observe and CreateEventTracker wait, with their jitter and whole seconds, until the deadline of a deployment. */
export const OURS: Policy = {
  name: 'event-trackers',
  wait: (elapsedMs, polls, random) =>
    elapsedMs >= AWS_SETTINGS.deadlineMs
      ? undefined
      : waitSeconds(polls === 0 ? FIRST_POLL_MS : nextWaitMs(elapsedMs), random()) * 1000,
};

/** Waits the same time, until the same deadline. */
const fixed = (seconds: number): Policy => ({
  name: `${seconds} s`,
  wait: (elapsedMs) => (elapsedMs >= AWS_SETTINGS.deadlineMs ? undefined : seconds * 1000),
});

/** Waits longer each time, as Step Functions' Retry and many loops do. */
const growing = (first: number, factor: number, more: { tries?: number; cap?: number }): Policy => ({
  name: `${first} s × ${factor}${more.cap ? `, at most ${more.cap} s` : ''}${more.tries ? `, ${more.tries} times` : ''}`,
  wait: (elapsedMs, polls) =>
    polls >= (more.tries ?? Number.POSITIVE_INFINITY) || elapsedMs >= AWS_SETTINGS.deadlineMs
      ? undefined
      : Math.min(more.cap ?? Number.POSITIVE_INFINITY, first * factor ** polls) * 1000,
});

export const RIVALS: readonly Policy[] = [
  ...[fixed(60), fixed(120)],
  ...[growing(8, 1.25, { tries: 15 }), growing(2, 1.5, { cap: 60 })],
  fixed(2),
];

const states = z.object({
  States: z.record(
    z.string(),
    z.object({
      Next: z.string().optional(),
      Choices: z.array(z.object({ StringEquals: z.string(), Next: z.string() })).optional(),
    }),
  ),
});

/** The transitions of the deployed state machine from one wait for a poll to the next. */
export function transitionsOfPoll(): number {
  const file = join(import.meta.dirname, '../../statemachine/event-tracker-lifecycle.asl.json');
  const { States } = states.parse(JSON.parse(readFileSync(file, 'utf8')));
  const WAIT = 'WaitBeforeNextPoll';
  const after = (name: string): string => {
    const state = States[name];
    const next = state?.Next ?? state?.Choices?.find(({ StringEquals }) => StringEquals === WAIT)?.Next;
    if (next === undefined) throw new Error(`${name} leads to no next poll.`);
    return next;
  };
  let count = 1;
  for (let state = after(WAIT); state !== WAIT; state = after(state)) count += 1;
  return count;
}
