import type { apply } from '../../functions/tracker/apply.ts';
import type { decidePreflight } from '../../functions/tracker/dataset-group.ts';
import type { decide } from '../../functions/tracker/decide.ts';
import type { Decision } from '../../functions/tracker/decision.ts';
import type {
  decideRecorded,
  decideTags,
  decideUnknownTracker,
  RecordObservations,
} from '../../functions/tracker/drift.ts';
import type { CallResult } from '../../functions/tracker/execution.ts';
import type { needsObservation, Observation, TrackerStatus } from '../../functions/tracker/observation.ts';
import type { Operation, RetryOutcome, timeOfRetry, verdictOn } from '../../functions/tracker/operation.ts';
import type { ownershipOf } from '../../functions/tracker/ownership.ts';
import type { EventTrackerRecord, Status } from '../../functions/tracker/record.ts';
import type { FirstUse, newestGeneration } from '../../functions/tracker/repeats.ts';
import type { LifecycleSettings } from '../../functions/tracker/settings.ts';
import type { TagCallResult } from '../../functions/tracker/tag-update.ts';

/**
 * The faults that a scenario budgets, each a number of times. Everything else can happen at any time: every interleaving, a slow step, the
 * sweeper noticing a dead owner, time passing.
 */
export const FAULTS = [
  'governorDies', // the execution that admits trackers dies
  'handOver', // an execution reaches its round limit and hands over
  'crash', // an execution dies, at any point
  'abort', // an operator stops an execution; its running task still finishes
  'duplicate', // a task is invoked again while the first invocation still runs
  'startLost', // StartExecution is never called, for example because its caller dies
  'saveLost', // a write succeeds, but its writer gets ConditionalCheckFailedException (the SDK retried it)
  'createLost', // a create takes effect, but its response is lost
  'createVanished', // a create never arrives, and its caller gets no response
  'createLate', // a create takes effect after its caller gave up
  'throttled', // a call is throttled
  'refused', // a create fails with a permanent error
  'checkFails', // the preflight fails
  'lag', // a new tracker is not visible immediately: describe, list and tags show it later, in any order
  'staleList', // a list still names a tracker that is gone
  'staleDescribe', // a tracker that is gone is still described and listed as ACTIVE
  'staleRead', // a read by the drift check, or of a missing tracker, shows an older state than an earlier read
  'untagged', // someone removes our tag
  'createFailed', // Personalize reports CREATE FAILED
  'deleteLate', // a delete takes effect after its caller gave up
  'deleteLost', // a delete never arrives, and its caller gets no response
  'deadline', // 30 minutes pass
  'deletedOutOfBand',
  'createdOutOfBand',
  'anotherDeployment', // another deployment in the same account creates or deletes its tracker in the dataset group
  'tagsUnreadable', // the role can no longer read tags
  'denied', // the role can no longer read trackers
  'unreadable', // reads of trackers return unreadable responses for a while
  'unreadableForever', // the same, forever
  'blind', // the sweeper takes over while the owner is alive
  'repeat', // a request's response is lost, and the same request is sent again at any later time
  'tagLost', // TagResource or UntagResource takes effect, but its response is lost
  'tagLate', // it takes effect after its caller gave up
  'tagRefused', // it is denied
  'staleTags', // a read of the tags shows them as they were before their last change
  'retagged', // someone changes the tags of a tracker
  'busDown', // PutEvents fails
  'groupFails', // the dataset group's creation fails
  'groupStuck', // the dataset group stays in creation forever
  'groupVanishes', // the dataset group, which has no tracker, is deleted
] as const;
export type Fault = (typeof FAULTS)[number];
export type Budget = Readonly<Partial<Record<Fault, number>>>;

/** A client's request in a scenario. */
export interface Request {
  readonly ask: 'tracker' | 'adopt' | 'deletion' | 'destruction' | 'retry' | 'patch';
  /** PATCH with these tags (tags.ts). */
  readonly tags?: 'A' | 'B' | 'C' | '';
  /** POST with this `clientContext`, under an Idempotency-Key. */
  readonly context?: 'A' | 'B';
  /** With an Idempotency-Key that the record has forgotten by the time of the repeat. Only the data stored with the key can identify it. */
  readonly keyed?: true;
  /** POST with a task token. */
  readonly withToken?: true;
  /** POST with `waitForDatasetGroup`. */
  readonly waits?: true;
  /** The tenant that sends it; 'acme' by default. */
  readonly tenant?: string;
  /** The index of the request that must be accepted first; 0 by default. */
  readonly after?: number;
}

export interface Scenario {
  readonly name: string;
  readonly requests: readonly Request[];
  readonly faults: Budget;
  /** The drift check runs. */
  readonly drift?: true;
  /** The drift check re-creates a missing tracker, as a deployment may configure. */
  readonly recreateMissing?: true;
  /** The drift check restores requested tags, as a deployment may configure. */
  readonly repairTags?: true;
  /** Idle records reach the end of their retention. */
  readonly purge?: true;
  /** The dataset group holds another deployment's tracker from the start. */
  readonly anothers?: true;
  /** The other deployment creates only while our record is idle, so only the drift check can find its tracker. */
  readonly anotherOnlyWhileIdle?: true;
  /** Trackers pass through CREATE IN_PROGRESS. */
  readonly inProgress?: true;
  /** The dataset group's state at the start; READY by default. */
  readonly datasetGroup?: 'CREATING' | 'MISSING';
  /** The dataset group holds a foreign tracker from the start. */
  readonly foreign?: true;
  /** Trackers can become older than createInFlight, which matters only while their tags are unreadable. */
  readonly ageing?: true;
  /** A platform's operation retries the failed tracker. 'forgotten': so late that the record does not know its key any more. */
  readonly operation?: 'retries' | 'forgotten';
  /** It may be canceled. */
  readonly cancels?: true;
  /** Trackers may have to wait for their admission. */
  readonly admission?: true;
  /** Waits are compared with leases, and the sweeper runs as soon as a lease ends. */
  readonly leases?: true;
}

/** The state of a dataset group and its Interactions dataset. STUCK: in creation forever. */
export type DatasetGroup = 'READY' | 'CREATING' | 'STUCK' | 'FAILED' | 'MISSING';

/** Bits for the reads that already show a new tracker. */
export const DESCRIBED = 1;
export const LISTED = 2;
export const TAGGED = 4;
export const VISIBLE = DESCRIBED | LISTED | TAGGED;

/** A tracker in Personalize. */
export interface Tracker {
  readonly id: number;
  /** Created by us, with our tags. */
  readonly ours: boolean;
  readonly name: string;
  /** Created by another deployment, with its tags. They contain the same tracker id as ours. */
  readonly anothers?: true;
  /** GONE: deleted, but still in a stale list. */
  readonly status: TrackerStatus | 'GONE';
  readonly visible: number;
  /** GONE, but still described as ACTIVE. */
  readonly ghost?: true;
  /** Created longer than createInFlight ago. */
  readonly old: boolean;
  /** The callers' tags (tags.ts), now and before their last change. */
  readonly tags?: string;
  readonly tagsBefore?: string;
  /** Someone else has changed them. */
  readonly tampered?: true;
  /** A foreign tracker whose deletion was requested with `destroy`. */
  readonly doomed: boolean;
}

/** A call that takes effect after its caller gave up. */
export type LateCall =
  | { readonly kind: 'create'; readonly attempt: number; readonly name: string; readonly tags: string }
  | { readonly kind: 'tags'; readonly eventTrackerArn: string; readonly untag: readonly string[]; readonly tag: string }
  | { readonly kind: 'delete'; readonly eventTrackerArn: string };

export type Action = Extract<
  Decision['do'],
  | 'CheckDatasetGroup'
  | 'CreateEventTracker'
  | 'DeleteEventTracker'
  | 'UpdateTags'
  | 'PublishEvents'
  | 'WaitBeforeNextPoll'
  | 'Done'
>;

/**
 * Where an execution, or an orphaned task, is. If a place holds a record, no one has written since it was read. Any other write would make
 * its save fail, so that write moves it back to Observe immediately.
 */
export type Place =
  | { readonly at: 'Observe'; readonly waitMs?: number }
  | { readonly at: 'read'; readonly asRead: EventTrackerRecord }
  | { readonly at: 'described'; readonly asRead: EventTrackerRecord }
  /** Used only by the mutant that reads the clock after the observation. */
  | { readonly at: 'observed'; readonly asRead: EventTrackerRecord; readonly observation: Observation }
  | {
      readonly at: 'decided';
      readonly asRead: EventTrackerRecord;
      readonly after: EventTrackerRecord;
      readonly action: Action;
      readonly waitMs: number;
    }
  | {
      readonly at: 'CheckDatasetGroup' | 'CreateEventTracker' | 'DeleteEventTracker' | 'UpdateTags' | 'PublishEvents';
      readonly generation: number;
    }
  /** The pending call is recorded, but not sent yet. */
  | { readonly at: 'permitted'; readonly attempt: number; readonly generation: number }
  | { readonly at: 'answered'; readonly attempt: number; readonly generation: number; readonly result: CallResult }
  /** The call failed permanently, and the record has that result. */
  | { readonly at: 'refused'; readonly generation: number }
  | { readonly at: 'deleting'; readonly eventTrackerArn: string; readonly generation: number; readonly rev: number }
  /** The calls that change tags are reserved, and those that are left are not sent yet. */
  | {
      readonly at: 'tagging';
      readonly generation: number;
      readonly eventTrackerArn: string;
      readonly untag: readonly string[];
      readonly tag: string;
    }
  /** They are answered. `reservedAt` is absent if none was reserved. */
  | {
      readonly at: 'tagged';
      readonly generation: number;
      readonly reservedAt?: number;
      readonly result: TagCallResult;
    }
  /** The record has its place, and the task may start the governor. */
  | { readonly at: 'enqueued' }
  /** The record is due, and the execution is about to end. */
  | { readonly at: 'handedOver' }
  /** The events are on the bus, but not marked as published yet. */
  | { readonly at: 'published'; readonly ids: readonly string[] };

export interface Run {
  readonly epoch: number;
  /** The task is orphaned: its execution no longer waits for it. It finishes, and nothing follows. */
  readonly leftBehind: boolean;
  readonly place: Place;
}

/**
 * A running drift check. `lagged` counts its stale reads; any read may be stale. The last read and the write after it are one step, because
 * the write is refused if anyone has written since the record was read.
 */
export type DriftCheck =
  /** It has read the record, and now reads the recorded tracker. */
  | { readonly at: 'recorded'; readonly reads: RecordObservations; readonly lagged: number }
  /** It has read the record again, and now reads the tracker's tags. */
  | { readonly at: 'tags'; readonly tagged: readonly (string | undefined)[]; readonly lagged: number }
  /** It has described a tracker that no record names, and has not yet read the record of the dataset group. */
  | { readonly at: 'described'; readonly id: number; readonly status: TrackerStatus }
  /** It has read that record, and now reads the tracker's tags. */
  | {
      readonly at: 'unknownTracker';
      readonly id: number;
      readonly status: TrackerStatus;
      readonly tagged: readonly (string | undefined)[];
      readonly lagged: number;
    };

/** Notes that only the rules use. The code under check never reads them. */
export interface Onlooker {
  /** By generation: the index of the request that made it. */
  readonly requestOf: readonly number[];
  /** The generation whose DELETED is promised but not reported yet; 0 if none. */
  readonly promised: number;
  /** The generation that was reported ACTIVE, and not DELETED or RELEASED since; 0 if none. */
  readonly open: number;
  /** The name in the newest ACTIVE. */
  readonly activeName?: string;
  /** The replaced contexts. */
  readonly replaced: readonly string[];
  /** The tracker that was reported ACTIVE, unless its deletion or release was requested since. */
  readonly kept?: string;
  /** The newest generation for which a response was unreadable. */
  readonly unused?: number;
  /** The status in the newest event. */
  readonly lastPublished: Status | undefined;
}

export type ClientPhase = 'not asked' | 'answered' | 'will repeat';

/** An operation over the one record, and the runs that carry it out. */
export interface OperationState {
  readonly operation: Operation;
  /** By run that has looked at the record: the outcome that it has not recorded yet. */
  readonly pending: readonly RetryOutcome['kind'][];
  /** For the rules only: the generation whose failure matched, and how many retries the operation made. */
  readonly matched: number;
  readonly made: number;
  /** The record does not know the operation's key any more. */
  readonly isForgotten: boolean;
}

export interface World {
  readonly record: EventTrackerRecord | undefined;
  readonly datasetGroup: DatasetGroup;
  /** The dataset group was READY at some time. */
  readonly wasReady: boolean;
  readonly trackers: readonly Tracker[];
  readonly late: readonly LateCall[];
  readonly runs: readonly Run[];
  /** StartExecution for the record's epoch: not called yet, called, or never called. */
  readonly start: 'pending' | 'made' | 'lost';
  readonly clients: readonly ClientPhase[];
  /** By request: the data stored with its Idempotency-Key, if its response was lost. */
  readonly firstUses: readonly (FirstUse | undefined)[];
  readonly driftCheck: DriftCheck | undefined;
  readonly operation: OperationState | undefined;
  /** Whether an execution that admits trackers lives. */
  readonly isGovernorAlive: boolean;
  readonly tagsReadable: boolean;
  readonly mayObserve: boolean;
  /** Whether the responses to an execution are readable. */
  readonly responses: 'readable' | 'unreadable' | 'never readable again';
  readonly budget: Budget;
  readonly onlooker: Onlooker;
  /** The rule that the last step broke. */
  readonly broken?: string;
}

/** The code under check and the assumptions about its environment. A mutant replaces one of these. */
export interface Model {
  readonly decide: typeof decide;
  readonly apply: typeof apply;
  readonly decidePreflight: typeof decidePreflight;
  readonly needsObservation: typeof needsObservation;
  readonly decideRecorded: typeof decideRecorded;
  readonly decideTags: typeof decideTags;
  readonly decideUnknownTracker: typeof decideUnknownTracker;
  readonly ownershipOf: typeof ownershipOf;
  readonly newestGeneration: typeof newestGeneration;
  readonly settings: LifecycleSettings;
  /** An execution ends when its epoch is not the record's. */
  readonly fence: boolean;
  /** The clock is read before the observation. */
  readonly nowBeforeObservation: boolean;
  /** The reservation and the create call share one invocation, whose time-out bounds both. */
  readonly createInOneTask: boolean;
  /** Every late create takes effect, and every lag ends, within createInFlight. */
  readonly createInFlightCovers: boolean;
  /** A request checks for its own key before it decides. */
  readonly keysChecked: boolean;
  readonly verdictOn: typeof verdictOn;
  readonly timeOfRetry: typeof timeOfRetry;
  /** An operation records an outcome after the retry. */
  readonly retryBeforeOutcome: boolean;
  /** The sweep starts a governor if somebody waits and none lives. */
  readonly sweepStartsGovernor: boolean;
  /** The lease that a heartbeat renews covers the wait. */
  readonly leaseCoversWait: boolean;
}

/** Reports one step: a label for the counterexample, and the world after it. `fault`: the step may never happen. */
export type Emit = (label: () => string, next: World, fault?: boolean) => void;

/** The name of a tracker that others created. */
export const FOREIGN_NAME = 'theirs';
/** The name that the request of a generation has. */
export const nameOfGeneration = ({ requestOf }: Onlooker, generation: number): string =>
  `name-${requestOf[generation - 1]}`;

export const arnOf = (id: number): string => `arn-${id}`;
export const trackingIdOf = (id: number): string => `tracking-${id}`;

export const has = (world: World, fault: Fault): boolean => (world.budget[fault] ?? 0) > 0;
export const spend = (budget: Budget, fault: Fault): Budget => ({ ...budget, [fault]: (budget[fault] ?? 0) - 1 });

export const trackerBy = (world: World, eventTrackerArn: string | undefined): Tracker | undefined =>
  world.trackers.find(({ id }) => arnOf(id) === eventTrackerArn);

/** The execution that owns the record, if it is alive. */
export const livingOwner = ({ runs, record }: World): Run | undefined =>
  runs.find(({ epoch, leftBehind }) => epoch === record?.epoch && !leftBehind);

/** Whether a create call may still take effect: it is in flight, or about to be sent. */
export const mayStillCreate = ({ late, runs }: World): boolean =>
  late.some(({ kind }) => kind === 'create') || runs.some(({ place }) => place.at === 'permitted');

/** Whether a call that changes tags may still take effect, or its answer be recorded: an invocation ends before createInFlight does. */
export const mayStillTag = ({ late, runs }: World): boolean =>
  late.some(({ kind }) => kind === 'tags') || runs.some(({ place }) => place.at === 'tagging' || place.at === 'tagged');
