import { DUE_SHARDS } from '../../functions/store/item.ts';
import {
  type FaultCase,
  failed,
  type Lifecycle,
  type Outcome,
  type Place,
  personalize,
  reached,
  type Script,
} from './row.ts';

/** Attempts of an SDK client before it gives up. The DynamoDB client makes one more than the others. */
const ALL_TRIES = 3;
const DYNAMODB_TRIES = 4;

/** How long a call is delayed so that something can happen during it; long enough for a loaded machine. */
const DELAY_MS = 800;

const script = (place: Place, operation: string, fault: string, times = 1): Script => ({
  place,
  operation,
  fault,
  times,
});

const SWEEP_STARTS = 'Accepted: the record is durable, and the sweeper starts an execution after a lease.';

/** Faults of StartExecution, right after the request was saved. */
const startRows = (lifecycle: Lifecycle): FaultCase[] => {
  const row = (fault: string, times: number, happens: string): FaultCase => ({
    lifecycle,
    step: 'the request, StartExecution',
    fault: times === 1 ? fault : `${fault} ×${times}`,
    happens,
    scripts: [script('step-functions', 'StartExecution', fault, times)],
    ...reached(lifecycle),
  });
  return [
    row('throttle', ALL_TRIES, SWEEP_STARTS),
    row('server-error', ALL_TRIES, SWEEP_STARTS),
    row('lost-answer', 1, 'The SDK retries; an execution with this name and input exists, which counts as started.'),
    row('lost-answer', ALL_TRIES, 'The SDK gives up, but the execution did start and does its work.'),
  ];
};

/** Faults of PutEvents on the bus, after the outcome was saved. */
function busRows(lifecycle: Lifecycle, before: readonly Script[], outcome: Outcome): FaultCase[] {
  const row = (fault: string, happens: string): FaultCase => ({
    lifecycle,
    step: `PublishEvents, PutEvents${before.length > 0 ? ' (of a failure)' : ''}`,
    fault: `${fault} ×${ALL_TRIES}`,
    happens,
    scripts: [...before, script('bus', 'PutEvents', fault, ALL_TRIES)],
    ...outcome,
  });
  const stays = 'The event stays in the outbox and is published again after a wait. GET returns the outcome meanwhile.';
  return [
    row('fail-entries', `A 200 with failed entries is not a success. ${stays}`),
    row('throttle', stays),
    row('server-error', stays),
  ];
}

/** How DynamoDB fails: every attempt of the SDK fails, or the call takes effect but its answer is lost. */
const DYNAMODB = [
  { fault: 'server-error', times: DYNAMODB_TRIES },
  { fault: 'throttle', times: DYNAMODB_TRIES },
  { fault: 'cut', times: DYNAMODB_TRIES },
  { fault: 'lost-answer', times: 1 },
  { fault: 'lost-answer', times: DYNAMODB_TRIES },
] as const;
type DynamoDbFault = (typeof DYNAMODB)[number];

interface DynamoDbStep {
  readonly lifecycle: Lifecycle;
  readonly step: string;
  readonly operation: string;
  /** A Personalize call during which the fault is scripted, so that it affects the item call that follows. */
  readonly under?: string;
  /** The faults that behave differently at this step; all if absent. */
  readonly faults?: readonly DynamoDbFault['fault'][];
  readonly outcome: (injected: DynamoDbFault) => Outcome;
  readonly happens: (injected: DynamoDbFault) => string;
}

/** Without effect, or with effect but a lost answer. For a task, throttling and a cut connection equal a server error. */
const WRITES = ['server-error', 'lost-answer'] as const;

const isGivenUp = ({ times }: DynamoDbFault): boolean => times === DYNAMODB_TRIES;
const isWritten = ({ fault }: DynamoDbFault): boolean => fault === 'lost-answer';

/** A call of the request itself: if the SDK gives up, the caller gets a 500 and can safely repeat the request. */
const onRequest =
  (lifecycle: Lifecycle) =>
  (injected: DynamoDbFault): Outcome =>
    reached(lifecycle, isGivenUp(injected) ? { answers: [500, 202] } : {});
/** A call of a task: if the SDK gives up, the state machine runs the task again. No fault ends the execution. */
const inTask =
  (lifecycle: Lifecycle, creates?: readonly string[]) =>
  (injected: DynamoDbFault): Outcome =>
    reached(lifecycle, isGivenUp(injected) ? { execution: 'SUCCEEDED' } : {}, creates);

const requestHappens = (injected: DynamoDbFault): string => {
  if (!isWritten(injected)) return 'Not accepted. The caller repeats the request.';
  return isGivenUp(injected)
    ? 'Accepted, but the caller does not know. The repeated request finds it accepted; the sweeper starts it.'
    : 'The SDK repeats the write, which is refused: the key in the record shows that the first write was its own.';
};
const TASK_RETRIED = 'The SDK gives up. The state machine runs the task again, which reads the record first.';
const taskHappens =
  (durable: string) =>
  (injected: DynamoDbFault): string => {
    if (!isGivenUp(injected))
      return `The SDK repeats the write, which is refused; the task reads the record again. ${durable}`;
    const written = isWritten(injected) ? `${durable} ` : '';
    return `${written}${TASK_RETRIED}`;
  };
const readHappens = (injected: DynamoDbFault): string =>
  isGivenUp(injected) ? TASK_RETRIED : 'The SDK repeats the read, which is safe.';

const STEPS: readonly DynamoDbStep[] = [
  {
    lifecycle: 'creation',
    step: 'the request, PutItem (the new record)',
    operation: 'PutItem',
    outcome: onRequest('creation'),
    happens: requestHappens,
  },
  ...(['deletion', 'change of tags', 'retry', 'creation after a failure', 'recreation'] as const).map((lifecycle) => ({
    lifecycle,
    step: 'the request, UpdateItem (the desired state)',
    operation: 'UpdateItem',
    faults: WRITES,
    outcome: onRequest(lifecycle),
    happens: requestHappens,
  })),
  {
    lifecycle: 'deletion',
    step: 'the request, GetItem',
    operation: 'GetItem',
    faults: ['server-error'],
    outcome: onRequest('deletion'),
    happens: requestHappens,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, GetItem',
    operation: 'GetItem',
    outcome: inTask('creation'),
    happens: readHappens,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, UpdateItem (the heartbeat)',
    operation: 'UpdateItem',
    outcome: inTask('creation'),
    happens: taskHappens(''),
  },
  {
    lifecycle: 'creation',
    step: 'CheckDatasetGroup, UpdateItem',
    operation: 'UpdateItem',
    under: 'ListDatasets',
    faults: WRITES,
    outcome: inTask('creation'),
    happens: taskHappens('The preflight is recorded as passed.'),
  },
  {
    lifecycle: 'creation',
    step: "CreateEventTracker, UpdateItem (the call's answer)",
    operation: 'UpdateItem',
    under: 'CreateEventTracker',
    faults: WRITES,
    outcome: inTask('creation'),
    happens: (injected) =>
      isGivenUp(injected)
        ? `${isWritten(injected) ? 'The answer is recorded.' : 'The answer is not recorded; the tracker is found by its tag.'} ${TASK_RETRIED}`
        : 'The SDK repeats the write, which is refused, because the answer is already recorded.',
  },
  {
    lifecycle: 'creation',
    step: 'Observe, UpdateItem (the observation)',
    operation: 'UpdateItem',
    under: 'DescribeEventTracker',
    faults: WRITES,
    outcome: inTask('creation'),
    happens: taskHappens('The observation is recorded.'),
  },
  {
    lifecycle: 'deletion',
    step: 'Observe, UpdateItem (the observation)',
    operation: 'UpdateItem',
    under: 'DescribeEventTracker',
    faults: WRITES,
    outcome: inTask('deletion'),
    happens: taskHappens('The observation is recorded.'),
  },
  {
    lifecycle: 'change of tags',
    step: 'UpdateTags, UpdateItem (the reservation)',
    operation: 'UpdateItem',
    under: 'ListTagsForResource',
    faults: WRITES,
    outcome: inTask('change of tags'),
    happens: taskHappens('The calls are reserved; they are made afterward.'),
  },
  {
    lifecycle: 'change of tags',
    step: "UpdateTags, UpdateItem (the calls' answer)",
    operation: 'UpdateItem',
    under: 'TagResource',
    faults: WRITES,
    outcome: inTask('change of tags'),
    happens: (injected) =>
      isGivenUp(injected)
        ? `${isWritten(injected) ? 'The answer is recorded.' : 'The answer is not recorded, so the calls are made again.'} ${TASK_RETRIED}`
        : 'The SDK repeats the write, which is refused, because the answer is already recorded.',
  },
];

const dynamoDbRows = ({ lifecycle, step, operation, under, faults, outcome, happens }: DynamoDbStep): FaultCase[] =>
  DYNAMODB.filter(({ fault }) => faults === undefined || faults.includes(fault)).map((injected) => {
    const fault = script('dynamodb', operation, injected.fault, injected.times);
    return {
      lifecycle,
      step,
      fault: injected.times === 1 ? injected.fault : `${injected.fault} ×${injected.times}`,
      happens: happens(injected),
      scripts: under ? [personalize(under, 'delay', 1, { delayMs: DELAY_MS })] : [fault],
      ...(under && { during: { operation: under, scripts: [fault] } }),
      ...outcome(injected),
    };
  });

/** Faults of the sweeper's query for due records, on every shard. */
const queryRows = (): FaultCase[] =>
  (['server-error', 'throttle', 'cut', 'lost-answer'] as const).map((fault) => ({
    lifecycle: 'creation',
    step: 'the sweep, Query',
    fault: `${fault} ×${DUE_SHARDS * DYNAMODB_TRIES}`,
    happens: 'After a failed StartExecution. This sweep fails; the next one starts the execution.',
    scripts: [
      script('step-functions', 'StartExecution', 'server-error', ALL_TRIES),
      script('dynamodb', 'Query', fault, DUE_SHARDS * DYNAMODB_TRIES),
    ],
    ...reached('creation'),
  }));

/** An operator stops the execution during a call to Personalize. */
function abortRow(lifecycle: Lifecycle, operation: string, happens: string): FaultCase {
  return {
    lifecycle,
    step: `an operator, StopExecution during ${operation}`,
    fault: 'abort',
    happens,
    scripts: [personalize(operation, 'delay', 1, { delayMs: DELAY_MS })],
    during: { operation, abort: true },
    ...reached(lifecycle, { execution: 'ABORTED' }),
  };
}

const TAKEN_OVER = 'The record is correct, and the sweeper takes it over after a lease.';

/** Faults of the services other than Personalize. They affect whoever calls next, so these rows run one after the other. */
export const AROUND_ROWS: readonly FaultCase[] = [
  ...(['creation', 'deletion', 'change of tags', 'retry', 'creation after a failure', 'recreation'] as const).flatMap(
    startRows,
  ),
  ...STEPS.flatMap(dynamoDbRows),
  ...queryRows(),
  ...busRows('creation', [], reached('creation')),
  ...busRows(
    'creation',
    [personalize('CreateEventTracker', 'create-failed')],
    failed('creation', 'CREATE_FAILED', ['OK']),
  ),
  ...busRows('deletion', [], reached('deletion')),
  ...busRows('change of tags', [], reached('change of tags')),
  abortRow('creation', 'DescribeEventTracker', TAKEN_OVER),
  abortRow('deletion', 'DescribeEventTracker', TAKEN_OVER),
  abortRow('change of tags', 'TagResource', `The calls are made again. ${TAKEN_OVER}`),
  abortRow('retry', 'CreateEventTracker', `The answer of the call is recorded nevertheless. ${TAKEN_OVER}`),
  abortRow('recreation', 'ListEventTrackers', TAKEN_OVER),
];
