import { aslProblems } from './asl-check.ts';
import { checkChoiceRule } from './choice-check.ts';
import { checkCatch, checkRetry } from './error-rules-check.ts';
import { HEARTBEAT_TIMEOUT } from './failures.ts';
import { checkMap, MAP_FIELDS, PROCESSOR_FIELDS } from './map-check.ts';
import {
  checkPath,
  checkPayloadTemplate,
  checkResultPath,
  isObject,
  type JsonObject,
  type Report,
} from './path-check.ts';

/** The longest time-out and wait, in seconds: what fits a timer of Node (2³¹ − 1 ms; a longer one fires immediately). */
export const LONGEST_TIMER_SECONDS = 2_147_483;

const DATA = ['InputPath', 'OutputPath'];
const NEXT = ['Next', 'End'];
const STATE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Task: [
    ...['Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'],
    ...['TimeoutSeconds', 'TimeoutSecondsPath', 'HeartbeatSeconds', ...DATA, ...NEXT],
  ],
  Map: [...MAP_FIELDS, 'ResultSelector', 'ResultPath', 'Retry', 'Catch', ...DATA, ...NEXT],
  Pass: ['Result', 'Parameters', 'ResultPath', ...DATA, ...NEXT],
  Wait: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', ...DATA, ...NEXT],
  Choice: ['Choices', 'Default', ...DATA],
  Succeed: DATA,
  Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const MACHINE_FIELDS = new Set(['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version']);

const LACKING: Readonly<Record<string, string>> = {
  Assign: 'the local engine ignores it: it has no variables',
  Output: 'belongs to JSONata, which the local engine does not have',
  Arguments: 'belongs to JSONata, which the local engine does not have',
  HeartbeatSecondsPath: 'the local engine ignores it: a task that stops its heartbeats would never fail',
  Credentials: 'the local engine ignores it',
  ItemReader: 'reads from S3, which the local runtime does not have; use ItemsPath',
  ResultWriter: 'writes to S3, which the local runtime does not have',
  ItemBatcher: 'the local engine has no batches',
  Iterator: 'is the older name; use ItemProcessor',
};

function checkFields(object: JsonObject, known: ReadonlySet<string>, place: string, report: Report): void {
  for (const field of Object.keys(object)) {
    if (!known.has(field)) report(`${place}/${field}`, LACKING[field] ?? 'is not a field known here');
  }
  if (object.QueryLanguage !== undefined && object.QueryLanguage !== 'JSONPath') {
    report(`${place}/QueryLanguage`, 'must be JSONPath: the local engine has no other');
  }
}

function checkSeconds(value: unknown, min: number, place: string, report: Report): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > LONGEST_TIMER_SECONDS) {
    report(
      place,
      `must be a whole number from ${min} to ${LONGEST_TIMER_SECONDS}, the longest that a local timer runs`,
    );
  }
}

function checkTask(state: JsonObject, place: string, resources: ReadonlySet<string> | undefined, report: Report): void {
  const resource = state.Resource;
  if (typeof resource !== 'string') {
    report(`${place}/Resource`, 'is required: the ARN of what the task calls');
    return;
  }
  if (resources !== undefined && !resources.has(resource)) {
    report(`${place}/Resource`, `is ${resource}, for which the local runtime has no handler`);
  }
  if (/\.sync(:2)?$/.test(resource)) report(`${place}/Resource`, 'waits for a job (.sync), which does not run locally');
  const usesToken = JSON.stringify(state.Parameters ?? null).includes('$$.Task.Token');
  if (resource.endsWith('.waitForTaskToken') && !usesToken) {
    report(`${place}/Parameters`, 'must hand over $$.Task.Token: without it nobody can end the task');
  } else if (!resource.endsWith('.waitForTaskToken') && JSON.stringify(state).includes('$$.Task.Token')) {
    report(place, 'reads $$.Task.Token, which only a task that ends in .waitForTaskToken has');
  }
}

/** Only a task that waits for its token receives heartbeats. Without them, a rule for their time-out would never match. */
function checkHeartbeat(state: JsonObject, place: string, report: Report): void {
  const { HeartbeatSeconds, TimeoutSeconds, Resource, Retry, Catch } = state;
  const names = [Retry, Catch].flatMap((rules) =>
    Array.isArray(rules) ? rules.flatMap((rule) => (isObject(rule) ? rule.ErrorEquals : [])) : [],
  );
  if (HeartbeatSeconds === undefined) {
    if (names.includes(HEARTBEAT_TIMEOUT)) report(place, `names ${HEARTBEAT_TIMEOUT} and has no HeartbeatSeconds`);
    return;
  }
  checkSeconds(HeartbeatSeconds, 1, `${place}/HeartbeatSeconds`, report);
  if (!String(Resource).endsWith('.waitForTaskToken')) {
    report(`${place}/HeartbeatSeconds`, 'is for a task that ends in .waitForTaskToken: no other can send heartbeats');
  }
  if (Number(HeartbeatSeconds) >= Number(TimeoutSeconds ?? Number.POSITIVE_INFINITY)) {
    report(`${place}/HeartbeatSeconds`, 'must be less than TimeoutSeconds');
  }
  if (names.includes('States.TaskFailed')) {
    report(place, "names States.TaskFailed: whether it matches a heartbeat's time-out is not published");
  }
}

function checkState(
  state: JsonObject,
  place: string,
  resources: ReadonlySet<string> | undefined,
  report: Report,
): void {
  const type = String(state.Type);
  const fields = STATE_FIELDS[type];
  if (fields === undefined) {
    report(`${place}/Type`, `is ${type}; the local engine runs ${Object.keys(STATE_FIELDS).join(', ')}`);
    return;
  }
  checkFields(state, new Set(['Type', 'Comment', 'QueryLanguage', ...fields]), place, report);
  if (type === 'Task') {
    checkTask(state, place, resources, report);
    checkHeartbeat(state, place, report);
  }
  if (type === 'Map') checkMap(state, place, report);
  for (const field of ['InputPath', 'OutputPath']) {
    if (state[field] !== undefined && state[field] !== null) checkPath(state[field], `${place}/${field}`, report);
  }
  for (const field of ['SecondsPath', 'TimestampPath', 'TimeoutSecondsPath', 'ErrorPath', 'CausePath']) {
    if (state[field] !== undefined) checkPath(state[field], `${place}/${field}`, report);
  }
  checkPayloadTemplate(state.Parameters, `${place}/Parameters`, report);
  checkPayloadTemplate(state.ResultSelector, `${place}/ResultSelector`, report);
  if (state.ResultPath !== undefined) checkResultPath(state.ResultPath, `${place}/ResultPath`, report);
  if (state.Retry !== undefined) checkRetry(state.Retry, `${place}/Retry`, report);
  if (state.Catch !== undefined) checkCatch(state.Catch, `${place}/Catch`, report);
  checkSeconds(state.Seconds, 0, `${place}/Seconds`, report);
  checkSeconds(state.TimeoutSeconds, 1, `${place}/TimeoutSeconds`, report);
  if (state.Result !== undefined && !state.Result) {
    report(`${place}/Result`, 'is null, false, 0 or "", which the local engine takes for no Result at all');
  }
  if (Array.isArray(state.Choices)) {
    for (const [index, rule] of state.Choices.entries()) {
      checkChoiceRule(rule, `${place}/Choices/${index}`, true, report);
    }
  }
}

const nextOf = (rules: unknown): unknown[] =>
  Array.isArray(rules) ? rules.map((rule: unknown) => (isObject(rule) ? rule.Next : undefined)) : [];

/** Like AWS, refuses unreachable states. This also finds a Fail state that no error leads to. */
function checkReachable(
  startAt: unknown,
  states: ReadonlyMap<string, JsonObject>,
  place: string,
  report: Report,
): void {
  const reached = new Set<string>();
  const queue = [startAt];
  for (const name of queue) {
    const state = typeof name === 'string' ? states.get(name) : undefined;
    if (typeof name !== 'string' || state === undefined || reached.has(name)) continue;
    reached.add(name);
    queue.push(state.Next, state.Default, ...nextOf(state.Choices), ...nextOf(state.Catch));
  }
  for (const name of states.keys()) if (!reached.has(name)) report(`${place}/States/${name}`, 'is not reachable');
}

/** The states of a machine, or of a Map state's ItemProcessor. Their names are unique in the whole definition, as on AWS. */
function checkStates(
  { StartAt, States }: JsonObject,
  place: string,
  resources: ReadonlySet<string> | undefined,
  names: Set<string>,
  report: Report,
): void {
  if (!isObject(States)) {
    report(`${place}/States`, 'is required: an object of states by name');
    return;
  }
  const states = new Map<string, JsonObject>();
  for (const [name, state] of Object.entries(States)) {
    const at = `${place}/States/${name}`;
    if (name.length === 0 || name.length > 80) report(at, 'must have a name of 1 to 80 characters');
    if (names.has(name)) report(at, 'must have a name that no other state of the definition has');
    names.add(name);
    if (isObject(state)) states.set(name, state);
    else report(at, 'must be an object');
  }
  for (const [name, state] of states) {
    const at = `${place}/States/${name}`;
    checkState(state, at, resources, report);
    if (state.Type !== 'Map') continue;
    const { ItemProcessor } = state;
    if (!isObject(ItemProcessor)) report(`${at}/ItemProcessor`, 'is required: the states that each item runs through');
    else {
      checkFields(ItemProcessor, PROCESSOR_FIELDS, `${at}/ItemProcessor`, report);
      checkStates(ItemProcessor, `${at}/ItemProcessor`, resources, names, report);
    }
  }
  checkReachable(StartAt, states, place, report);
}

/**
 * Finds what would make the local Step Functions run a state machine differently from AWS: what the engine (aws-local-stepfunctions 3)
 * silently ignores or does differently, and what asl-validator does not check. Only if there is nothing of that, it returns the findings
 * of asl-validator, which have no places.
 * @param definition the Amazon States Language JSON, parsed, substitutions done
 * @param resources the ARNs that tasks may name; without it, every ARN is accepted
 * @returns the problems, each as `place: what is wrong`, where the place is a JSON pointer; none if it can run
 */
export function checkDefinition(definition: unknown, resources?: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const report: Report = (place, problem) => problems.push(`${place}: ${problem}`);
  if (!isObject(definition)) return ['/: must be a JSON object'];
  checkFields(definition, MACHINE_FIELDS, '', report);
  checkSeconds(definition.TimeoutSeconds, 1, '/TimeoutSeconds', report);
  if (definition.Version !== undefined && definition.Version !== '1.0') report('/Version', 'must be 1.0');
  checkStates(definition, '', resources, new Set(), report);
  return problems.length > 0 ? problems : aslProblems(definition);
}
