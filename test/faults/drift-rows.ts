import { personalize, type Script } from './row.ts';

/** What is done behind the service's back. */
export type Doing =
  | 'DeleteEventTracker'
  /** It stays DELETE IN_PROGRESS. */
  | 'DeleteEventTracker, under way'
  /** On a group whose tracker was deleted through the service. */
  | 'CreateEventTracker'
  | 'UntagResource'
  /** A create call of ours takes effect after createInFlight, its tracker having been given up as DELETED. */
  | 'a create that takes effect after createInFlight';

/** The answer of a drift check that meets a fault. */
export type FirstCheck = 'finds it' | 'is cut short' | 'counts the record as failed' | 'fails';

/** An idle tracker, and what the drift check does about it. One line of the fault table, one test. */
export interface DriftRow {
  readonly doing: Doing;
  /** The call of the drift check's that meets the fault. */
  readonly fault?: { readonly name: string; readonly script: Script; readonly first: FirstCheck };
  readonly happens: string;
  /** What GET returns in the end. */
  readonly status: 'ACTIVE' | 'DELETED';
  readonly generation: number;
  /** The events over the tracker's whole life: a status, or `drift` and its kind. */
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

/** The five faults that every call can meet, at one call of the drift check. */
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
  const left = 'The check ends there, what is left stays due; the next one finds it.';
  const unanswered =
    operation === 'ListEventTrackers'
      ? left
      : 'Reads of that kind end there, what is left stays due; the next check finds it.';
  return [
    row('throttle', 'throttle', 'is cut short', left),
    row('server-error', 'server-error', 'is cut short', unanswered),
    row('lost-answer', 'lost-answer', 'is cut short', unanswered),
    row('delay 300 ms', 'delay', 'finds it', 'Waited for.', 300),
    row('access-denied', 'access-denied', denied.first, denied.happens),
  ];
}

const ONE_RECORD = 'The record counts as failed, and stops no other; the next check finds it.';

export const DRIFT_ROWS: readonly DriftRow[] = [
  // First: whichever check comes first finds it.
  {
    doing: 'a create that takes effect after createInFlight',
    happens: 'The tracker has our tag and no record of it: it is deleted, and there is nothing to report.',
    status: 'DELETED',
    generation: 2,
    published: ['DELETED'],
    left: [],
  },
  {
    ...LOST,
    happens: 'Recorded and reported, once: a State Change event and a Drift Detected event.',
  },
  {
    doing: 'DeleteEventTracker, under way',
    happens: 'Reported once. The record stays as it is until the tracker is gone.',
    status: 'ACTIVE',
    generation: 1,
    published: ['ACTIVE', 'drift STATUS_CHANGED'],
    left: ['DELETE IN_PROGRESS'],
  },
  {
    doing: 'CreateEventTracker',
    happens: "Reported once. The tracker is somebody else's, and is left alone.",
    status: 'DELETED',
    generation: 2,
    published: ['ACTIVE', 'DELETED', 'drift CREATED_OUT_OF_BAND'],
    left: ['ACTIVE'],
  },
  { ...UNTAGGED, happens: 'Reported once. The ARN is recorded: the tracker is ours all the same.' },
  ...faultRows(
    LOST,
    'ListEventTrackers',
    { first: 'fails', happens: 'The check fails, for its operator to see; the next one finds it.' },
    { everywhere: true },
  ),
  ...faultRows(LOST, 'DescribeEventTracker', { first: 'counts the record as failed', happens: ONE_RECORD }),
  ...faultRows(UNTAGGED, 'ListTagsForResource', { first: 'counts the record as failed', happens: ONE_RECORD }),
];

/** With RECREATE_MISSING=true. */
export const RECREATE_ROWS: readonly DriftRow[] = [
  {
    doing: 'DeleteEventTracker',
    happens:
      'The missing tracker is reported; then a new tracker is made under a new generation, with another tracking ID.',
    status: 'ACTIVE',
    generation: 2,
    published: ['ACTIVE', 'DELETED', 'drift DELETED_OUT_OF_BAND', 'ACTIVE'],
    left: ['ACTIVE'],
  },
];
