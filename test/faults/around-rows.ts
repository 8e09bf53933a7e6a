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

/** As often as the SDK's clients try: the call is given up. That of DynamoDB tries once more than the others. */
const ALL_TRIES = 3;
const DYNAMODB_TRIES = 4;

/** How long a call is kept open for what happens meanwhile: longer than a loaded machine needs to do it. */
const UNDER_WAY_MS = 800;

const script = (place: Place, operation: string, fault: string, times = 1): Script => ({
  place,
  operation,
  fault,
  times,
});

const SWEEP_STARTS = 'Accepted all the same: the claim is durable, and the sweep starts an execution after a lease.';

/** StartExecution, right after the request was made durable. */
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
    row('lost-answer', 1, 'The SDK asks again; the name is taken by the same input, which counts as started.'),
    row('lost-answer', ALL_TRIES, 'Given up, and yet started: the execution does its work.'),
  ];
};

/** PutEvents of the bus, after the outcome was made durable. */
function busRows(lifecycle: Lifecycle, before: readonly Script[], outcome: Outcome): FaultCase[] {
  const row = (fault: string, happens: string): FaultCase => ({
    lifecycle,
    step: `PublishEvents, PutEvents${before.length > 0 ? ' (of a failure)' : ''}`,
    fault: `${fault} ×${ALL_TRIES}`,
    happens,
    scripts: [...before, script('bus', 'PutEvents', fault, ALL_TRIES)],
    ...outcome,
  });
  const stays = 'The event stays in the outbox and is put again after a wait. GET returns the outcome meanwhile.';
  return [
    row('fail-entries', `A 200 with failed entries is no success. ${stays}`),
    row('throttle', stays),
    row('server-error', stays),
  ];
}

/** How DynamoDB fails: given up after all tries, or acted and the answer lost. */
const DYNAMODB = [
  { fault: 'server-error', times: DYNAMODB_TRIES },
  { fault: 'throttle', times: DYNAMODB_TRIES },
  { fault: 'cut', times: DYNAMODB_TRIES },
  { fault: 'lost-answer', times: 1 },
  { fault: 'lost-answer', times: DYNAMODB_TRIES },
] as const;
type Met = (typeof DYNAMODB)[number];

interface DynamoDbStep {
  readonly lifecycle: Lifecycle;
  readonly step: string;
  readonly operation: string;
  /** The call of Personalize's that the fault is scripted under: the next item call is the one that is meant. */
  readonly under?: string;
  /** Of all that DynamoDB does, what is new at this step. */
  readonly faults?: readonly Met['fault'][];
  readonly outcome: (met: Met) => Outcome;
  readonly happens: (met: Met) => string;
}

/** Not done, or done and not known: a throttle and a cut connection are for a task as a server error is. */
const WRITES = ['server-error', 'lost-answer'] as const;

const isGivenUp = ({ times }: Met): boolean => times === DYNAMODB_TRIES;
const isWritten = ({ fault }: Met): boolean => fault === 'lost-answer';

/** A call on the request's path: what is given up is a 500, and asking again is safe. */
const onRequest =
  (lifecycle: Lifecycle) =>
  (met: Met): Outcome =>
    reached(lifecycle, isGivenUp(met) ? { answers: [500, 202] } : {});
/** A call of a task: what the SDK gives up the state machine asks for again. No fault ends the execution. */
const inTask =
  (lifecycle: Lifecycle, creates?: readonly string[]) =>
  (met: Met): Outcome =>
    reached(lifecycle, isGivenUp(met) ? { execution: 'SUCCEEDED' } : {}, creates);

const requestHappens = (met: Met): string => {
  if (!isWritten(met)) return 'Nothing was accepted. The caller asks again.';
  return isGivenUp(met)
    ? 'Accepted, unknown to the caller. The repeat finds it accepted; the sweep starts it.'
    : 'The SDK writes again and is refused: the key in the record shows that it was our own write.';
};
const REQUESTED_AGAIN = 'Given up by the SDK: the state machine runs that task again, which reads the record first.';
const taskHappens =
  (durable: string) =>
  (met: Met): string => {
    if (!isGivenUp(met)) return `The SDK writes again and is refused: somebody wrote, so it reads again. ${durable}`;
    const written = isWritten(met) ? `${durable} ` : '';
    return `${written}${REQUESTED_AGAIN}`;
  };
const readHappens = (met: Met): string =>
  isGivenUp(met) ? REQUESTED_AGAIN : 'The SDK asks again: to read twice changes nothing.';

const STEPS: readonly DynamoDbStep[] = [
  {
    lifecycle: 'creation',
    step: 'the request, PutItem (the claim)',
    operation: 'PutItem',
    outcome: onRequest('creation'),
    happens: requestHappens,
  },
  ...(['deletion', 'retry', 'creation after a failure', 'creation again'] as const).map((lifecycle) => ({
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
    happens: taskHappens('The preflight is passed.'),
  },
  {
    lifecycle: 'creation',
    step: "CreateEventTracker, UpdateItem (the call's answer)",
    operation: 'UpdateItem',
    under: 'CreateEventTracker',
    faults: WRITES,
    outcome: inTask('creation'),
    happens: (met) =>
      isGivenUp(met)
        ? `${isWritten(met) ? 'The answer is recorded.' : 'The answer is forgotten: the tracker is found by its tag.'} ${REQUESTED_AGAIN}`
        : 'The SDK writes again and is refused: the answer is recorded already.',
  },
  {
    lifecycle: 'creation',
    step: 'Observe, UpdateItem (what it saw)',
    operation: 'UpdateItem',
    under: 'DescribeEventTracker',
    faults: WRITES,
    outcome: inTask('creation'),
    happens: taskHappens('What it saw is recorded.'),
  },
  {
    lifecycle: 'deletion',
    step: 'Observe, UpdateItem (what it saw)',
    operation: 'UpdateItem',
    under: 'DescribeEventTracker',
    faults: WRITES,
    outcome: inTask('deletion'),
    happens: taskHappens('What it saw is recorded.'),
  },
];

const dynamoDbRows = ({ lifecycle, step, operation, under, faults, outcome, happens }: DynamoDbStep): FaultCase[] =>
  DYNAMODB.filter(({ fault }) => faults === undefined || faults.includes(fault)).map((met) => {
    const fault = script('dynamodb', operation, met.fault, met.times);
    return {
      lifecycle,
      step,
      fault: met.times === 1 ? met.fault : `${met.fault} ×${met.times}`,
      happens: happens(met),
      scripts: under ? [personalize(under, 'delay', 1, { delayMs: UNDER_WAY_MS })] : [fault],
      ...(under && { during: { operation: under, scripts: [fault] } }),
      ...outcome(met),
    };
  });

/** The sweep's own query of what is due, at every shard. */
const queryRows = (): FaultCase[] =>
  (['server-error', 'throttle', 'cut', 'lost-answer'] as const).map((fault) => ({
    lifecycle: 'creation',
    step: 'the sweep, Query',
    fault: `${fault} ×${DUE_SHARDS * DYNAMODB_TRIES}`,
    happens: 'After a StartExecution that failed. That sweep fails, the next one starts the execution.',
    scripts: [
      script('step-functions', 'StartExecution', 'server-error', ALL_TRIES),
      script('dynamodb', 'Query', fault, DUE_SHARDS * DYNAMODB_TRIES),
    ],
    ...reached('creation'),
  }));

/** An operator stops the execution while a call of Personalize's is under way. */
function abortRow(lifecycle: Lifecycle, operation: string, happens: string): FaultCase {
  return {
    lifecycle,
    step: `an operator, StopExecution under ${operation}`,
    fault: 'abort',
    happens,
    scripts: [personalize(operation, 'delay', 1, { delayMs: UNDER_WAY_MS })],
    during: { operation, abort: true },
    ...reached(lifecycle, { execution: 'ABORTED' }),
  };
}

const TAKEN_OVER = 'The record is truthful, and the sweep takes it over after a lease.';

/** Faults of what stands around Personalize: they meet the next caller, so these rows run one after the other. */
export const AROUND_ROWS: readonly FaultCase[] = [
  ...(['creation', 'deletion', 'retry', 'creation after a failure', 'creation again'] as const).flatMap(startRows),
  ...STEPS.flatMap(dynamoDbRows),
  ...queryRows(),
  ...busRows('creation', [], reached('creation')),
  ...busRows(
    'creation',
    [personalize('CreateEventTracker', 'create-failed')],
    failed('creation', 'CREATE_FAILED', ['OK']),
  ),
  ...busRows('deletion', [], reached('deletion')),
  abortRow('creation', 'DescribeEventTracker', TAKEN_OVER),
  abortRow('deletion', 'DescribeEventTracker', TAKEN_OVER),
  abortRow('retry', 'CreateEventTracker', `The call's answer is recorded all the same: it is a fact. ${TAKEN_OVER}`),
  abortRow('creation again', 'ListEventTrackers', TAKEN_OVER),
];
