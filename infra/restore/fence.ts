import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { toItem, toRecord } from '../../functions/store/item.ts';
import { type EventTrackerRecord, isIdle } from '../../functions/tracker/record.ts';

/**
 * What is added to every record's epoch and sequence after a restore (docs/protocol.md, "Purge and restore"). More than any tracker comes to: an
 * epoch is one execution, a sequence one event.
 */
export const FENCE_STEP = 1_000_000;

/** The attribute that says which restore a record was fenced after, so that a run that died can be run again. */
const FENCE_ATTRIBUTE = 'restoreFence';

const WRITES_AT_ONCE = 10;
const PAGE = 200;
/** Writes of others that a record's fence may meet before the run gives up: nothing should write at all. */
const MAX_TRIES = 5;

export interface FenceCounts {
  /** Records found, all told. */
  readonly records: number;
  /** Fenced by this run; in a dry run, what would be. */
  readonly fenced: number;
  /** Fenced after this restore already, by a run before. */
  readonly alreadyFenced: number;
  /** Of `records`: without an outcome, with remains, or with something to tell. The sweep takes them up. */
  readonly unfinished: number;
  /** Items of Idempotency-Keys, which are left alone. */
  readonly keys: number;
  /** The keys of items that are neither, which are left alone. */
  readonly others: readonly string[];
}

export interface FenceOptions {
  readonly documents: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Names this restore. A record that carries the name is done; each restore needs another one. */
  readonly fenceId: string;
  /**
   * How many restores the deployment has come to, this one counted; 1. A table that is restored once more to a time before the
   * last fence has the old numbers again: the step from them has to lead above what ran after that fence.
   */
  readonly restores?: number;
  /** Milliseconds since the epoch: when everything falls due. */
  readonly now: number;
  readonly dryRun: boolean;
  /** Told after each page of the table. */
  readonly onPage?: (counts: FenceCounts) => void;
}

/**
 * Fences every record of a restored table: epoch and sequence rise by a million for each restore there was, and it is due at once, in the sweep's lane or, where
 * it is quiet, in the drift check's. Each record is one write, on the condition that nobody has written since it was read: killed at
 * any point and run again, no record is fenced twice.
 * @throws Error when a record was written by others time and again: something runs that should not; whatever DynamoDB answers
 */
export async function fenceTable(options: FenceOptions): Promise<FenceCounts> {
  const { documents, tableName, onPage } = options;
  let counts: FenceCounts = { records: 0, fenced: 0, alreadyFenced: 0, unfinished: 0, keys: 0, others: [] };
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, Limit: PAGE, ExclusiveStartKey }),
    );
    const queue = [...(page.Items ?? [])];
    const work = async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        const outcome = await visit(options, item);
        counts = { ...counts, ...added(counts, outcome, item) };
      }
    };
    await Promise.all(Array.from({ length: WRITES_AT_ONCE }, work));
    onPage?.(counts);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return counts;
}

type Item = Record<string, unknown>;
type Outcome = 'fenced' | 'alreadyFenced' | 'key' | 'other';

function added(counts: FenceCounts, outcome: Outcome, item: Item): Partial<FenceCounts> {
  switch (outcome) {
    case 'key':
      return { keys: counts.keys + 1 };
    case 'other':
      return { others: [...counts.others, String(item.trackerId)] };
    default:
      return {
        records: counts.records + 1,
        [outcome]: counts[outcome] + 1,
        unfinished: counts.unfinished + (isIdle(toRecord(item)) ? 0 : 1),
      };
  }
}

async function visit(options: FenceOptions, found: Item): Promise<Outcome> {
  const { documents, tableName, fenceId, dryRun } = options;
  let item = found;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (typeof item.rev !== 'number') return String(item.trackerId).startsWith('idem#') ? 'key' : 'other';
    if (item[FENCE_ATTRIBUTE] === fenceId) return 'alreadyFenced';
    if (dryRun || (await fence(options, item))) return 'fenced';
    const { Item } = await documents.send(
      new GetCommand({ TableName: tableName, Key: { trackerId: item.trackerId }, ConsistentRead: true }),
    );
    if (Item === undefined)
      throw new Error(`The record ${String(item.trackerId)} is gone, and records are never deleted.`);
    item = Item;
  }
  throw new Error(`Others write the record ${String(item.trackerId)}: stop what runs on the table ${tableName} first.`);
}

/** @returns false when somebody has written since the item was read; it may have been this very write, its answer lost */
async function fence(options: FenceOptions, item: Item): Promise<boolean> {
  const { documents, tableName, fenceId, restores = 1, now } = options;
  const record = toRecord(item);
  const { rev, epoch, sequence, dueLane, dueAt } = toItem(fenced(record, restores * FENCE_STEP, now));
  try {
    await documents.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { trackerId: record.trackerId },
        UpdateExpression:
          'SET #rev = :rev, #epoch = :epoch, #sequence = :sequence, #dueLane = :dueLane, #dueAt = :dueAt, #fence = :fence',
        ConditionExpression: '#rev = :revBefore',
        ExpressionAttributeNames: {
          '#rev': 'rev',
          '#epoch': 'epoch',
          '#sequence': 'sequence',
          '#dueLane': 'dueLane',
          '#dueAt': 'dueAt',
          '#fence': FENCE_ATTRIBUTE,
        },
        ExpressionAttributeValues: {
          ':rev': rev,
          ':epoch': epoch,
          ':sequence': sequence,
          ':dueLane': dueLane,
          ':dueAt': dueAt,
          ':fence': fenceId,
          ':revBefore': record.rev,
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** The sweep refuses what is quiet: that is the drift check's, which finds what became of its tracker since. */
const fenced = (record: EventTrackerRecord, step: number, now: number): EventTrackerRecord => ({
  ...record,
  rev: record.rev + 1,
  epoch: record.epoch + step,
  sequence: record.sequence + step,
  due: { lane: isIdle(record) ? 'routine' : 'urgent', at: now },
});
