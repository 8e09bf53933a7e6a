import { backOff, choice, RETRY, task } from './tasks.ts';

/**
 * The lifecycle's state machine, its rules written once. `npm run state-machine` writes it to statemachine/ as Amazon States
 * Language JSON, which is what the CDK stack deploys and the local engine runs.
 */

/**
 * The errors after which Step Functions repeats a task. Before a task throws `ThrottledError` or `UnknownOutcomeError`, it renews its
 * lease for the longest delay. During all other retries nothing renews the lease, and together they end before it does
 * (infra/longest-silence.ts). When the attempts are used up, the execution fails, and the sweeper takes its record over.
 */
const RETRY_RENEWING = [
  { ErrorEquals: ['ThrottledError'], ...backOff({ first: 2, longest: 60, attempts: 30 }) },
  { ErrorEquals: ['UnknownOutcomeError'], ...backOff({ first: 2, longest: 60, attempts: 10 }) },
  ...RETRY,
] as const;

const lifecycleTask = (name: string, comment: string, next: string) =>
  task(name, comment, { retry: RETRY_RENEWING, failed: 'LifecycleFailed', next });

/** A task that carries out what Observe decided, for the generation that Observe read. */
const actingTask = (name: string, comment: string, next: string) => ({
  ...lifecycleTask(name, comment, next),
  Parameters: {
    'version.$': '$.version',
    'trackerId.$': '$.trackerId',
    'epoch.$': '$.epoch',
    'generation.$': '$.next.generation',
    'round.$': '$.next.round',
  },
});

/** Each action leads to the state with its name; `ObserveAgain` leads to Observe. */
const choiceOf = (actions: readonly string[]) =>
  choice(Object.fromEntries(actions.map((action) => [action, action === 'ObserveAgain' ? 'Observe' : action])));

export const LIFECYCLE = {
  Comment:
    "The lifecycle of one event tracker: observe, decide, act, observe again. The record's epoch decides whether this execution still owns it. If the execution ends early, the sweeper takes the record over.",
  StartAt: 'Observe',
  States: {
    Observe: lifecycleTask(
      'Observe',
      'Observe Personalize, record what was observed, and decide. Counts the rounds',
      'NextAction',
    ),
    NextAction: choiceOf([
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
    AfterAction: choiceOf(['PublishEvents', 'WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
    AfterPublishEvents: choiceOf(['WaitBeforeNextPoll', 'ObserveAgain', 'Done']),
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
