import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly MaxAttempts: number }[];
}
type States = Readonly<Record<string, State>>;

/** The states that are deployed. */
export const deployedStates = (): States =>
  (
    JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../statemachine/event-tracker-lifecycle.asl.json'), 'utf8'),
    ) as { States: States }
  ).States;

/** The events of one visit at most: entered and exited; a task's three events for each attempt, scheduled, started and its end. */
function eventsOf({ Type, Retry = [] }: State): number {
  if (Type !== 'Task') return 2;
  const attempts = 1 + Retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
  return 2 + 3 * attempts;
}

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...[...Choices, ...Catch].map((rule) => rule.Next)].filter((name) => name !== undefined);

/**
 * The events of the longest way from a state to Observe, or to the end.
 * @throws where a way leads round without Observe
 */
function longestWay(states: States, from: string, passed: readonly string[] = []): number {
  if (passed.includes(from)) throw new Error(`There is a way round without Observe: ${[...passed, from].join(' → ')}`);
  const state = states[from];
  if (state === undefined) throw new Error(`There is no state ${from}.`);
  const ways = nextOf(state).map((name) => (name === 'Observe' ? 0 : longestWay(states, name, [...passed, from])));
  return eventsOf(state) + Math.max(0, ...ways);
}

/** The events of one round at most, from Observe to the next Observe. */
export const longestRound = (states: States): number => longestWay(states, 'Observe');

/** The events of a whole execution at most: its start, its rounds, the Observe that hands over with all that may follow, its end. */
export const longestHistory = (states: States, rounds: number): number => 2 + (rounds + 1) * longestRound(states);
