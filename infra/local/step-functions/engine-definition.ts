import { LONGEST_TIMER_SECONDS } from './definition-check.ts';
import { HEARTBEAT_TIMEOUT } from './failures.ts';
import { MAP_FIELDS } from './map-check.ts';
import { isObject, type Json, type JsonObject } from './path-check.ts';

/** A definition that `checkDefinition` passed. */
export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, JsonObject>>;
}

/** The engine's name for `$$.Execution`: under the name Execution, it would overwrite the start time with its own. */
export const EXECUTION_CONTEXT = 'StartedExecution';

/** The input of a Map state's handler, with the values that the engine read from the state's input. */
export interface MapParameters {
  readonly input: Json;
  readonly items: Json;
  readonly maxConcurrency?: Json;
  readonly toleratedFailureCount?: Json;
  readonly toleratedFailurePercentage?: Json;
}

/** The input of a Wait state's handler, with the values that the engine read from the state's input. */
export interface WaitParameters {
  readonly input: Json;
  readonly seconds?: Json;
  readonly timestamp?: Json;
}

/**
 * Replaces `$$.Execution`, and the first argument of JsonMerge, in everything that is a path or calls a function, by the name of the field
 * that holds it.
 */
export function enginePaths(value: Json, isPath = false): Json {
  if (typeof value === 'string') return isPath ? enginePath(value) : value;
  if (Array.isArray(value)) return value.map((item) => enginePaths(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, enginePaths(inner, /(\.\$|Path|^Variable)$/.test(key))]),
  );
}

/** The engine's JsonMerge writes into its first argument. The result of a function that is an argument is a copy. */
const enginePath = (path: string): string =>
  path
    .replaceAll('$$.Execution', () => `$$.${EXECUTION_CONTEXT}`)
    .replaceAll(/(States\.JsonMerge\()\s*(\$[^,]*),/g, '$1States.ArrayGetItem(States.Array($2), 0),');

/**
 * The engine compares `"5" > 1` as JavaScript does. In the Amazon States Language, a comparison is false unless both values have the
 * operator's type, so tests of the types precede each comparison.
 */
function typedRule(rule: JsonObject): JsonObject {
  const { Next, ...test } = rule;
  const next: JsonObject = Next === undefined ? {} : { Next };
  const inner = (rules: Json | undefined): Json[] =>
    Array.isArray(rules) ? rules.filter(isObject).map(typedRule) : [];
  if ('And' in test) return { And: inner(test.And), ...next };
  if ('Or' in test) return { Or: inner(test.Or), ...next };
  if (isObject(test.Not)) return { Not: typedRule(test.Not), ...next };
  const operator = Object.keys(test).find((key) => /^(String|Numeric|Timestamp|Boolean)/.test(key));
  const type = operator?.match(/^(String|Numeric|Timestamp|Boolean)/)?.[1];
  if (operator === undefined || type === undefined) return rule;
  const isType = (path: Json | undefined): JsonObject => ({ Variable: path ?? '$', [`Is${type}`]: true });
  const operands = operator.endsWith('Path')
    ? [isType(test.Variable), isType(test[operator])]
    : [isType(test.Variable)];
  return { And: [...operands, test], ...next };
}

/** `States.Timeout` in a rule also matches the time-out of a heartbeat, but the engine compares names only. */
const withHeartbeatTimeout = (rule: JsonObject): JsonObject => {
  const { ErrorEquals } = rule;
  const isTimeout = Array.isArray(ErrorEquals) && ErrorEquals.includes('States.Timeout');
  return isTimeout ? { ...rule, ErrorEquals: [...ErrorEquals, HEARTBEAT_TIMEOUT] } : rule;
};

const number = (value: Json | undefined, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Retry delays are computed by the engine, jitter included; it takes fractions of seconds. */
const scaledRetry =
  (timeScale: number) =>
  (retrier: JsonObject): JsonObject => ({
    ...retrier,
    IntervalSeconds: number(retrier.IntervalSeconds, 1) * timeScale,
    MaxDelaySeconds: Math.min(
      number(retrier.MaxDelaySeconds, LONGEST_TIMER_SECONDS) * timeScale,
      LONGEST_TIMER_SECONDS,
    ),
  });

/** A Wait state runs as a Task whose handler waits. So every wait is scaled, and ends with the execution. */
function waitAsTask(state: JsonObject): JsonObject {
  const { Type: _, Comment, Seconds, SecondsPath, Timestamp, TimestampPath, ...flow } = state;
  const parameters: JsonObject = { 'input.$': '$' };
  if (Seconds !== undefined) parameters.seconds = Seconds;
  if (SecondsPath !== undefined) parameters['seconds.$'] = SecondsPath;
  if (Timestamp !== undefined) parameters.timestamp = Timestamp;
  if (TimestampPath !== undefined) parameters['timestamp.$'] = TimestampPath;
  return { ...flow, Type: 'Task', Resource: 'wait', Parameters: parameters, TimeoutSeconds: LONGEST_TIMER_SECONDS };
}

/** A Map state runs as a Task whose handler runs an execution for each item. */
function mapAsTask(state: JsonObject, timeScale: number): JsonObject {
  const parameters: JsonObject = { 'input.$': '$', 'items.$': state.ItemsPath ?? '$' };
  for (const field of ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage']) {
    const name = field.charAt(0).toLowerCase() + field.slice(1);
    const { [field]: value, [`${field}Path`]: path } = state;
    if (value !== undefined) parameters[name] = value;
    if (path !== undefined) parameters[`${name}.$`] = path;
  }
  const flow = Object.entries(state).filter(([field]) => !MAP_FIELDS.includes(field));
  return engineTask({ ...Object.fromEntries(flow), Type: 'Task', Resource: 'map', Parameters: parameters }, timeScale);
}

function engineTask(state: JsonObject, timeScale: number): JsonObject {
  const isTimed = state.TimeoutSeconds !== undefined || state.TimeoutSecondsPath !== undefined;
  const rules = (of: Json | undefined) =>
    Array.isArray(of) ? of.filter(isObject).map(withHeartbeatTimeout) : undefined;
  const retry = rules(state.Retry)?.map(scaledRetry(timeScale));
  const caught = rules(state.Catch);
  return {
    ...state,
    // The engine's default is 60 s; on AWS a task without a time-out has none.
    ...(isTimed ? {} : { TimeoutSeconds: LONGEST_TIMER_SECONDS }),
    ...(retry === undefined ? {} : { Retry: retry }),
    ...(caught === undefined ? {} : { Catch: caught }),
  };
}

function engineState(state: JsonObject, timeScale: number): JsonObject {
  switch (state.Type) {
    case 'Wait':
      return waitAsTask(state);
    case 'Map':
      return mapAsTask(state, timeScale);
    case 'Choice':
      return { ...state, Choices: Array.isArray(state.Choices) ? state.Choices.filter(isObject).map(typedRule) : [] };
    case 'Fail':
      // Without a name and a cause, the engine makes up its own, while AWS reports none.
      return { ...state, Error: state.Error ?? '', Cause: state.Cause ?? '' };
    case 'Task':
      return engineTask(state, timeScale);
    default:
      return state;
  }
}

/**
 * The definition as the engine gets it, changed where the engine differs from AWS and a change fixes that.
 * @param timeScale waits, retry delays and heartbeats' time-outs are multiplied by it; other time-outs are not, because handlers take
 *   real time
 */
export function engineDefinition(definition: Definition, timeScale: number): Definition {
  const states = Object.entries(definition.States).map(([name, state]): [string, JsonObject] => {
    const renamed = enginePaths(engineState(state, timeScale));
    return [name, isObject(renamed) ? renamed : state];
  });
  return { ...definition, States: Object.fromEntries(states) };
}
