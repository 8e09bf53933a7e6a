/**
 * The lifecycle's state machine, its rules written once. `npm run state-machine` writes it to statemachine/ as Amazon States
 * Language JSON, which is what the CDK stack deploys and the local engine runs.
 */

/**
 * The errors after which Step Functions repeats a task. Before a task throws `ThrottledError` or `UnknownOutcomeError`, it renews its
 * lease for the longest delay. During all other retries nothing renews the lease, and together they end before it does
 * (infra/longest-silence.ts). When the attempts are used up, the execution fails, and the sweeper takes its record over.
 */
const RETRY = [
  { ErrorEquals: ['ThrottledError'], ...backOff({ first: 2, longest: 60, attempts: 30 }) },
  { ErrorEquals: ['UnknownOutcomeError'], ...backOff({ first: 2, longest: 60, attempts: 10 }) },
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

/** Doubled delays with full jitter, in seconds. */
function backOff({ first, longest, attempts }: { first: number; longest: number; attempts: number }) {
  return {
    IntervalSeconds: first,
    BackoffRate: 2,
    MaxDelaySeconds: longest,
    JitterStrategy: 'FULL',
    MaxAttempts: attempts,
  } as const;
}

const CATCH = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'LifecycleFailed' }] as const;

/** Longer than a function can run (30 s) including its start, so that it does not end a function that could still record its outcome. */
const TASK_TIMEOUT_SECONDS = 40;

const task = (name: string, comment: string, next: string) => ({
  Comment: comment,
  Type: 'Task',
  Resource: `\${${name}}`,
  ResultPath: '$.next',
  TimeoutSeconds: TASK_TIMEOUT_SECONDS,
  Retry: RETRY,
  Catch: CATCH,
  Next: next,
});

/** A task that carries out what Observe decided, for the generation that Observe read. */
const actingTask = (name: string, comment: string, next: string) => ({
  ...task(name, comment, next),
  Parameters: {
    'version.$': '$.version',
    'trackerId.$': '$.trackerId',
    'epoch.$': '$.epoch',
    'generation.$': '$.next.generation',
    'round.$': '$.next.round',
  },
});

/** Each action leads to the state with its name; `ObserveAgain` leads to Observe. */
const choice = (actions: readonly string[]) => ({
  Type: 'Choice',
  Choices: actions.map((action) => ({
    Variable: '$.next.action',
    StringEquals: action,
    Next: action === 'ObserveAgain' ? 'Observe' : action,
  })),
  Default: 'UnknownAction',
});

export const LIFECYCLE = {
  Comment:
    "The lifecycle of one event tracker: observe, decide, act, observe again. The record's epoch decides whether this execution still owns it. If the execution ends early, the sweeper takes the record over.",
  StartAt: 'Observe',
  States: {
    Observe: task(
      'Observe',
      'Observe Personalize, record what was observed, and decide. Counts the rounds',
      'NextAction',
    ),
    NextAction: choice([
      'CheckDatasetGroup',
      'CreateEventTracker',
      'DeleteEventTracker',
      'UpdateTags',
      'PublishEvents',
      'WaitBeforeNextPoll',
      'ObserveAgain',
      'HandOver',
      'Done',
    ]),
    // Every cycle passes through Observe, so its count of rounds bounds the execution's history.
    AfterAction: choice(['PublishEvents', 'WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
    AfterPublishEvents: choice(['WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
    CheckDatasetGroup: actingTask(
      'CheckDatasetGroup',
      'Check that the dataset group and its Interactions dataset are ACTIVE',
      'AfterAction',
    ),
    CreateEventTracker: actingTask(
      'CreateEventTracker',
      'Reserve the attempt and call Personalize, in one invocation',
      'AfterAction',
    ),
    DeleteEventTracker: actingTask('DeleteEventTracker', 'Delete the recorded tracker and no other', 'AfterAction'),
    UpdateTags: actingTask('UpdateTags', 'Give the recorded tracker its requested tags', 'AfterAction'),
    PublishEvents: actingTask('PublishEvents', 'Publish the outbox and remove what was accepted', 'AfterPublishEvents'),
    WaitBeforeNextPoll: { Type: 'Wait', SecondsPath: '$.next.waitSeconds', Next: 'Observe' },
    HandOver: {
      Comment:
        'The execution has used up its rounds. Its record is due immediately, and the sweeper starts the next execution',
      Type: 'Succeed',
    },
    Done: { Type: 'Succeed' },
    UnknownAction: {
      Type: 'Fail',
      Error: 'UnknownAction',
      Cause:
        'A task returned an action that this version of the state machine does not know. The sweeper takes the record over.',
    },
    LifecycleFailed: {
      Type: 'Fail',
      Error: 'LifecycleFailed',
      Cause:
        'A task failed after its last retry; its log says why. The record is correct, and the sweeper takes it over.',
    },
  },
};
