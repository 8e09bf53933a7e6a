import * as z from 'zod';
import { EVENT_TYPES, failureSchema, STATUSES } from '../../events/contract.ts';
import { HISTORY_CAUSES } from '../tracker/history.ts';
import {
  DATASET_GROUP_PARTS,
  type EventEntry,
  type EventTrackerRecord,
  type OutboxEntry,
  WAITING_FOR,
} from '../tracker/record.ts';

const time = z.number();
const count = z.int().min(0);
const only = z.literal(true).optional();
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

const status = z.enum(STATUSES);

const tag = z.object({ tagKey: z.string(), tagValue: z.string() });

const due = { id: z.string(), at: time };
/** Each event type with its own detail: the registry pairs them, which TypeScript can't see in a mapped list. */
const eventEntry = z.union(
  Object.entries(EVENT_TYPES).map(([detailType, { detail }]) =>
    z.object({ ...due, kind: z.literal('event'), detailType: z.literal(detailType), detail }),
  ),
) as unknown as z.ZodType<EventEntry>;
const outboxEntry = z.union([
  eventEntry,
  z.object({
    ...due,
    kind: z.literal('callback'),
    taskToken: z.string(),
    heartbeatSeconds: count.optional(),
    status: z.enum([...STATUSES, 'SUPERSEDED']),
    eventTrackerArn: z.string().optional(),
    failureCode: z.string().optional(),
    remedy: z.string().optional(),
  }),
]) satisfies z.ZodType<OutboxEntry>;

const cleanup = z.object({
  deletionRequestedAt: time.optional(),
  report: z
    .object({
      status: z.enum(['DELETED', 'CREATE FAILED']),
      generation: count,
      name: z.string(),
      correlationId: z.string(),
      clientContext: z.string().optional(),
      failure: failureSchema.optional(),
    })
    .optional(),
});

/** Every attribute of a record, as it must be read: what newer code added beside them is let be. */
const attributes = {
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
  tags: z.array(tag),
  tenantId: z.string(),
  clientContext: z.string().optional(),
  contextRevision: count.optional(),
  adoptExisting: z.boolean(),
  waitForDatasetGroup: z.boolean().optional(),
  correlationId: z.string(),
  traceparent: z.string().optional(),

  status,
  eventTrackerArn: z.string().optional(),
  observed: z.object({ eventTrackerArn: z.string(), name: z.string(), tags: z.array(tag) }).optional(),
  trackingId: z.string().optional(),
  adopted: only,
  createdAt: time.optional(),
  failure: failureSchema.optional(),
  history: z.array(
    z.object({
      at: time,
      generation: count,
      status,
      cause: z.enum(keysOf(HISTORY_CAUSES)),
      reason: z.string().optional(),
      awsRequestId: z.string().optional(),
    }),
  ),

  attempt: count,
  attemptsBefore: count.optional(),
  call: z.object({ attempt: count, at: time, overlapsEarlierCall: only, acknowledged: only }).optional(),
  cleanup: cleanup.optional(),
  checkedGeneration: count,
  checkedAt: time.optional(),
  preflightWait: z.object({ since: time, for: z.enum(DATASET_GROUP_PARTS) }).optional(),
  alreadyExistsRefusal: z.object({ code: z.string(), since: time, awsRequestId: z.string().optional() }).optional(),

  sequence: count,
  outbox: z.array(outboxEntry),
  callbacks: z.array(z.object({ taskToken: z.string(), heartbeatSeconds: count.optional() })),
  keys: z.array(z.object({ key: z.string(), body: z.string(), generation: count })),

  due: z.object({ lane: z.enum(['urgent', 'routine']), at: time }),
  notBefore: time.optional(),
  waitingFor: z.enum(keysOf(WAITING_FOR)).optional(),
  unreadableSince: time.optional(),
  takeOvers: count,
  handedOver: count.optional(),
  reportedDrift: z.array(z.string()).optional(),
  missing: z.object({ eventTrackerArn: z.string(), at: time, adopted: only }).optional(),
  deletedAt: time.optional(),
  creationDateTime: time,
  lastUpdatedDateTime: time,
} satisfies { readonly [Name in keyof Required<EventTrackerRecord>]: z.ZodType<EventTrackerRecord[Name]> };

export const recordShape = z.object(attributes);

/** Attributes that exist for an index are the item's own; an error names them as the item does. */
const NAME_IN_ITEM: Readonly<Record<string, string>> = { 'due.lane': 'dueLane', 'due.at': 'dueAt' };

/**
 * What is wrong about an item, by attribute and rule, and none of its values: some are secret.
 */
export function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, code, message }) => {
      const place = path.map(String).join('.');
      // A union reports the errors of each of its members: too much for a line.
      return `${NAME_IN_ITEM[place] ?? place}: ${code === 'invalid_union' ? 'is none of the forms it may have' : message}`;
    })
    .join('; ');
}
