import type * as z from 'zod';
import { type EventTrackerRecord, isSettled, recordSchema } from '../tracker/record.ts';

/** The index by due time, for the sweeper and the drift check. */
export const DUE_INDEX = 'due';
/** The index by tenant, for lists. */
export const TENANT_INDEX = 'tenant';

/** The index of a tenant's unfinished trackers: a record is in it from the request to the outcome, and while a cleanup is pending. */
export const UNFINISHED_INDEX = 'unfinished';

/** The number of partitions per lane, so that a burst of trackers does not write to a single one. */
export const DUE_SHARDS = 4;

/** The partition of a lane's shard. */
export const dueLane = (lane: 'urgent' | 'routine', shard: number): string => `${lane}#${shard}`;

function shardOf(trackerId: string): number {
  let sum = 0;
  for (const character of trackerId) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return sum % DUE_SHARDS;
}

/** The record as an item: `due` becomes the two keys of its index, and undefined attributes are left out. */
export function toItem(record: EventTrackerRecord): Record<string, unknown> {
  const { due, ...attributes } = record;
  const item = {
    ...attributes,
    dueLane: dueLane(due.lane, shardOf(record.trackerId)),
    dueAt: due.at,
    // A heartbeat does not change it: the index is written only when work on a tracker begins and when it ends.
    ...(!isSettled(record) && record.tenantId !== '' && { unfinishedOf: record.tenantId }),
  };
  // A purged record names no tenant, and an index key must not be empty: it leaves the tenant's index.
  return Object.fromEntries(
    Object.entries(item).filter(([name, value]) => value !== undefined && !(name === 'tenantId' && value === '')),
  );
}

/** An item that is not a valid record. The message names the record, the attribute and the rule. */
export class UnreadableItem extends Error {
  constructor(trackerId: unknown, faults: string) {
    super(`The item ${JSON.stringify(trackerId)} is not a record of an event tracker: ${faults}.`);
    this.name = 'UnreadableItem';
  }
}

const LANE = /^(urgent|routine)#\d+$/;

/**
 * The record of an item that this service wrote. Attributes of newer code are kept.
 * @throws UnreadableItem if an attribute is missing or invalid; its message contains no values, because some are secret
 */
export function toRecord(item: Record<string, unknown>): EventTrackerRecord {
  const { dueLane: lane, dueAt, unfinishedOf: _, ...attributes } = item;
  const due = { lane: LANE.exec(String(lane))?.[1], at: dueAt };
  const read = { tenantId: '', ...attributes, due };
  const parsed = recordSchema.safeParse(read);
  if (!parsed.success) throw new UnreadableItem(item.trackerId, faultsOf(parsed.error));
  // As it was read, and not as it was parsed: newer code may have added something within its attributes, too.
  return read as typeof read & typeof parsed.data;
}

/** Attributes that exist only in the item, for an index. Errors name them as the item does. */
const NAME_IN_ITEM: Readonly<Record<string, string>> = { 'due.lane': 'dueLane', 'due.at': 'dueAt' };

/** What is wrong with an item, by attribute and rule, without its values: some are secret. */
function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, code, message }) => {
      const place = path.map(String).join('.');
      // A union reports the errors of each of its members: too much for a line.
      return `${NAME_IN_ITEM[place] ?? place}: ${code === 'invalid_union' ? 'is none of the forms it may have' : message}`;
    })
    .join('; ');
}
