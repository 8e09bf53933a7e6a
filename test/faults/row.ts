/** The service in which a fault is scripted. */
export type Place = 'personalize' | 'step-functions' | 'dynamodb' | 'bus' | 'sts';

/** A scripted fault. In Personalize it affects only calls about the row's dataset group, elsewhere any call. */
export interface Script {
  readonly place: Place;
  /** Always PutEvents for the bus, and AssumeRole for STS: the sessions that there are expire when the fault is scripted. */
  readonly operation: string;
  readonly fault: string;
  readonly times: number;
  readonly delayMs?: number;
  readonly afterNextCall?: true;
  readonly as?: '500';
  /** The name of the error, for Personalize's fault `error`. */
  readonly error?: string;
  /** For Personalize: affects calls about any dataset group or none. */
  readonly everywhere?: true;
}

/** The request of a row and its history: earlier events and create calls. */
export const LIFECYCLES = {
  creation: { published: [], creates: [], end: 'ACTIVE' },
  'creation before its dataset group': { published: [], creates: [], end: 'ACTIVE' },
  'deletion during creation': { published: [], creates: [], end: 'DELETED' },
  deletion: { published: ['ACTIVE'], creates: ['OK'], end: 'DELETED' },
  'change of tags': { published: ['ACTIVE'], creates: ['OK'], end: 'UPDATED' },
  retry: { published: ['CREATE FAILED'], creates: ['OK'], end: 'ACTIVE' },
  'creation after a failure': { published: ['CREATE FAILED'], creates: ['OK'], end: 'ACTIVE' },
  recreation: { published: ['ACTIVE', 'DELETED'], creates: ['OK'], end: 'ACTIVE' },
  'recreation during a deletion': { published: ['ACTIVE'], creates: ['OK'], end: 'ACTIVE' },
} as const satisfies Record<
  string,
  { published: readonly ReportedEvent[]; creates: readonly string[]; end: ReportedEvent }
>;
export type Lifecycle = keyof typeof LIFECYCLES;

/** A status that an Event Tracker State Change reports, or the outcome of a change of tags. */
export type ReportedEvent = 'ACTIVE' | 'CREATE FAILED' | 'DELETED' | 'UPDATED' | 'UPDATE_FAILED';

/** The expected result of a row. */
export interface Outcome {
  /** The HTTP statuses of the request. After a 500, the caller repeats it once. */
  readonly answers: readonly number[];
  /** The final status that GET returns. */
  readonly status: ReportedEvent | 'DELETE PENDING';
  /** The failure code of CREATE FAILED, or of a change of tags that failed. */
  readonly code?: string;
  /** All outcomes published about the tracker: each with its own eventId, in sequence and without a gap. */
  readonly published: readonly ReportedEvent[];
  /** The outcomes of all CreateEventTracker calls for the tracker, in order. */
  readonly creates: readonly string[];
  /** The statuses of the dataset group's trackers in Personalize. */
  readonly left: readonly string[];
  /** The final status of the execution that the request started, if the row asserts it. */
  readonly execution?: 'SUCCEEDED' | 'ABORTED';
  /** Personalize does not finish a deletion, so the cleanup stays pending beyond the deadline. */
  readonly cleanupPending?: true;
}

/** One fault at one step. Each is one line of the fault table and one test. */
export interface FaultCase extends Outcome {
  readonly lifecycle: Lifecycle;
  /** The state (or other caller) and the call, for example `Observe, ListEventTrackers`. */
  readonly step: string;
  /** For example `throttle ×4`. */
  readonly fault: string;
  /** What the service does about the fault, for the reader of the table. */
  readonly happens: string;
  readonly scripts: readonly Script[];
  /** What happens during this call to Personalize. A `delay` in `scripts` keeps the call open. */
  readonly during?: { readonly operation: string; readonly scripts?: readonly Script[]; readonly abort?: true };
}

export const nameOf = ({ step, fault }: Pick<FaultCase, 'step' | 'fault'>): string => `${step}: ${fault}`;

const CALLS_LEFT: Readonly<Record<ReportedEvent, readonly string[]>> = {
  ACTIVE: ['ACTIVE'],
  'CREATE FAILED': [],
  DELETED: [],
  UPDATED: ['ACTIVE'],
  UPDATE_FAILED: ['ACTIVE'],
};

/** The result of the request if the fault has no influence on it. `creates` are the outcomes of the request's own create calls. */
export function reached(
  lifecycle: Lifecycle,
  changes: Partial<Outcome> = {},
  creates: readonly string[] = LIFECYCLES[lifecycle].end === 'ACTIVE' ? ['OK'] : [],
): Outcome {
  const { published, creates: before, end } = LIFECYCLES[lifecycle];
  return {
    answers: [202],
    status: end === 'UPDATED' ? 'ACTIVE' : end,
    published: [...published, end],
    creates: [...before, ...creates],
    left: CALLS_LEFT[end],
    ...changes,
  };
}

/** The result of a request that ends in CREATE FAILED and leaves no tracker. */
export function failed(lifecycle: Lifecycle, code: string, creates: readonly string[]): Outcome {
  const { published } = LIFECYCLES[lifecycle];
  const status = 'CREATE FAILED';
  return reached(lifecycle, { status, code, published: [...published, status], left: [] }, creates);
}

export const personalize = (
  operation: string,
  fault: string,
  times = 1,
  more: Pick<Script, 'delayMs' | 'afterNextCall' | 'as'> = {},
): Script => ({ place: 'personalize', operation, fault, times, ...more });

/** An error that the API model lists for the call, but that the service does not handle specially. */
export const UNPLANNED = 'InvalidInputException';
export const refusal = (operation: string, times = 1): Script => ({
  ...personalize(operation, 'error', times),
  error: UNPLANNED,
});

/** A lag affects every call until it is over. */
export const LAG_TIMES = 1000;
export const lag = (operation: string, fault: 'stale-list' | 'stale-describe', delayMs: number): Script =>
  personalize(operation, fault, LAG_TIMES, { delayMs });

const DELETE = 'DeleteEventTracker';
/** The faults of the call that deletes a tracker, and what the service does about each. */
export const DELETE_FAULTS: readonly Pick<FaultCase, 'fault' | 'scripts' | 'happens'>[] = [
  {
    fault: 'throttle ×4',
    scripts: [personalize(DELETE, 'throttle', 4)],
    happens: 'Called again with growing waits.',
  },
  { fault: 'server-error ×2', scripts: [personalize(DELETE, 'server-error', 2)], happens: 'Called again.' },
  {
    fault: 'lost-answer',
    scripts: [personalize(DELETE, 'lost-answer')],
    happens: 'Called again; Personalize answers that the deletion is in progress.',
  },
  {
    fault: 'late-act 500 ms',
    scripts: [personalize(DELETE, 'late-act', 1, { delayMs: 500 })],
    happens: 'Called again; the late call finds nothing to delete.',
  },
  {
    fault: 'delay 500 ms',
    scripts: [personalize(DELETE, 'delay', 1, { delayMs: 500 })],
    happens: 'The answer is awaited.',
  },
  { fault: 'access-denied', scripts: [personalize(DELETE, 'access-denied')], happens: 'Called again a minute later.' },
  {
    fault: 'garbled',
    scripts: [personalize(DELETE, 'garbled')],
    happens: 'Called again; Personalize answers that the deletion is in progress.',
  },
  { fault: `${UNPLANNED} ×2`, scripts: [refusal(DELETE, 2)], happens: 'Called again with growing waits.' },
];
