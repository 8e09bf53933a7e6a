import {
  DELETE_FAULTS,
  type FaultCase,
  failed,
  type Lifecycle,
  lag,
  type Outcome,
  personalize,
  reached,
  refusal,
  type Script,
  UNPLANNED,
} from './row.ts';

type Creating = Extract<Lifecycle, 'creation' | 'retry' | 'creation after a failure' | 'recreation'>;

/** A read that happens before the tracker is ACTIVE. */
interface Read {
  readonly state: string;
  readonly operation: string;
  /** Faults that must come first, because otherwise the call is not made. */
  readonly before?: readonly Script[];
  /** The outcomes of the request's create calls. */
  readonly creates: readonly string[];
  readonly denied: (lifecycle: Creating) => Outcome;
  readonly deniedMeans: string;
}

const LOST = personalize('CreateEventTracker', 'lost-answer');
const beforeTheCall = (lifecycle: Creating) => failed(lifecycle, 'ACCESS_DENIED', []);

const READS: readonly Read[] = [
  {
    state: 'Observe',
    operation: 'ListEventTrackers',
    creates: ['OK'],
    denied: beforeTheCall,
    deniedMeans: 'A failure that names the operation; nothing was created.',
  },
  {
    state: 'CheckDatasetGroup',
    operation: 'DescribeDatasetGroup',
    creates: ['OK'],
    denied: beforeTheCall,
    deniedMeans: 'A failure that names the operation; nothing was created.',
  },
  {
    state: 'CheckDatasetGroup',
    operation: 'ListDatasets',
    creates: ['OK'],
    denied: beforeTheCall,
    deniedMeans: 'A failure that names the operation; nothing was created.',
  },
  {
    state: 'Observe',
    operation: 'DescribeEventTracker',
    creates: ['OK'],
    denied: (lifecycle) => failed(lifecycle, 'ACCESS_DENIED', ['OK']),
    deniedMeans: 'A failure that names the operation; the tracker is deleted once it can be read.',
  },
  {
    state: 'Observe',
    operation: 'ListTagsForResource',
    before: [LOST],
    creates: ['lost-answer'],
    denied: (lifecycle) => reached(lifecycle, {}, ['lost-answer']),
    deniedMeans: 'Without its tags, the service cannot tell whether the tracker is its own, so it polls again.',
  },
];

const afterLost = (read: Read): string => (read.before ? 'After a create whose answer was lost. ' : '');

/** The faults that apply to every read. */
function readRows(lifecycle: Creating, read: Read): FaultCase[] {
  const { state, operation, before = [], creates } = read;
  const row = (
    fault: string,
    script: Script,
    happens: string,
    outcome = reached(lifecycle, {}, creates),
  ): FaultCase => ({
    lifecycle,
    step: `${state}, ${operation}`,
    fault,
    happens: `${afterLost(read)}${happens}`,
    scripts: [...before, script],
    ...outcome,
  });
  return [
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Only this task is retried, with growing waits.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), 'Called again.'),
    row('lost-answer ×2', personalize(operation, 'lost-answer', 2), 'Called again: reading twice changes nothing.'),
    row('garbled ×2', personalize(operation, 'garbled', 2), 'Called again: an unreadable response proves nothing.'),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'The answer is awaited.'),
    row('access-denied', personalize(operation, 'access-denied'), read.deniedMeans, read.denied(lifecycle)),
    state === 'CheckDatasetGroup'
      ? row(
          UNPLANNED,
          refusal(operation),
          'Reported immediately with the name of the error: nothing was created, and the caller can repeat the request.',
          failed(lifecycle, 'REFUSED_BY_PERSONALIZE', []),
        )
      : row(`${UNPLANNED} ×2`, refusal(operation, 2), 'It may be temporary: called again with growing waits.'),
  ];
}

/** Faults of the create call. After an unknown outcome, the service looks for the tracker and repeats the call after 5 s at the earliest. */
function createRows(lifecycle: Creating): FaultCase[] {
  const operation = 'CreateEventTracker';
  const row = (fault: string, script: Script, happens: string, outcome: Outcome): FaultCase => ({
    lifecycle,
    step: `${operation}, ${operation}`,
    fault,
    happens,
    scripts: [script],
    ...outcome,
  });
  const active = (...creates: string[]) => reached(lifecycle, {}, creates);
  return [
    row(
      'throttle ×4',
      personalize(operation, 'throttle', 4),
      'A definite answer: no effect. Called again with growing waits, with a new reservation before each call.',
      active(...Array<string>(4).fill('LimitExceededException'), 'OK'),
    ),
    row(
      'server-error',
      personalize(operation, 'server-error'),
      'The outcome is unknown: the list shows no tracker, and the call is repeated after the backoff.',
      active('InternalServerException', 'OK'),
    ),
    row(
      'lost-answer, a cut connection',
      personalize(operation, 'lost-answer'),
      'The outcome is unknown: the tracker is found by its tag. No second call.',
      active('lost-answer'),
    ),
    row(
      'lost-answer, a 500',
      personalize(operation, 'lost-answer', 1, { as: '500' }),
      'The outcome is unknown: the tracker is found by its tag. No second call.',
      active('lost-answer'),
    ),
    row(
      'late-act 1 s',
      personalize(operation, 'late-act', 1, { delayMs: 1000 }),
      'The call takes effect during the backoff: its tracker is found by its tag. No second call.',
      active('late-act'),
    ),
    row(
      'late-act after the next call',
      personalize(operation, 'late-act', 1, { afterNextCall: true }),
      'A second call is made after the backoff. The first one takes effect later, and Personalize refuses it.',
      active('late-act', 'OK'),
    ),
    row('delay 1 s', personalize(operation, 'delay', 1, { delayMs: 1000 }), 'The answer is awaited.', active('OK')),
    row(
      'delay 9 s',
      personalize(operation, 'delay', 1, { delayMs: 9000 }),
      'The SDK gives up after 8 s. The outcome is unknown: the tracker is found by its tag. No second call.',
      active('OK'),
    ),
    row(
      'create-failed',
      personalize(operation, 'create-failed'),
      'The failed tracker is deleted first, then the failure is reported.',
      failed(lifecycle, 'CREATE_FAILED', ['OK']),
    ),
    row(
      'garbled',
      personalize(operation, 'garbled'),
      'A 200 that cannot be read: the outcome is unknown, and the tracker is found by its tag. No second call.',
      active('garbled'),
    ),
    row(
      'access-denied',
      personalize(operation, 'access-denied'),
      'A failure that names the operation; nothing was created.',
      failed(lifecycle, 'ACCESS_DENIED', ['AccessDeniedException']),
    ),
    row(
      UNPLANNED,
      refusal(operation),
      'A definite answer: the failure quotes it; nothing was created.',
      failed(lifecycle, 'REFUSED_BY_PERSONALIZE', [UNPLANNED]),
    ),
  ];
}

/** Lists and describes that show an older state. */
function staleRows(lifecycle: Creating): FaultCase[] {
  return [
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 2 s',
      happens:
        'After a create whose answer was lost. The list shows the tracker late; the service waits for it. No second call.',
      scripts: [LOST, lag('ListEventTrackers', 'stale-list', 2000)],
      ...reached(lifecycle, {}, ['lost-answer']),
    },
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 9 s',
      happens:
        'After a create whose answer was lost. The list is stale for longer than the backoff: a second call is refused, and the tracker is found by its tag once the list shows it.',
      scripts: [LOST, lag('ListEventTrackers', 'stale-list', 9000)],
      ...reached(lifecycle, {}, ['lost-answer', 'ResourceAlreadyExistsException']),
    },
    {
      lifecycle,
      step: 'Observe, DescribeEventTracker',
      fault: 'stale-describe 2 s',
      happens: 'A tracker that was created but is not found yet is not gone; the service waits for it. No second call.',
      scripts: [lag('DescribeEventTracker', 'stale-describe', 2000)],
      ...reached(lifecycle),
    },
  ];
}

/** Personalize fails the creation, and the deletion of the failed tracker has a fault. The failure is reported after the deletion. */
const remainsRows = (lifecycle: Creating): FaultCase[] =>
  DELETE_FAULTS.map(({ fault, scripts, happens }) => ({
    lifecycle,
    step: 'DeleteEventTracker, DeleteEventTracker',
    fault,
    happens: `After create-failed. ${happens} Then the original failure is reported.`,
    scripts: [personalize('CreateEventTracker', 'create-failed'), ...scripts],
    ...failed(lifecycle, 'CREATE_FAILED', ['OK']),
  }));

/** Every fault at every step of a creation. */
export const creationRows = (lifecycle: Creating): FaultCase[] => [
  ...READS.flatMap((read) => readRows(lifecycle, read)),
  ...staleRows(lifecycle),
  ...createRows(lifecycle),
  ...remainsRows(lifecycle),
];

/** Faults that only repeat or delay a call. The same tasks handle them in every lifecycle. */
const IS_REPEATED = /^(throttle|server-error ×|lost-answer ×|garbled ×|delay|InvalidInputException ×)/;

/** A retry and a recreation take the steps of a creation, so they repeat only its faults that leave a tracker or change the outcome. */
export const creationRowsThatMatter = (lifecycle: Creating): FaultCase[] =>
  [...READS.flatMap((read) => readRows(lifecycle, read)), ...staleRows(lifecycle), ...createRows(lifecycle)].filter(
    ({ fault, step }) => !IS_REPEATED.test(fault) || step.startsWith('CreateEventTracker'),
  );
