import { personalize, type Script } from './row.ts';

/** A change outside the service. */
export type OutsideChange =
  | 'DeleteEventTracker'
  /** The tracker stays DELETE IN_PROGRESS. */
  | 'DeleteEventTracker, in progress'
  /** On a dataset group whose tracker was deleted through the service. */
  | 'CreateEventTracker'
  /** A tag of this service is removed. */
  | 'UntagResource'
  /** A tag of the caller is added. */
  | 'TagResource'
  /** A create call of the service takes effect after createInFlight, when its tracker was already recorded as DELETED. */
  | 'a create that takes effect after createInFlight';

/** The result of a drift check with a fault. */
export type FirstCheck = 'finds it' | 'is aborted' | 'counts the record as failed' | 'fails';

/** A change to an idle tracker, and the result of the drift check. Each row is one line of the fault table and one test. */
export interface DriftRow {
  readonly doing: OutsideChange;
  /** A fault in one call of the drift check. */
  readonly fault?: { readonly name: string; readonly script: Script; readonly first: FirstCheck };
  readonly happens: string;
  /** The status that GET returns in the end. */
  readonly status: 'ACTIVE' | 'DELETED';
  readonly generation: number;
  /** All events about the tracker: a status, or `drift` and its kind. */
  readonly published: readonly string[];
  readonly left: readonly string[];
}

export const driftNameOf = ({ doing, fault }: Pick<DriftRow, 'doing' | 'fault'>): string =>
  fault ? `${doing}; the drift check, ${fault.script.operation}: ${fault.name}` : doing;

const LOST = {
  doing: 'DeleteEventTracker',
  status: 'DELETED',
  generation: 1,
  published: ['ACTIVE', 'DELETED', 'drift DELETED_OUT_OF_BAND'],
  left: [],
} as const;
const UNTAGGED = {
  doing: 'UntagResource',
  status: 'ACTIVE',
  generation: 1,
  published: ['ACTIVE', 'drift TAGS_LOST'],
  left: ['ACTIVE'],
} as const;

/** The five faults that apply to every call, for one call of the drift check. */
function faultRows(
  found: Omit<DriftRow, 'happens' | 'fault'>,
  operation: string,
  denied: { first: FirstCheck; happens: string },
  scope: Pick<Script, 'everywhere'> = {},
): DriftRow[] {
  const row = (name: string, fault: string, first: FirstCheck, happens: string, delayMs?: number): DriftRow => ({
    ...found,
    fault: { name, script: { ...personalize(operation, fault, 1, delayMs ? { delayMs } : {}), ...scope }, first },
    happens,
  });
  const left = 'The check ends here. Unchecked records stay due, and the next check finds the drift.';
  const unanswered =
    operation === 'ListEventTrackers'
      ? left
      : 'Reads of this kind end here. Unchecked records stay due, and the next check finds the drift.';
  return [
    row('throttle', 'throttle', 'is aborted', left),
    row('server-error', 'server-error', 'is aborted', unanswered),
    row('lost-answer', 'lost-answer', 'is aborted', unanswered),
    row('delay 300 ms', 'delay', 'finds it', 'The answer is awaited.', 300),
    row('access-denied', 'access-denied', denied.first, denied.happens),
  ];
}

const ONE_RECORD = 'The record counts as failed and does not stop the others. The next check finds the drift.';

export const DRIFT_ROWS: readonly DriftRow[] = [
  // First, because any check of a later row would find this tracker.
  {
    doing: 'a create that takes effect after createInFlight',
    happens: 'The tracker has the tag of this deployment but no record, so it is deleted. Nothing is reported.',
    status: 'DELETED',
    generation: 2,
    published: ['DELETED'],
    left: [],
  },
  {
    ...LOST,
    happens: 'Recorded, and reported once: a State Change event and a Drift Detected event.',
  },
  {
    doing: 'DeleteEventTracker, in progress',
    happens: 'Reported once. The record does not change until the tracker is gone.',
    status: 'ACTIVE',
    generation: 1,
    published: ['ACTIVE', 'drift STATUS_CHANGED'],
    left: ['DELETE IN_PROGRESS'],
  },
  {
    doing: 'CreateEventTracker',
    happens: 'Reported once. The tracker is foreign and is not changed.',
    status: 'DELETED',
    generation: 2,
    published: ['ACTIVE', 'DELETED', 'drift CREATED_OUT_OF_BAND'],
    left: ['ACTIVE'],
  },
  { ...UNTAGGED, happens: 'Reported once. The tracker still belongs to the record, which has its ARN.' },
  {
    doing: 'TagResource',
    happens: 'Reported once. GET shows the tag, and the requested tags as `desiredTags`.',
    status: 'ACTIVE',
    generation: 1,
    published: ['ACTIVE', 'drift TAGS_CHANGED'],
    left: ['ACTIVE'],
  },
  ...faultRows(
    LOST,
    'ListEventTrackers',
    { first: 'fails', happens: 'The check fails visibly for the operator. The next one finds the drift.' },
    { everywhere: true },
  ),
  ...faultRows(LOST, 'DescribeEventTracker', { first: 'counts the record as failed', happens: ONE_RECORD }),
  ...faultRows(UNTAGGED, 'ListTagsForResource', { first: 'counts the record as failed', happens: ONE_RECORD }),
];

/** With RECREATE_MISSING=true. */
export const RECREATE_ROWS: readonly DriftRow[] = [
  {
    doing: 'DeleteEventTracker',
    happens: 'The missing tracker is reported. Then a new generation creates a tracker with another tracking ID.',
    status: 'ACTIVE',
    generation: 2,
    published: ['ACTIVE', 'DELETED', 'drift DELETED_OUT_OF_BAND', 'ACTIVE'],
    left: ['ACTIVE'],
  },
];
