/**
 * The lifecycle's state machine, its rules written once. `npm run state-machine` writes it to statemachine/ as Amazon States
 * Language JSON, which is what the CDK stack deploys and the local engine runs.
 */

/**
 * The errors after which a task is repeated. Before `ThrottledError` and `UnknownOutcomeError` are thrown, the task renews its lease for the
 * longest delay; all others leave the execution silent, and together they end within the lease (infra/longest-silence.ts).
 * Once a rule is used up the execution fails, and the sweep takes its record over, later and later.
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

/** Longer than a function runs (30 s) with its start: a shorter one would end functions that could still record what they did. */
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

/** A task that acts on what Observe decided, of the generation that it decided on. */
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

/** Leads each action to the state of its name; `ObserveAgain` leads back to Observe. */
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
    "The lifecycle of one event tracker: observe, decide, act, observe again. The record's epoch decides whether this execution still owns it; whatever ends it, the sweep takes the record over.",
  StartAt: 'Observe',
  States: {
    Observe: task('Observe', 'Observe Personalize, record what was seen, decide. It counts the rounds', 'NextAction'),
    NextAction: choice([
      'CheckDatasetGroup',
      'CreateEventTracker',
      'DeleteEventTracker',
      'PublishEvents',
      'WaitBeforeNextPoll',
      'ObserveAgain',
      'HandOver',
      'Done',
    ]),
    // What follows an act. No way leads round without Observe, so that its count bounds the history.
    AfterAction: choice(['PublishEvents', 'WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
    AfterPublishEvents: choice(['WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
    CheckDatasetGroup: actingTask(
      'CheckDatasetGroup',
      'Is the dataset group ACTIVE, and has it an Interactions dataset?',
      'AfterAction',
    ),
    CreateEventTracker: actingTask('CreateEventTracker', 'Permission and call in one invocation', 'AfterAction'),
    DeleteEventTracker: actingTask('DeleteEventTracker', 'Delete the recorded tracker, and none other', 'AfterAction'),
    PublishEvents: actingTask('PublishEvents', 'Publish the outbox, mark what was taken', 'AfterPublishEvents'),
    WaitBeforeNextPoll: { Type: 'Wait', SecondsPath: '$.next.waitSeconds', Next: 'Observe' },
    HandOver: {
      Comment:
        'The execution has used up its rounds. Its record is due immediately: the sweep starts the next execution',
      Type: 'Succeed',
    },
    Done: { Type: 'Succeed' },
    UnknownAction: {
      Type: 'Fail',
      Error: 'UnknownAction',
      Cause:
        'A task asked for an action that this version of the state machine does not know. The sweep takes the record over.',
    },
    LifecycleFailed: {
      Type: 'Fail',
      Error: 'LifecycleFailed',
      Cause:
        'A task failed and was not to be retried any more; its log says why. The record is truthful, and the sweep takes it over.',
    },
  },
};

/** The committed file's text: strict JSON. */
export const lifecycleText = (): string => `${JSON.stringify(LIFECYCLE, undefined, 2)}\n`;
