/** How the states of the service's own state machines call its functions, and which errors they retry. */

/** Doubled delays with full jitter, in seconds. */
export function backOff({ first, longest, attempts }: { first: number; longest: number; attempts: number }) {
  return {
    IntervalSeconds: first,
    BackoffRate: 2,
    MaxDelaySeconds: longest,
    JitterStrategy: 'FULL',
    MaxAttempts: attempts,
  } as const;
}

/** Lambda or DynamoDB is short of capacity, or an answer was lost. A task of ours can be repeated at any time. */
export const RETRY = [
  {
    // Lambda did not run the function.
    ErrorEquals: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ],
    ...backOff({ first: 1, longest: 20, attempts: 6 }),
  },
  {
    // The function was ended, or its answer was lost.
    ErrorEquals: ['Lambda.ClientExecutionTimeoutException', 'Lambda.Unknown', 'Sandbox.Timedout', 'States.Timeout'],
    IntervalSeconds: 1,
    MaxAttempts: 1,
    JitterStrategy: 'FULL',
  },
  {
    // DynamoDB's own names, and StoreUnreachable if it did not respond. The SDK has tried three times by then.
    ErrorEquals: [
      'StoreUnreachable',
      'ProvisionedThroughputExceededException',
      'ThrottlingException',
      'RequestLimitExceeded',
      'InternalServerError',
      'ServiceUnavailable',
    ],
    ...backOff({ first: 1, longest: 20, attempts: 2 }),
  },
] as const;

/** Longer than a function can run (30 s) including its start, so that it does not end a function that could still record its outcome. */
const TASK_TIMEOUT_SECONDS = 40;

export interface TaskRules {
  readonly retry: readonly object[];
  /** The state after a failure that no retry mends. */
  readonly failed: string;
  readonly next: string;
}

/** A task whose result is `$.next`. */
export const task = (name: string, comment: string, { retry, failed, next }: TaskRules) => ({
  Comment: comment,
  Type: 'Task',
  Resource: `\${${name}}`,
  ResultPath: '$.next',
  TimeoutSeconds: TASK_TIMEOUT_SECONDS,
  Retry: retry,
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: failed }],
  Next: next,
});

/** A Choice by the action that a task returned. @param states by action */
export const choice = (states: Readonly<Record<string, string>>) => ({
  Type: 'Choice',
  Choices: Object.entries(states).map(([action, state]) => ({
    Variable: '$.next.action',
    StringEquals: action,
    Next: state,
  })),
  Default: 'UnknownAction',
});
