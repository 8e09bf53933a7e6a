import { type FaultCase, type Lifecycle, lag, personalize, reached, refusal, type Script, UNPLANNED } from './row.ts';

type Deleting = Extract<Lifecycle, 'deletion' | 'deletion while creating'>;

const TAKES_A_MINUTE = 'Polled again a minute later; the desired state stays, and no caller waits for a failure.';

function readRows(
  lifecycle: Deleting,
  state: string,
  operation: string,
  {
    before = [],
    creates = [],
    denied = TAKES_A_MINUTE,
  }: { before?: Script[]; creates?: string[]; denied?: string } = {},
): FaultCase[] {
  const row = (fault: string, script: Script, happens: string): FaultCase => ({
    lifecycle,
    step: `${state}, ${operation}`,
    fault,
    happens,
    scripts: [...before, script],
    ...reached(lifecycle, {}, creates),
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
    row('access-denied', personalize(operation, 'access-denied'), denied),
    row(`${UNPLANNED} ×2`, refusal(operation, 2), 'It may be temporary: polled again with growing waits.'),
  ];
}

function deleteRows(): FaultCase[] {
  const operation = 'DeleteEventTracker';
  const row = (fault: string, script: Script, happens: string): FaultCase => ({
    lifecycle: 'deletion',
    step: `${operation}, ${operation}`,
    fault,
    happens,
    scripts: [script],
    ...reached('deletion'),
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
    row('garbled', personalize(operation, 'garbled'), 'Called again; Personalize reports that it is under way.'),
    row('access-denied', personalize(operation, 'access-denied'), 'Asked again a minute later.'),
    row(`${UNPLANNED} ×2`, refusal(operation, 2), 'Asked again, later and later.'),
  ];
}

/** The creation's answer was lost, and its tracker shows late: the deletion is asked for before anybody knows its ARN. */
const UNKNOWN_TRACKER = [
  personalize('CreateEventTracker', 'lost-answer'),
  lag('ListEventTrackers', 'stale-list', 1500),
];

function whileCreatingRows(): FaultCase[] {
  const lifecycle = 'deletion while creating';
  return [
    {
      lifecycle,
      step: 'CreateEventTracker, CreateEventTracker',
      fault: 'late-act 2 s',
      happens: 'Nothing is called gone while the call can land. It lands, its tracker is found by its tag and deleted.',
      scripts: [personalize('CreateEventTracker', 'late-act', 1, { delayMs: 2000 })],
      ...reached(lifecycle, {}, ['late-act']),
    },
    {
      lifecycle,
      step: 'CreateEventTracker, CreateEventTracker',
      fault: 'server-error',
      happens: 'Nothing is called gone while the call can land. It does not, and no other is made.',
      scripts: [personalize('CreateEventTracker', 'server-error')],
      ...reached(lifecycle, {}, ['InternalServerException']),
    },
    {
      lifecycle,
      step: 'Observe, DescribeEventTracker',
      fault: 'stale-describe 2 s',
      happens: 'A tracker that was answered and is not found yet is not gone: it is waited for, then deleted.',
      scripts: [lag('DescribeEventTracker', 'stale-describe', 2000)],
      ...reached(lifecycle, {}, ['OK']),
    },
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 1.5 s',
      happens: 'After a create whose answer was lost. Its tracker shows late, is found by its tag and deleted.',
      scripts: UNKNOWN_TRACKER,
      ...reached(lifecycle, {}, ['lost-answer']),
    },
    ...readRows(lifecycle, 'Observe', 'ListTagsForResource', {
      before: UNKNOWN_TRACKER,
      creates: ['lost-answer'],
      denied: 'A tracker whose tags may not be read is neither ours nor foreign: it is polled again.',
    }),
  ];
}

/** A tracker is requested while the earlier one is being deleted: DELETED is published first, and the new one is another. */
function behindRows(): FaultCase[] {
  const lifecycle = 'creation again behind a deletion';
  const operation = 'DeleteEventTracker';
  const row = (fault: string, script: Script, happens: string): FaultCase => ({
    lifecycle,
    step: `${operation}, ${operation}`,
    fault,
    happens,
    scripts: [script],
    ...reached(lifecycle, { published: ['ACTIVE', 'DELETED', 'ACTIVE'] }),
  });
  return [
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Waited out; nothing is created before.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), 'Asked again; nothing is created before.'),
    row(
      'lost-answer',
      personalize(operation, 'lost-answer'),
      'Called again; Personalize reports that it is under way.',
    ),
    row(
      'late-act 3 s',
      personalize(operation, 'late-act', 1, { delayMs: 3000 }),
      'Asked again. The late one names the old ARN, and does not hit the new tracker.',
    ),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'Waited for.'),
    row('access-denied', personalize(operation, 'access-denied'), 'Asked again a minute later.'),
  ];
}

export const DELETION_ROWS: readonly FaultCase[] = [
  ...readRows('deletion', 'Observe', 'DescribeEventTracker'),
  ...readRows('deletion', 'Observe', 'ListEventTrackers'),
  ...deleteRows(),
  ...whileCreatingRows(),
  ...behindRows(),
];
