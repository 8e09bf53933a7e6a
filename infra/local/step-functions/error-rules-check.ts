import { HEARTBEAT_TIMEOUT } from './failures.ts';
import { checkResultPath, isObject, type Report } from './path-check.ts';

const RETRIER_FIELDS = new Set([
  'Comment',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
]);
const CATCHER_FIELDS = new Set(['Comment', 'ErrorEquals', 'Next', 'ResultPath']);

// Errors that AWS accepts in a rule and that never occur in the local engine: the rule would never match.
const NEVER_MATCHED: Readonly<Record<string, string>> = {
  'States.ParameterPathFailure': 'the local engine ends the execution with States.Runtime instead',
  'States.IntrinsicFailure': 'the local engine reports another error instead',
  'States.BranchFailed': 'the local engine runs no branches',
  'States.DataLimitExceeded': 'it ends the execution and cannot be caught',
};
const STATES_ERRORS = new Set([
  'States.ALL',
  'States.Timeout',
  HEARTBEAT_TIMEOUT,
  'States.TaskFailed',
  'States.Permissions',
  'States.Runtime',
  'States.ResultPathMatchFailure',
  'States.NoChoiceMatched',
  'States.ExceedToleratedFailureThreshold',
]);

function checkErrorEquals(value: unknown, place: string, isLast: boolean, report: Report): void {
  if (!Array.isArray(value) || value.length === 0 || value.some((name) => typeof name !== 'string')) {
    report(place, 'must be a list of at least one error name');
    return;
  }
  for (const name of value.map(String)) {
    const reason = NEVER_MATCHED[name];
    if (reason !== undefined) report(place, `names ${name}: ${reason}`);
    else if (name.startsWith('States.') && !STATES_ERRORS.has(name)) {
      report(place, `names ${name}, and names that begin with "States." are reserved`);
    }
  }
  if (!value.includes('States.ALL')) return;
  if (value.length > 1) report(place, 'has States.ALL beside other names; it must stand alone');
  if (!isLast) report(place, 'has States.ALL in a rule that is not the last; it must be in the last one');
}

function checkNumber(rule: object, field: string, min: number, max: number, place: string, report: Report): void {
  const value: unknown = Reflect.get(rule, field);
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    report(`${place}/${field}`, `must be a whole number from ${min} to ${max}`);
  }
}

/**
 * The `Retry` list of a state, by the limits that CreateStateMachine has: whole seconds, MaxDelaySeconds from 1 to 31622400
 * and above IntervalSeconds, BackoffRate at least 1, JitterStrategy FULL or NONE, States.ALL alone and last.
 */
export function checkRetry(value: unknown, place: string, report: Report): void {
  for (const [isLast, rule, at] of rulesOf(value, place, RETRIER_FIELDS, report)) {
    checkErrorEquals(rule.ErrorEquals, `${at}/ErrorEquals`, isLast, report);
    checkNumber(rule, 'IntervalSeconds', 1, 99_999_999, at, report);
    checkNumber(rule, 'MaxAttempts', 0, 99_999_999, at, report);
    checkNumber(rule, 'MaxDelaySeconds', 1, 31_622_400, at, report);
    const interval = rule.IntervalSeconds ?? 1;
    if (typeof rule.MaxDelaySeconds === 'number' && typeof interval === 'number' && rule.MaxDelaySeconds <= interval) {
      report(`${at}/MaxDelaySeconds`, `must be greater than IntervalSeconds (${interval})`);
    }
    const rate = rule.BackoffRate ?? 1;
    if (typeof rate !== 'number' || rate < 1) report(`${at}/BackoffRate`, 'must be a number of at least 1');
    if (rule.JitterStrategy !== undefined && rule.JitterStrategy !== 'FULL' && rule.JitterStrategy !== 'NONE') {
      report(`${at}/JitterStrategy`, 'must be FULL or NONE');
    }
  }
}

/** The `Catch` list of a state. Its `Next` is checked with all other transitions. */
export function checkCatch(value: unknown, place: string, report: Report): void {
  for (const [isLast, rule, at] of rulesOf(value, place, CATCHER_FIELDS, report)) {
    checkErrorEquals(rule.ErrorEquals, `${at}/ErrorEquals`, isLast, report);
    if (rule.ResultPath !== undefined) checkResultPath(rule.ResultPath, `${at}/ResultPath`, report);
  }
}

function* rulesOf(
  value: unknown,
  place: string,
  fields: ReadonlySet<string>,
  report: Report,
): Generator<[isLast: boolean, rule: { [key: string]: unknown }, place: string]> {
  if (!Array.isArray(value)) {
    report(place, 'must be a list');
    return;
  }
  for (const [index, rule] of value.entries()) {
    const at = `${place}/${index}`;
    if (!isObject(rule)) {
      report(at, 'must be an object');
      continue;
    }
    for (const field of Object.keys(rule))
      if (!fields.has(field)) report(`${at}/${field}`, 'is not a field known here');
    yield [index === value.length - 1, rule, at];
  }
}
