import { placeName, placeOf } from '../tracker/accounts.ts';
import { actualOf } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isSettled, type Status } from '../tracker/record.ts';

/** The index by due time, for the sweeper and the drift check. */
export const DUE_INDEX = 'due';
/** The index by tenant, for lists. */
export const TENANT_INDEX = 'tenant';

/** The index of a tenant's unfinished trackers: a record is in it from the request to the outcome, and while a cleanup is pending. */
export const UNFINISHED_INDEX = 'unfinished';

/** The index of all tenants' trackers by status, in order of their last change, for platforms. A purged record is not in it. */
export const STATUS_INDEX = 'status';

/** The number of partitions per status, for the same reason as `DUE_SHARDS`. */
export const STATUS_SHARDS = 4;

/** The partition of a status's shard. */
export const statusPartition = (status: Status, shard: number): string => `${status}#${shard}`;

/**
 * The place of a record in the order of changes, which the sort key of the status index is: distinct for each record, and in the order of
 * texts. @param lastChange milliseconds since the epoch
 */
export const positionOf = (lastChange: number, trackerId: string): string =>
  `${new Date(lastChange).toISOString()}#${trackerId}`;

/** The number of partitions per lane, so that a burst of trackers does not write to a single one. */
export const DUE_SHARDS = 4;

/** The partition of a lane's shard. */
export const dueLane = (lane: 'urgent' | 'routine', shard: number): string => `${lane}#${shard}`;

/** The partition of a shard of the records that wait for admission in an account and Region, such as `210987654321/eu-west-1`. */
export const admissionLane = (place: string, shard: number): string => `admission#${place}#${shard}`;

/** The partition that a record is in. */
function lanePartition({ trackerId, due: { lane }, datasetGroupArn }: EventTrackerRecord): string {
  const shard = shardOf(trackerId, DUE_SHARDS);
  if (lane !== 'admission') return dueLane(lane, shard);
  const place = placeOf(datasetGroupArn);
  if (place === undefined) throw new Error(`The record ${trackerId} waits for admission in no account and Region.`);
  return admissionLane(placeName(place), shard);
}

function shardOf(trackerId: string, shards: number): number {
  let sum = 0;
  for (const character of trackerId) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return sum % shards;
}

/** The attributes of the status index: its keys, and what filters compare. Like `lastUpdatedDateTime`, a heartbeat changes none. */
function listedAttributes(record: EventTrackerRecord) {
  if (record.tenantId === '') return {};
  const { trackerId, status, lastUpdatedDateTime, failure } = record;
  return {
    listedIn: statusPartition(status, shardOf(trackerId, STATUS_SHARDS)),
    listedAt: positionOf(lastUpdatedDateTime, trackerId),
    // Filters ignore case.
    listedName: actualOf(record).name.toLowerCase(),
    ...(failure && { listedFailure: failure.code }),
  };
}
const LISTED_ATTRIBUTES = ['listedIn', 'listedAt', 'listedName', 'listedFailure'] as const;

/** Whether the item was written by code that did not know the status index yet, or not what belongs into it. */
export function isListedWrongly(item: Record<string, unknown>, record: EventTrackerRecord): boolean {
  const listed: Record<string, unknown> = listedAttributes(record);
  return LISTED_ATTRIBUTES.some((name) => item[name] !== listed[name]);
}

/** The item with values for the status index that no item has, so that every one of them counts as changed. */
export const withListingForgotten = (item: Record<string, unknown>): Record<string, unknown> => ({
  ...item,
  ...Object.fromEntries(LISTED_ATTRIBUTES.map((name) => [name, null])),
});

/** The record as an item: `due` becomes the two keys of its index, and undefined attributes are left out. */
export function toItem(record: EventTrackerRecord): Record<string, unknown> {
  const { due, ...attributes } = record;
  const item = {
    ...attributes,
    dueLane: lanePartition(record),
    dueAt: due.at,
    // A heartbeat does not change it: the index is written only when work on a tracker begins and when it ends.
    ...(!isSettled(record) && record.tenantId !== '' && { unfinishedOf: record.tenantId }),
    ...listedAttributes(record),
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

export const isOfStatusIndex = (name: string): boolean => (LISTED_ATTRIBUTES as readonly string[]).includes(name);
