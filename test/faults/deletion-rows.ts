import {
  DELETE_FAULTS,
  type FaultCase,
  type Lifecycle,
  lag,
  personalize,
  reached,
  refusal,
  type Script,
  UNPLANNED,
} from './row.ts';

type Deleting = Extract<Lifecycle, 'deletion' | 'deletion during creation'>;

const TAKES_A_MINUTE = 'Called again a minute later. The deletion stays requested, and no failure is reported.';

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
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Only this task is retried, with growing waits.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), 'Called again.'),
    row('lost-answer ×2', personalize(operation, 'lost-answer', 2), 'Called again: reading twice changes nothing.'),
    row('garbled ×2', personalize(operation, 'garbled', 2), 'Called again: an unreadable response proves nothing.'),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'The answer is awaited.'),
    row('access-denied', personalize(operation, 'access-denied'), denied),
    row(`${UNPLANNED} ×2`, refusal(operation, 2), 'It may be temporary: called again with growing waits.'),
  ];
}

const deleteRows = (): FaultCase[] =>
  DELETE_FAULTS.map((each) => ({
    lifecycle: 'deletion',
    step: 'DeleteEventTracker, DeleteEventTracker',
    ...each,
    ...reached('deletion'),
  }));

/** The answer of the create call is lost and the list is stale, so the ARN is unknown when the deletion is requested. */
const UNKNOWN_TRACKER = [
  personalize('CreateEventTracker', 'lost-answer'),
  lag('ListEventTrackers', 'stale-list', 1500),
];

function whileCreatingRows(): FaultCase[] {
  const lifecycle = 'deletion during creation';
  return [
    {
      lifecycle,
      step: 'CreateEventTracker, CreateEventTracker',
      fault: 'late-act 2 s',
      happens:
        'DELETED is not reported while the call can take effect. It does; its tracker is found by its tag and deleted.',
      scripts: [personalize('CreateEventTracker', 'late-act', 1, { delayMs: 2000 })],
      ...reached(lifecycle, {}, ['late-act']),
    },
    {
      lifecycle,
      step: 'CreateEventTracker, CreateEventTracker',
      fault: 'server-error',
      happens: 'DELETED is not reported while the call can take effect. It does not, and there is no second call.',
      scripts: [personalize('CreateEventTracker', 'server-error')],
      ...reached(lifecycle, {}, ['InternalServerException']),
    },
    {
      lifecycle,
      step: 'Observe, DescribeEventTracker',
      fault: 'stale-describe 2 s',
      happens:
        'A tracker that was created but is not found yet is not gone; the service waits for it, then deletes it.',
      scripts: [lag('DescribeEventTracker', 'stale-describe', 2000)],
      ...reached(lifecycle, {}, ['OK']),
    },
    {
      lifecycle,
      step: 'Observe, ListEventTrackers',
      fault: 'stale-list 1.5 s',
      happens:
        'After a create whose answer was lost. The list shows the tracker late; it is found by its tag and deleted.',
      scripts: UNKNOWN_TRACKER,
      ...reached(lifecycle, {}, ['lost-answer']),
    },
    ...readRows(lifecycle, 'Observe', 'ListTagsForResource', {
      before: UNKNOWN_TRACKER,
      creates: ['lost-answer'],
      denied: 'Without its tags, the service cannot tell whether the tracker is its own, so it polls again.',
    }),
  ];
}

const DURING_DELETION = ['throttle ×4', 'server-error ×2', 'lost-answer', 'delay 500 ms', 'access-denied'];
const LATE: (typeof DELETE_FAULTS)[number] = {
  fault: 'late-act 3 s',
  scripts: [personalize('DeleteEventTracker', 'late-act', 1, { delayMs: 3000 })],
  happens: 'Called again. The late call names the old ARN, so it does not delete the new tracker.',
};

/** A tracker is requested while the earlier one is being deleted. DELETED is published first; the new tracker has another ARN. */
function behindRows(): FaultCase[] {
  const lifecycle = 'recreation during a deletion';
  return [...DELETE_FAULTS.filter(({ fault }) => DURING_DELETION.includes(fault)), LATE].map((each) => ({
    lifecycle,
    step: 'DeleteEventTracker, DeleteEventTracker',
    ...each,
    happens: `${each.happens} Nothing is created before the deletion.`,
    ...reached(lifecycle, { published: ['ACTIVE', 'DELETED', 'ACTIVE'] }),
  }));
}

export const DELETION_ROWS: readonly FaultCase[] = [
  ...readRows('deletion', 'Observe', 'DescribeEventTracker'),
  ...readRows('deletion', 'Observe', 'ListEventTrackers'),
  ...deleteRows(),
  ...whileCreatingRows(),
  ...behindRows(),
];
