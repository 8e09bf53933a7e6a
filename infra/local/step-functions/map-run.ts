import { StateMachine } from 'aws-local-stepfunctions';
import pLimit from 'p-limit';
import type { MapParameters } from './engine-definition.ts';
import { TaskFailure } from './failures.ts';
import type { Closure } from './history.ts';
import type { MapMachine } from './machine.ts';
import { isObject, type Json } from './path-check.ts';

/** AWS runs at most this many child executions of one Map state in parallel. */
const MAX_CONCURRENCY = 10_000;

/** An execution that a Map state started for one item. */
export interface ChildExecution {
  readonly closed: Promise<Closure>;
  /** Ends it as ABORTED. */
  stop(): void;
}

export interface MapRun {
  readonly map: MapMachine;
  readonly parameters: MapParameters;
  /** The context object (`$$`), to which each item adds `$$.Map.Item`. */
  readonly context: Readonly<Record<string, object>>;
  /** Starts the execution of an item. `input` is JSON text. */
  readonly start: (input: string) => ChildExecution;
  /** Rejects when the execution with the Map state ends. */
  readonly ended: Promise<never>;
}

/**
 * Runs a Map state: an execution for each item, at most MaxConcurrency of them in parallel. When more of them fail than is tolerated, or the
 * execution with the Map state ends, the running ones are ABORTED.
 * @returns the outputs of the executions that succeeded, in the order of the items
 * @throws TaskFailure `States.ExceedToleratedFailureThreshold`; `States.Runtime`, which can't be caught, for parameters of a wrong type
 */
export async function runMap({ map, parameters, context, start, ended }: MapRun): Promise<Json[]> {
  const { input, items } = parameters;
  if (!Array.isArray(items)) throw invalid('ItemsPath must lead to a list');
  const tolerated = toleratedFailures(parameters, items.length);
  const limit = pLimit(numberOf(parameters.maxConcurrency, 'MaxConcurrency', MAX_CONCURRENCY) || MAX_CONCURRENCY);
  const running = new Set<ChildExecution>();
  const exceeded = Promise.withResolvers<never>();
  exceeded.promise.catch(() => {}); // Nothing may be awaiting it.
  let failed = 0;
  let isOver = false;

  const runItem = async (value: Json, index: number): Promise<Json[]> => {
    if (isOver) return [];
    const child = start(JSON.stringify(await inputOf(map, input, { Index: index, Value: value }, context)));
    running.add(child);
    // The execution may have ended while the input was evaluated.
    if (isOver) child.stop();
    const { status, output = 'null' } = await child.closed;
    running.delete(child);
    if (status === 'SUCCEEDED') return [JSON.parse(output)];
    failed += 1;
    if (failed > tolerated) exceeded.reject(thresholdExceeded());
    return [];
  };
  try {
    const runs = Promise.all(items.map((value, index) => limit(runItem, value, index)));
    runs.catch(() => {}); // After the end, nobody awaits it.
    return (await Promise.race([runs, exceeded.promise, ended])).flat();
  } finally {
    isOver = true;
    for (const child of running) child.stop();
  }
}

const thresholdExceeded = (): TaskFailure =>
  new TaskFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');

const invalid = (problem: string): TaskFailure => new TaskFailure('States.Runtime', `The Map state: ${problem}.`, true);

function numberOf(value: Json | undefined, field: string, max: number): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw invalid(`${field} must be a whole number from 0 to ${max}`);
}

/** The number of failed items that do not fail the Map state. Of a count and a percentage, the one that is exceeded first counts. */
function toleratedFailures(
  { toleratedFailureCount, toleratedFailurePercentage }: MapParameters,
  total: number,
): number {
  const count = numberOf(toleratedFailureCount, 'ToleratedFailureCount', 10_000_000);
  const percentage = numberOf(toleratedFailurePercentage, 'ToleratedFailurePercentage', 100);
  const share = Math.floor((total * percentage) / 100);
  if (toleratedFailureCount === undefined) return share;
  return toleratedFailurePercentage === undefined ? count : Math.min(count, share);
}

/** The input of an item's execution. The engine evaluates the ItemSelector, as the Parameters of a Pass state. */
async function inputOf(
  { itemSelector }: MapMachine,
  input: Json,
  item: { readonly Index: number; readonly Value: Json },
  context: MapRun['context'],
): Promise<Json> {
  if (itemSelector === undefined) return item.Value;
  const select = { Type: 'Pass', Parameters: itemSelector, End: true } as const;
  const engine = new StateMachine(
    { StartAt: 'ItemSelector', States: { ItemSelector: select } },
    { validationOptions: { noValidate: true } },
  );
  // A copy, because the engine's functions may change their arguments.
  const copy = structuredClone({ input, item });
  const { result } = engine.run(copy.input, { context: { ...context, Map: { Item: copy.item } } });
  const selected: unknown = await result.catch((error: unknown) => {
    throw invalid(`the ItemSelector can't be evaluated: ${error instanceof Error ? error.message : error}`);
  });
  if (!isObject(selected)) throw invalid('the ItemSelector is not an object');
  return selected;
}
