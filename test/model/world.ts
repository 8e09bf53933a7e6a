import type { apply } from '../../functions/tracker/apply.ts';
import type { decidePreflight } from '../../functions/tracker/dataset-group.ts';
import type { Decision, decide } from '../../functions/tracker/decide.ts';
import type {
  decideRecorded,
  decideTags,
  decideUnknownTracker,
  RecordObservations,
} from '../../functions/tracker/drift.ts';
import type { CallResult } from '../../functions/tracker/execution.ts';
import type { Observation, TrackerStatus } from '../../functions/tracker/observation.ts';
import type { ownershipOf } from '../../functions/tracker/ownership.ts';
import type { EventTrackerRecord, Status } from '../../functions/tracker/record.ts';
import type { FirstUse, newestGeneration } from '../../functions/tracker/repeats.ts';
import type { LifecycleSettings } from '../../functions/tracker/settings.ts';

/**
 * The faults that a scenario may spend, each a number of times. What is not in this list can happen at any time: any
 * interleaving, a slow step, an owner's death noticed, time passing.
 */
export const FAULTS = [
  'handOver', // an execution has made its rounds: it hands over
  'crash', // an execution ends, wherever it is
  'abort', // an operator stops an execution; the task that runs still finishes
  'duplicate', // a task is invoked again while the first invocation still runs
  'startLost', // StartExecution is not made, or its caller dies before
  'saveLost', // a write is made, and its writer gets ConditionalCheckFailedException (the SDK repeated it)
  'createLost', // a create takes effect, its answer is lost
  'createVanished', // a create never arrives, and nobody knows
  'createLate', // a create takes effect after its caller gave up
  'throttled', // a call is refused for its rate
  'refused', // a create is refused for good
  'checkFails', // the preflight finds something in the way
  'lag', // a new tracker is not visible immediately: not described, not listed, its tags not there, in any order
  'staleList', // a list still names a tracker that is gone
  'staleDescribe', // a tracker that is gone is still described, and listed, as ACTIVE
  'staleRead', // a read by the drift check, or of a missing tracker, shows an older state than was seen before
  'untagged', // somebody takes our tag off
  'createFailed', // Personalize reports CREATE FAILED
  'deleteLate', // a delete takes effect after its caller gave up
  'deleteLost', // a delete never arrives, and nobody knows
  'deadline', // 30 minutes pass
  'deletedOutOfBand',
  'createdOutOfBand',
  'anotherDeployment', // another deployment, in the same account, creates or deletes its tracker on the group
  'tagsUnreadable', // the role may not read tags any more
  'denied', // the role may not read trackers any more
  'unreadable', // reads of trackers are refused or unreadable for a while
  'unreadableForever', // the same, and for ever
  'blind', // the sweep takes over while the owner lives
  'repeat', // a request's answer is lost, and the same request comes again, at any later time
  'busDown', // a put on the bus fails
  'groupFails', // the dataset group's creation fails
  'groupStuck', // the dataset group stays as it is while it is being created, for ever
  'groupVanishes', // the dataset group is deleted; it has no tracker
] as const;
export type Fault = (typeof FAULTS)[number];
export type Budget = Readonly<Partial<Record<Fault, number>>>;

/** What a client asks for, in a scenario. */
export interface Request {
  readonly ask: 'tracker' | 'adopt' | 'deletion' | 'destruction' | 'retry';
  /** POST with this `clientContext`, under an Idempotency-Key. */
  readonly context?: 'A' | 'B';
  /** It has an Idempotency-Key, and once it comes again the record knows that key no more: only what was stored with it shows. */
  readonly keyed?: true;
  /** POST with a task token. */
  readonly withToken?: true;
  /** POST with `waitForDatasetGroup`. */
  readonly waits?: true;
  /** Another tenant asks. */
  readonly tenant?: string;
  /** The index of the request that has to be accepted before; without it, the first has to be. */
  readonly after?: number;
}

export interface Scenario {
  readonly name: string;
  readonly requests: readonly Request[];
  readonly faults: Budget;
  /** The drift check checks idle records. */
  readonly drift?: true;
  /** The drift check re-creates a missing tracker, as a deployment may configure. */
  readonly recreateMissing?: true;
  /** Idle records reach the end of their retention. */
  readonly purge?: true;
  /** Another deployment's tracker is on the group from the start. */
  readonly anothers?: true;
  /** The other deployment creates only while our record is idle: the drift check alone can meet its tracker. */
  readonly anotherOnlyWhileIdle?: true;
  /** Trackers are also seen in CREATE IN_PROGRESS. */
  readonly inProgress?: true;
  /** The dataset group is not ACTIVE from the start. */
  readonly datasetGroup?: 'CREATING' | 'MISSING';
  /** A foreign tracker is on the group from the start. */
  readonly foreign?: true;
  /** Trackers grow older than createInFlight, which matters only while their tags can't be read. */
  readonly ageing?: true;
  /** Waits and leases are compared, and the sweep comes as soon as a lease is over. */
  readonly leases?: true;
}

/** A dataset group, its Interactions dataset included. STUCK: being created, for ever. */
export type DatasetGroup = 'READY' | 'CREATING' | 'STUCK' | 'FAILED' | 'MISSING';

/** Bits of what Personalize already shows of a new tracker. */
export const DESCRIBED = 1;
export const LISTED = 2;
export const TAGGED = 4;
export const VISIBLE = DESCRIBED | LISTED | TAGGED;

/** A tracker that Personalize has. */
export interface Tracker {
  readonly id: number;
  /** Made by a call of ours, and tagged so. */
  readonly ours: boolean;
  readonly name: string;
  /** Made by another deployment, and tagged so: the tracker id in its tags is ours as well. */
  readonly anothers?: true;
  /** GONE: deleted, and still named by a list that lags. */
  readonly status: TrackerStatus | 'GONE';
  readonly visible: number;
  /** GONE, and still described as ACTIVE. */
  readonly ghost?: true;
  /** Made longer than createInFlight ago. */
  readonly old: boolean;
  /** Somebody else's, and its deletion was asked for by `destroy`. */
  readonly doomed: boolean;
}

/** A call that takes effect later than its caller waited. */
export type LateCall =
  | { readonly kind: 'create'; readonly attempt: number; readonly name: string }
  | { readonly kind: 'delete'; readonly eventTrackerArn: string };

export type Action = Extract<
  Decision['do'],
  'CheckDatasetGroup' | 'CreateEventTracker' | 'DeleteEventTracker' | 'PublishEvents' | 'WaitBeforeNextPoll' | 'Done'
>;

/**
 * Where an execution is, or a task of one that was left behind. A place that holds a record read it, and nobody has written
 * since: as soon as somebody does, its write can only be refused, and it is put back to Observe immediately.
 */
export type Place =
  | { readonly at: 'Observe'; readonly waitMs?: number }
  | { readonly at: 'read'; readonly asRead: EventTrackerRecord }
  | { readonly at: 'described'; readonly asRead: EventTrackerRecord }
  /** Only where a mutant reads the clock after the observation. */
  | { readonly at: 'observed'; readonly asRead: EventTrackerRecord; readonly observation: Observation }
  | {
      readonly at: 'decided';
      readonly asRead: EventTrackerRecord;
      readonly after: EventTrackerRecord;
      readonly action: Action;
      readonly waitMs: number;
    }
  | {
      readonly at: 'CheckDatasetGroup' | 'CreateEventTracker' | 'DeleteEventTracker' | 'PublishEvents';
      readonly generation: number;
    }
  /** The marker is written, the call not yet sent. */
  | { readonly at: 'permitted'; readonly attempt: number; readonly generation: number }
  | { readonly at: 'answered'; readonly attempt: number; readonly generation: number; readonly result: CallResult }
  /** The call was refused for good, and the record knows that the call is over. */
  | { readonly at: 'refused'; readonly generation: number }
  | { readonly at: 'deleting'; readonly eventTrackerArn: string; readonly generation: number; readonly rev: number }
  /** The record is due, the execution about to end. */
  | { readonly at: 'handedOver' }
  /** On the bus, not yet marked. */
  | { readonly at: 'published'; readonly ids: readonly string[] };

export interface Run {
  readonly epoch: number;
  /** A task whose execution does not wait for it any more: it finishes, and nothing follows. */
  readonly leftBehind: boolean;
  readonly place: Place;
}

/**
 * The drift check on its way. `lagged`: how many of its reads showed an older state than there is. Each read may; the write that
 * follows the last read is one step with it, for it is refused where anybody has written since the record was read.
 */
export type DriftCheck =
  /** It has read the record, and reads the recorded tracker. */
  | { readonly at: 'recorded'; readonly reads: RecordObservations; readonly lagged: number }
  /** It has read the record again, and reads the tracker's tags. */
  | { readonly at: 'tags'; readonly tagged: readonly (boolean | undefined)[]; readonly lagged: number }
  /** It has described a tracker that no record of its run has, and not yet read the record of its group. */
  | { readonly at: 'described'; readonly id: number; readonly status: TrackerStatus }
  /** It has read that record, and reads the tracker's tags. */
  | {
      readonly at: 'unknownTracker';
      readonly id: number;
      readonly status: TrackerStatus;
      readonly tagged: readonly (boolean | undefined)[];
      readonly lagged: number;
    };

/** What an onlooker remembers: only to check by, no code of ours reads it. */
export interface Onlooker {
  /** By generation: the index of the request that made it. */
  readonly requestOf: readonly number[];
  /** The generation whose DELETED is promised and not reported yet; 0: none. */
  readonly promised: number;
  /** The generation that was reported ACTIVE and not DELETED or RELEASED since; 0: none. */
  readonly open: number;
  /** The name in the newest ACTIVE. */
  readonly activeName?: string;
  /** The contexts that were replaced. */
  readonly replaced: readonly string[];
  /** The tracker that was reported ACTIVE, and whose deletion or release nobody has requested since. */
  readonly kept?: string;
  /** The newest generation for which a response was unreadable; undefined: none. */
  readonly unused?: number;
  /** The status in the newest event. */
  readonly lastPublished: Status | undefined;
}

export type ClientPhase = 'not asked' | 'answered' | 'will repeat';

export interface World {
  readonly record: EventTrackerRecord | undefined;
  readonly datasetGroup: DatasetGroup;
  /** The dataset group was READY at some time. */
  readonly wasReady: boolean;
  readonly trackers: readonly Tracker[];
  readonly late: readonly LateCall[];
  readonly runs: readonly Run[];
  /** StartExecution of the record's own epoch: still to be made, or made, or never made. */
  readonly start: 'pending' | 'made' | 'lost';
  readonly clients: readonly ClientPhase[];
  /** By request: what its Idempotency-Key was first used on, where its answer was lost. */
  readonly firstUses: readonly (FirstUse | undefined)[];
  readonly driftCheck: DriftCheck | undefined;
  readonly tagsReadable: boolean;
  readonly mayObserve: boolean;
  /** Whether the responses to an execution are readable. */
  readonly responses: 'readable' | 'unreadable' | 'never readable again';
  readonly budget: Budget;
  readonly onlooker: Onlooker;
  /** The rule that the last step broke. */
  readonly broken?: string;
}

/** The code under check, and where it runs: a mutant replaces one of these. */
export interface Model {
  readonly decide: typeof decide;
  readonly apply: typeof apply;
  readonly decidePreflight: typeof decidePreflight;
  readonly decideRecorded: typeof decideRecorded;
  readonly decideTags: typeof decideTags;
  readonly decideUnknownTracker: typeof decideUnknownTracker;
  readonly ownershipOf: typeof ownershipOf;
  readonly newestGeneration: typeof newestGeneration;
  readonly settings: LifecycleSettings;
  /** An execution whose epoch is not the record's ends. */
  readonly fence: boolean;
  /** `now` is read before the observation. */
  readonly nowBeforeObservation: boolean;
  /** Permission to create and the call are one invocation, bounded by its time-out. */
  readonly createInOneTask: boolean;
  /** createInFlight covers every late landing and every lag. */
  readonly landingCovers: boolean;
  /** A request checks for its own key before it decides. */
  readonly keysChecked: boolean;
  /** What a heartbeat promises covers the wait. */
  readonly leaseCoversWait: boolean;
}

/** One step: what happened, for the story, and the world after it. `fault`: the environment need never do it. */
export type Emit = (label: () => string, next: World, fault?: boolean) => void;

/** The name of a tracker that others made. */
export const THEIRS = 'theirs';
/** The name that the request of a generation asks for. */
export const nameOfGeneration = ({ requestOf }: Onlooker, generation: number): string =>
  `name-${requestOf[generation - 1]}`;

export const arnOf = (id: number): string => `arn-${id}`;
export const trackingIdOf = (id: number): string => `tracking-${id}`;

export const has = (world: World, fault: Fault): boolean => (world.budget[fault] ?? 0) > 0;
export const spend = (budget: Budget, fault: Fault): Budget => ({ ...budget, [fault]: (budget[fault] ?? 0) - 1 });

export const trackerBy = (world: World, eventTrackerArn: string | undefined): Tracker | undefined =>
  world.trackers.find(({ id }) => arnOf(id) === eventTrackerArn);

/** An execution that drives the record. */
export const livingOwner = ({ runs, record }: World): Run | undefined =>
  runs.find(({ epoch, leftBehind }) => epoch === record?.epoch && !leftBehind);

/** A create call that may still take effect: on its way, or about to be sent. */
export const mayStillLand = ({ late, runs }: World): boolean =>
  late.some(({ kind }) => kind === 'create') || runs.some(({ place }) => place.at === 'permitted');
