/** Where a fault is scripted, all on the AWS port of the local runtime. */
export type Place = 'personalize' | 'step-functions' | 'dynamodb' | 'bus';

/** A fault to come. Of Personalize's it meets calls about the row's dataset group only; the others are everybody's. */
export interface Script {
  readonly place: Place;
  /** The bus has but one: PutEvents. */
  readonly operation: string;
  readonly fault: string;
  readonly times: number;
  readonly delayMs?: number;
  readonly afterNextCall?: true;
  readonly as?: '500';
  /** The error's name, of Personalize's `error`. */
  readonly error?: string;
  /** Of Personalize's: it meets calls about no group as well. */
  readonly everywhere?: true;
}

/** A request and what had to happen before it. */
export const LIFECYCLES = {
  creation: { published: [], creates: [], end: 'ACTIVE' },
  'creation before its dataset group': { published: [], creates: [], end: 'ACTIVE' },
  'deletion while creating': { published: [], creates: [], end: 'DELETED' },
  deletion: { published: ['ACTIVE'], creates: ['OK'], end: 'DELETED' },
  retry: { published: ['CREATE FAILED'], creates: ['OK'], end: 'ACTIVE' },
  'creation after a failure': { published: ['CREATE FAILED'], creates: ['OK'], end: 'ACTIVE' },
  'creation again': { published: ['ACTIVE', 'DELETED'], creates: ['OK'], end: 'ACTIVE' },
  'creation again behind a deletion': { published: ['ACTIVE'], creates: ['OK'], end: 'ACTIVE' },
} as const satisfies Record<
  string,
  { published: readonly ReportedEvent[]; creates: readonly string[]; end: ReportedEvent }
>;
export type Lifecycle = keyof typeof LIFECYCLES;

/** A status that an Event Tracker State Change reports. */
export type ReportedEvent = 'ACTIVE' | 'CREATE FAILED' | 'DELETED';

/** What must be so in the end. */
export interface Outcome {
  /** HTTP statuses of the request; after a 500 the caller asks once more. */
  readonly answers: readonly number[];
  /** What GET returns. */
  readonly status: ReportedEvent | 'DELETE PENDING';
  /** The failure's code, with CREATE FAILED. */
  readonly code?: string;
  /** The outcomes that the bus got over the tracker's whole life: each once by its eventId, in sequence, without a hole. */
  readonly published: readonly ReportedEvent[];
  /** What Personalize made of every CreateEventTracker call over the tracker's whole life, in order. */
  readonly creates: readonly string[];
  /** The statuses of the trackers that Personalize has on the dataset group. */
  readonly left: readonly string[];
  /** How the execution that the request started ended, if that is the point. */
  readonly execution?: 'SUCCEEDED' | 'ABORTED';
  /** Personalize does not delete something: the cleanup stays pending for longer than the deadline. */
  readonly cleanupPending?: true;
}

/** One fault at one step: one line of the fault table, one test. */
export interface FaultCase extends Outcome {
  readonly lifecycle: Lifecycle;
  /** `Observe, ListEventTrackers`: the state (or who else calls), and the call. */
  readonly step: string;
  /** `throttle ×4`. */
  readonly fault: string;
  /** What the service does about it, for the reader of the document. */
  readonly happens: string;
  readonly scripts: readonly Script[];
  /** What is done while this call of Personalize's is under way, which a `delay` among the scripts keeps open. */
  readonly during?: { readonly operation: string; readonly scripts?: readonly Script[]; readonly abort?: true };
}

export const nameOf = ({ step, fault }: Pick<FaultCase, 'step' | 'fault'>): string => `${step}: ${fault}`;

const CALLS_LEFT: Readonly<Record<ReportedEvent, readonly string[]>> = {
  ACTIVE: ['ACTIVE'],
  'CREATE FAILED': [],
  DELETED: [],
};

/** The result of the request without a fault, or with one that does not matter. `creates` is what the request itself adds. */
export function reached(
  lifecycle: Lifecycle,
  changes: Partial<Outcome> = {},
  creates: readonly string[] = LIFECYCLES[lifecycle].end === 'ACTIVE' ? ['OK'] : [],
): Outcome {
  const { published, creates: before, end } = LIFECYCLES[lifecycle];
  return {
    answers: [202],
    status: end,
    published: [...published, end],
    creates: [...before, ...creates],
    left: CALLS_LEFT[end],
    ...changes,
  };
}

/** The request ends in CREATE FAILED, and nothing is left of it. */
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

/** A refusal that Personalize's model has for the call, and that nobody planned for. */
export const UNPLANNED = 'InvalidInputException';
export const refusal = (operation: string, times = 1): Script => ({
  ...personalize(operation, 'error', times),
  error: UNPLANNED,
});

/** A lag is there for every call until it is over. */
export const LAG_TIMES = 1000;
export const lag = (operation: string, fault: 'stale-list' | 'stale-describe', delayMs: number): Script =>
  personalize(operation, fault, LAG_TIMES, { delayMs });
