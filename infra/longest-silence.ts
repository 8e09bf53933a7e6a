/**
 * How long an execution can be silent: from the end of the wait that its last heartbeat announced to the next heartbeat. The sweeper
 * takes over after a longer silence than the lease, so no lease may be shorter than this.
 */

/** The time-out of every function, in seconds. The SDK clients' time-outs (functions/composition.ts) are shorter. */
export const FUNCTION_TIMEOUT_SECONDS = 30;
/** The time-out of the function that continues operations, which works for fifty seconds of each minute. */
export const OPERATIONS_TIMEOUT_SECONDS = 90;

/** Before it throws one of these, the task renews the lease for the longest delay of their rules (functions/workflow/task.ts). */
export const RENEWING_ERRORS: ReadonlySet<string> = new Set(['ThrottledError', 'UnknownOutcomeError']);

/** Lambda refused the invocation: no function runs, and the error comes immediately. */
const REFUSED_INVOCATIONS: ReadonlySet<string> = new Set([
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
]);
/** Generous: Lambda answers within milliseconds. */
const REFUSED_SECONDS = 1;

/** Lambda or the state machine ended the attempt. */
const CUT_OFF: ReadonlySet<string> = new Set([
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'States.Timeout',
]);

export interface RetryRule {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts: number;
}
export interface TaskState {
  readonly TimeoutSeconds: number;
  readonly Retry: readonly RetryRule[];
}

/** Whether a heartbeat covers each of the rule's delays. */
export const isRenewing = ({ ErrorEquals }: RetryRule): boolean =>
  ErrorEquals.every((name) => RENEWING_ERRORS.has(name));

/** The rule's delays in seconds, at full jitter's maximum. */
export function delaysOf({ IntervalSeconds, BackoffRate = 2, MaxDelaySeconds, MaxAttempts }: RetryRule): number[] {
  const longest = MaxDelaySeconds ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: MaxAttempts }, (_, attempt) =>
    Math.min(longest, IntervalSeconds * BackoffRate ** attempt),
  );
}

/** The longest attempt, in seconds, that ends in one of the rule's errors. */
function attemptSeconds({ ErrorEquals }: RetryRule, { TimeoutSeconds }: TaskState): number {
  if (ErrorEquals.every((name) => REFUSED_INVOCATIONS.has(name))) return REFUSED_SECONDS;
  return ErrorEquals.some((name) => CUT_OFF.has(name)) ? TimeoutSeconds : FUNCTION_TIMEOUT_SECONDS;
}

/** The silence, in seconds, while one rule is used up: failed attempts and delays, then an attempt that reaches its heartbeat. */
export function silenceOfRule(rule: RetryRule, state: TaskState): number {
  return failingSeconds(rule, state) + FUNCTION_TIMEOUT_SECONDS;
}

const failingSeconds = (rule: RetryRule, state: TaskState): number =>
  delaysOf(rule).reduce((sum, delay) => sum + attemptSeconds(rule, state) + delay, 0);

/**
 * The silence, in seconds, while every rule of the state is used up. Each rule counts its own attempts, in any order. Rules that renew the
 * lease are not part of it.
 */
export function longestSilence(state: TaskState): number {
  const failing = state.Retry.filter((rule) => !isRenewing(rule)).map((rule) => failingSeconds(rule, state));
  return failing.reduce((sum, each) => sum + each, 0) + FUNCTION_TIMEOUT_SECONDS;
}

/**
 * The shortest safe lease, in seconds: the longest silence of any task, plus the time between a new epoch and the start of its
 * execution.
 */
export const shortestLease = (states: readonly TaskState[]): number =>
  FUNCTION_TIMEOUT_SECONDS + Math.max(...states.map(longestSilence));
