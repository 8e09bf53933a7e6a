import {
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

type Creating = Extract<Lifecycle, 'creation' | 'retry' | 'creation after a failure' | 'creation again'>;

/** A read on the way to ACTIVE. */
interface Read {
  readonly state: string;
  readonly operation: string;
  /** What has to go wrong before, or the call is not made. */
  readonly before?: readonly Script[];
  /** What Personalize made of the request's create calls. */
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
    deniedMeans: 'A failure that names the operation; the tracker is deleted as soon as that is allowed.',
  },
  {
    state: 'Observe',
    operation: 'ListTagsForResource',
    before: [LOST],
    creates: ['lost-answer'],
    denied: (lifecycle) => reached(lifecycle, {}, ['lost-answer']),
    deniedMeans: 'A tracker whose tags may not be read is neither ours nor foreign: it is polled again.',
  },
];

const afterLost = (read: Read): string => (read.before ? 'After a create whose answer was lost. ' : '');

/** The faults that every call can meet. */
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
    row(
      'throttle ×4',
      personalize(operation, 'throttle', 4),
      'Waited out: that task alone is repeated, later and later.',
    ),
    row('server-error ×2', personalize(operation, 'server-error', 2), 'Asked again.'),
    row('lost-answer ×2', personalize(operation, 'lost-answer', 2), 'Called again: reading twice changes nothing.'),
    row('garbled ×2', personalize(operation, 'garbled', 2), 'Called again: an unreadable response proves nothing.'),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'Waited for.'),
    row('access-denied', personalize(operation, 'access-denied'), read.deniedMeans, read.denied(lifecycle)),
    state === 'CheckDatasetGroup'
      ? row(
          UNPLANNED,
          refusal(operation),
          'Reported immediately with its name: nothing was created yet, and the caller can repeat the request.',
          failed(lifecycle, 'REFUSED_BY_PERSONALIZE', []),
        )
      : row(`${UNPLANNED} ×2`, refusal(operation, 2), 'It may be temporary: polled again with growing waits.'),
  ];
}

/** What the call itself can meet. After an unknown outcome the tracker is searched before the call is repeated, 5 s later at the earliest. */
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
      'A definite answer: nothing happened. Waited out, with permission asked for again before each call.',
      active(...Array<string>(4).fill('LimitExceededException'), 'OK'),
    ),
    row(
      'server-error',
      personalize(operation, 'server-error'),
      'Unknown what happened: the group is polled, shows nothing, and the call is repeated after the back-off.',
      active('InternalServerException', 'OK'),
    ),
    row(
      'lost-answer, the connection cut',
      personalize(operation, 'lost-answer'),
      'Unknown what happened: the tracker is found by its tag. No second call.',
      active('lost-answer'),
    ),
    row(
      'lost-answer, a 500',
      personalize(operation, 'lost-answer', 1, { as: '500' }),
      'Unknown what happened: the tracker is found by its tag. No second call.',
      active('lost-answer'),
    ),
    row(
      'late-act 1 s',
      personalize(operation, 'late-act', 1, { delayMs: 1000 }),
      'The call takes effect during the back-off: its tracker is found by its tag. No second call.',
      active('late-act'),
    ),
    row(
      'late-act after the next call',
      personalize(operation, 'late-act', 1, { afterNextCall: true }),
      'A second call is made after the back-off; the first one lands later and is refused by Personalize.',
      active('late-act', 'OK'),
    ),
    row('delay 1 s', personalize(operation, 'delay', 1, { delayMs: 1000 }), 'Waited for.', active('OK')),
    row(
      'delay 9 s',
      personalize(operation, 'delay', 1, { delayMs: 9000 }),
      'The SDK gives up after 8 s. Unknown what happened: the tracker is found by its tag. No second call.',
      active('OK'),
    ),
    row(
      'create-failed',
      personalize(operation, 'create-failed'),
      'Seen CREATE FAILED: what is left is deleted first, then the failure is reported.',
      failed(lifecycle, 'CREATE_FAILED', ['OK']),
    ),
    row(
      'garbled',
      personalize(operation, 'garbled'),
      'A 200 that cannot be read: unknown what happened, the tracker is found by its tag. No second call.',
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
      'A definite answer: a failure that quotes it; nothing was created.',
      failed(lifecycle, 'REFUSED_BY_PERSONALIZE', [UNPLANNED]),
    ),
  ];
}

/** Lists and describes that lag behind. */
function staleRows(lifecycle: Creating): FaultCase[] {
  return [
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 2 s',
      happens:
        'After a create whose answer was lost. The list shows the tracker late: it is waited for. No second call.',
      scripts: [LOST, lag('ListEventTrackers', 'stale-list', 2000)],
      ...reached(lifecycle, {}, ['lost-answer']),
    },
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 9 s',
      happens:
        'After a create whose answer was lost. The list is blind for longer than the back-off: a second call is refused, and the tracker found by its tag when it shows.',
      scripts: [LOST, lag('ListEventTrackers', 'stale-list', 9000)],
      ...reached(lifecycle, {}, ['lost-answer', 'ResourceAlreadyExistsException']),
    },
    {
      lifecycle,
      step: 'Observe, DescribeEventTracker',
      fault: 'stale-describe 2 s',
      happens: 'A tracker that was answered and is not found yet is not gone: it is waited for. No second call.',
      scripts: [lag('DescribeEventTracker', 'stale-describe', 2000)],
      ...reached(lifecycle),
    },
  ];
}

/** Personalize fails the creation; the deletion of what is left meets a fault. Reported once nothing is left. */
function remainsRows(lifecycle: Creating): FaultCase[] {
  const operation = 'DeleteEventTracker';
  const row = (fault: string, script: Script, happens: string): FaultCase => ({
    lifecycle,
    step: `${operation}, ${operation}`,
    fault,
    happens: `After create-failed. ${happens}`,
    scripts: [personalize('CreateEventTracker', 'create-failed'), script],
    ...failed(lifecycle, 'CREATE_FAILED', ['OK']),
  });
  return [
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Waited out.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), 'Asked again.'),
    row(
      'lost-answer',
      personalize(operation, 'lost-answer'),
      'Called again; Personalize reports that it is under way.',
    ),
    row(
      'late-act 500 ms',
      personalize(operation, 'late-act', 1, { delayMs: 500 }),
      'Asked again; the late one finds nothing to do.',
    ),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'Waited for.'),
    row(
      'access-denied',
      personalize(operation, 'access-denied'),
      'Asked again a minute later; the true reason is reported.',
    ),
    row('garbled', personalize(operation, 'garbled'), 'Called again; Personalize reports that it is under way.'),
    row(`${UNPLANNED} ×2`, refusal(operation, 2), 'Asked again, later and later; the true reason is reported.'),
  ];
}

/** Every fault at every step on the way to an outcome of a creation. */
export const creationRows = (lifecycle: Creating): FaultCase[] => [
  ...READS.flatMap((read) => readRows(lifecycle, read)),
  ...staleRows(lifecycle),
  ...createRows(lifecycle),
  ...remainsRows(lifecycle),
];

/** Faults after which a call is merely repeated, or waited for: the same tasks do so, whatever the lifecycle. */
const IS_REPEATED = /^(throttle|server-error ×|lost-answer ×|garbled ×|delay|InvalidInputException ×)/;

/** A retry and a creation again go the way of a creation: of its faults, those that leave something behind or change the outcome. */
export const creationRowsThatMatter = (lifecycle: Creating): FaultCase[] =>
  [...READS.flatMap((read) => readRows(lifecycle, read)), ...staleRows(lifecycle), ...createRows(lifecycle)].filter(
    ({ fault, step }) => !IS_REPEATED.test(fault) || step.startsWith('CreateEventTracker'),
  );
