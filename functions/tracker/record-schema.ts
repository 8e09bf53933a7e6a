import * as z from 'zod';
import { type DetailOf, type DetailType, EVENT_TYPES, failureSchema, STATUSES } from '../../events/contract.ts';
import { HISTORY_CAUSES } from './history-causes.ts';
import { tagCall, tagUpdate } from './tag-change.ts';
import { DATASET_GROUP_PARTS, WAITING_FOR } from './waiting-for.ts';

/** Milliseconds since the epoch. */
const time = z.number();
const count = z.int().min(0);
const only = z.literal(true).optional();
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

const status = z.enum(STATUSES);
export type Status = z.infer<typeof status>;

const tag = z.object({ tagKey: z.string(), tagValue: z.string() }).readonly();
export type Tag = z.infer<typeof tag>;
const tags = z.array(tag).readonly();

/** One transition of a tracker. `at`: milliseconds since the epoch. */
const historyEntry = z
  .object({
    at: time,
    generation: count,
    status,
    cause: z.enum(keysOf(HISTORY_CAUSES)),
    /** A failure's own reason, if the cause alone does not give it. */
    reason: z.string().optional(),
    awsRequestId: z.string().optional(),
  })
  .readonly();
export type HistoryEntry = z.infer<typeof historyEntry>;

/** A CreateEventTracker call that may be on its way, or whose tracker may not be visible yet. Written before the call. */
const pendingCall = z
  .object({
    attempt: count,
    at: time,
    /** An earlier call was pending when this one was written: a definite answer to this one does not end that one. */
    overlapsEarlierCall: only,
    /** Personalize answered with an ARN that no describe has shown yet. */
    acknowledged: only,
  })
  .readonly();

const report = {
  generation: count,
  name: z.string(),
  correlationId: z.string(),
  clientContext: z.string().optional(),
};

/** Something of ours may have to be deleted before anything else happens on this dataset group. */
const cleanup = z
  .object({
    /** What is reported once the cleanup is complete. */
    report: z
      .union([
        z.object({ ...report, status: z.literal('DELETED') }).readonly(),
        z.object({ ...report, status: z.literal('CREATE FAILED'), failure: failureSchema }).readonly(),
      ])
      .optional(),
    /** When the deletion was first requested; its deadline counts from then. */
    deletionRequestedAt: time.optional(),
  })
  .readonly();
export type Cleanup = z.infer<typeof cleanup>;

/**
 * A task token that waits for an outcome; a secret. With `heartbeatSeconds`, its task needs a heartbeat at least that often while the
 * work goes on.
 */
const callback = z.object({ taskToken: z.string(), heartbeatSeconds: count.optional() }).readonly();
export type Callback = z.infer<typeof callback>;

/** An event of one type that the bus has not taken yet. `at` is when it became due. */
export type EventEntry<Type extends DetailType = DetailType> = {
  [Each in Type]: {
    readonly kind: 'event';
    readonly id: string;
    readonly at: number;
    readonly detailType: Each;
    readonly detail: DetailOf<Each>;
  };
}[Type];

const due = { id: z.string(), at: time };
/**
 * Each event type with its own detail: the registry pairs them, which TypeScript cannot see in a mapped list. An event that an older
 * version of the service recorded keeps the schema version that it had.
 */
const eventEntry = z.union(
  Object.entries(EVENT_TYPES).map(([detailType, { detail }]) =>
    z.object({
      ...due,
      kind: z.literal('event'),
      detailType: z.literal(detailType),
      detail: detail.safeExtend({ metadata: detail.shape.metadata.extend({ schemaVersion: z.string() }) as never }),
    }),
  ),
) as unknown as z.ZodType<EventEntry>;

const callbackEntry = z
  .object({
    ...due,
    ...callback.unwrap().shape,
    kind: z.literal('callback'),
    status: z.enum([...STATUSES, 'SUPERSEDED']),
    eventTrackerArn: z.string().optional(),
    failureCode: z.string().optional(),
    /** What to do about it; a text of the service's own. */
    remedy: z.string().optional(),
  })
  .readonly();
/** An answer that is due to a task token. */
export type DueCallback = z.infer<typeof callbackEntry>;

/** What has to be delivered: an event for the bus, or an answer to a task token. `at` is when it became due. */
export type OutboxEntry = EventEntry | DueCallback;

/** An accepted request: the hash of its key, the hash of its body, and the generation that it made or joined. */
const acceptedKey = z.object({ key: z.string(), body: z.string(), generation: count }).readonly();
export type AcceptedKey = z.infer<typeof acceptedKey>;

/** CreateEventTracker is refused because a tracker exists, yet none can be observed: since when, for the deadline. */
const alreadyExistsRefusal = z
  .object({ code: z.string(), since: time, awsRequestId: z.string().optional() })
  .readonly();
export type AlreadyExistsRefusal = z.infer<typeof alreadyExistsRefusal>;

/**
 * The one item of a dataset group; its meaning, attribute by attribute, is in docs/protocol.md, "The record". The store validates what
 * it reads by this schema: attributes that newer code added are kept.
 */
export const recordSchema = z.object({
  trackerId: z.string().min(1),
  rev: count,
  desired: z.enum(['PRESENT', 'ABSENT']),
  generation: count,
  requestedAt: time,
  observedGeneration: count,
  epoch: count,

  // A purged record names nobody: these are empty.
  datasetGroupArn: z.string(),
  name: z.string(),
  tags,
  /**
   * Whose tags are desired: those of the request, or whatever the tracker has. Absent: TRACKER for an adopted one, else REQUEST. An
   * adopted tracker keeps its own tags until a PATCH names some.
   */
  tagsFrom: z.enum(['REQUEST', 'TRACKER']).optional(),
  tenantId: z.string(),
  clientContext: z.string().optional(),
  /** How often the context was replaced, so that a late repeat of an old key does not restore an old one. */
  contextRevision: count.optional(),
  adoptExisting: z.boolean(),
  /** Wait also for a dataset group, or an Interactions dataset, that does not exist yet. */
  waitForDatasetGroup: z.boolean().optional(),
  correlationId: z.string(),
  traceparent: z.string().optional(),

  status,
  eventTrackerArn: z.string().optional(),
  /** The name and the callers' tags that Personalize has of this tracker, where they may differ from the request. */
  observed: z.object({ eventTrackerArn: z.string(), name: z.string(), tags }).readonly().optional(),
  trackingId: z.string().optional(),
  adopted: only,
  createdAt: time.optional(),
  failure: failureSchema.optional(),
  history: z.array(historyEntry).readonly(),

  /** The tags of an ACTIVE tracker are being changed. */
  tagUpdate: tagUpdate.optional(),
  tagCall: tagCall.optional(),
  /** Why the latest change of tags failed. The tracker stays ACTIVE. */
  updateFailure: failureSchema.optional(),

  attempt: count,
  /** What `attempt` was when the present generation began: the difference is that generation's calls. */
  attemptsBefore: count.optional(),
  call: pendingCall.optional(),
  cleanup: cleanup.optional(),
  checkedGeneration: count,
  /** When this generation's preflight passed, if it waited for the dataset group: the back-off of creates counts from then. */
  checkedAt: time.optional(),
  /** The request waits for its dataset group: since when in all, for the deadline, and for which part of it now. */
  preflightWait: z
    .object({ since: time, for: z.enum(DATASET_GROUP_PARTS) })
    .readonly()
    .optional(),
  alreadyExistsRefusal: alreadyExistsRefusal.optional(),

  sequence: count,
  outbox: z.array(z.union([eventEntry, callbackEntry])).readonly(),
  callbacks: z.array(callback).readonly(),
  keys: z.array(acceptedKey).readonly(),

  /** In the lane `admission`, `at` is the place. */
  due: z.object({ lane: z.enum(['urgent', 'routine', 'admission']), at: time }).readonly(),
  /** The newest generation whose calls to Personalize may be made; absent before the first, and in records of older code. */
  admittedGeneration: count.optional(),
  /** When the governor admitted this generation; absent if it did not have to wait. */
  admittedAt: time.optional(),
  /** Its tenant had few admissions at that time. */
  lightTenant: only,
  /** Its place among those that wait for admission, and when it is admitted at the earliest. */
  place: count.optional(),
  admissionNotBefore: time.optional(),
  notBefore: time.optional(),
  /** What the owner waits for, or is about to do; reported as `progress.waitingFor`. */
  waitingFor: z.enum(keysOf(WAITING_FOR)).optional(),
  /** When the present run of unreadable responses began: the deadline counts from then. */
  unreadableSince: time.optional(),
  takeOvers: count,
  /** The epoch whose execution handed over after its last round: the sweep starts the next one. Ignored for an older epoch. */
  handedOver: count.optional(),
  /** The drift that was reported: the kind, the ARN, the observed status. */
  reportedDrift: z.array(z.string()).readonly().optional(),
  /**
   * A tracker that the drift check did not find, and when. Reads can lag: until another tracker is known in its place, or its deletion
   * is requested, it is recorded again if it is observed, and never deleted by a cleanup.
   */
  missing: z.object({ eventTrackerArn: z.string(), at: time, adopted: only }).readonly().optional(),
  deletedAt: time.optional(),
  creationDateTime: time,
  lastUpdatedDateTime: time,
});
export type EventTrackerRecord = Readonly<z.infer<typeof recordSchema>>;
