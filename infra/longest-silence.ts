/**
 * How long an execution may be silent: from the end of the wait that its last heartbeat announced to the next heartbeat. The sweep
 * takes over once that is longer than the lease, so no lease may be shorter.
 */

/** Lambda's time-out of every function, in seconds; the clients' own (functions/environment.ts) stay below it. */
export const FUNCTION_TIMEOUT_SECONDS = 30;

/** The task renews the lease, for the longest delay of their rules, before it throws one of these (functions/workflow/task.ts). */
export const RENEWING_ERRORS: ReadonlySet<string> = new Set(['ThrottledError', 'UnknownOutcomeError']);

/** Lambda refused the invocation: no function runs, and the answer comes at once. */
const REFUSED_INVOCATIONS: ReadonlySet<string> = new Set([
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
]);
/** Generous: Lambda answers within milliseconds. */
const REFUSED_SECONDS = 1;

/** The attempt lasted until Lambda or the state machine ended it. */
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

/** Whether each of the rule's delays is covered by a heartbeat of its own. */
export const isRenewing = ({ ErrorEquals }: RetryRule): boolean =>
  ErrorEquals.every((name) => RENEWING_ERRORS.has(name));

/** The rule's delays in seconds, each as long as full jitter can make it. */
export function delaysOf({ IntervalSeconds, BackoffRate = 2, MaxDelaySeconds, MaxAttempts }: RetryRule): number[] {
  const longest = MaxDelaySeconds ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: MaxAttempts }, (_, attempt) =>
    Math.min(longest, IntervalSeconds * BackoffRate ** attempt),
  );
}

/** How long one attempt may last that ends in one of the rule's errors, in seconds. */
function attemptSeconds({ ErrorEquals }: RetryRule, { TimeoutSeconds }: TaskState): number {
  if (ErrorEquals.every((name) => REFUSED_INVOCATIONS.has(name))) return REFUSED_SECONDS;
  return ErrorEquals.some((name) => CUT_OFF.has(name)) ? TimeoutSeconds : FUNCTION_TIMEOUT_SECONDS;
}

/** The silence, in seconds, while one rule alone is used up: failed attempts and delays, then one that reaches its heartbeat. */
export function silenceOfRule(rule: RetryRule, state: TaskState): number {
  return failingSeconds(rule, state) + FUNCTION_TIMEOUT_SECONDS;
}

const failingSeconds = (rule: RetryRule, state: TaskState): number =>
  delaysOf(rule).reduce((sum, delay) => sum + attemptSeconds(rule, state) + delay, 0);

/**
 * The silence, in seconds, while every rule of the state is used up: each counts its own attempts, in whatever order they fail.
 * Rules that renew the lease begin it anew.
 */
export function longestSilence(state: TaskState): number {
  const failing = state.Retry.filter((rule) => !isRenewing(rule)).map((rule) => failingSeconds(rule, state));
  return failing.reduce((sum, each) => sum + each, 0) + FUNCTION_TIMEOUT_SECONDS;
}

/**
 * The shortest lease, in seconds: the longest silence of any task, and before it the time that whoever raised the epoch may take to
 * start the execution.
 */
export const shortestLease = (states: readonly TaskState[]): number =>
  FUNCTION_TIMEOUT_SECONDS + Math.max(...states.map(longestSilence));
