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

/** The states of the deployed state machine. */
export const deployedStates = (): States =>
  (
    JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../statemachine/event-tracker-lifecycle.asl.json'), 'utf8'),
    ) as { States: States }
  ).States;

/** The maximum number of events of one visit: entered and exited, plus three for each attempt of a task (scheduled, started, ended). */
function eventsOf({ Type, Retry = [] }: State): number {
  if (Type !== 'Task') return 2;
  const attempts = 1 + Retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
  return 2 + 3 * attempts;
}

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...[...Choices, ...Catch].map((rule) => rule.Next)].filter((name) => name !== undefined);

/**
 * The number of events on the longest path from a state to Observe or to the end.
 * @throws if a loop does not pass through Observe
 */
function longestPath(states: States, from: string, passed: readonly string[] = []): number {
  if (passed.includes(from))
    throw new Error(`This loop does not pass through Observe: ${[...passed, from].join(' → ')}`);
  const state = states[from];
  if (state === undefined) throw new Error(`There is no state ${from}.`);
  const ways = nextOf(state).map((name) => (name === 'Observe' ? 0 : longestPath(states, name, [...passed, from])));
  return eventsOf(state) + Math.max(0, ...ways);
}

/** The maximum number of events of one round, from Observe to the next Observe. */
export const longestRound = (states: States): number => longestPath(states, 'Observe');

/** The maximum number of events of an execution: its start, its rounds, the Observe that hands over and what may follow, and its end. */
export const longestHistory = (states: States, rounds: number): number => 2 + (rounds + 1) * longestRound(states);
