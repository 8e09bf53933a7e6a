import { type DynamoDBDocumentClient, GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { holds, updateOfWhatDiffers } from '../../functions/store/conditional-write.ts';
import { toItem } from '../../functions/store/item.ts';
import { toRecord } from '../../functions/store/record-of-item.ts';
import { type EventTrackerRecord, isIdle } from '../../functions/tracker/record.ts';

/**
 * Added to every record's epoch and sequence after a restore (docs/protocol.md, "Purge and restore"). No tracker reaches this number by
 * itself: each epoch is one execution, and each sequence number is one event.
 */
export const FENCE_STEP = 1_000_000;

/** Names the restore after which a record was fenced, so that an interrupted run can be repeated. */
const FENCE_ATTRIBUTE = 'restoreFence';

const CONCURRENCY = 10;
const PAGE = 200;
/** Attempts per record before the run gives up. Normally the first succeeds, because nothing else should write to the table. */
const MAX_TRIES = 5;

export interface FenceCounts {
  /** All records found. */
  readonly records: number;
  /** Fenced by this run, or to be fenced if it is a dry run. */
  readonly fenced: number;
  /** Fenced after this restore by an earlier run. */
  readonly alreadyFenced: number;
  /** Those of `records` that are not idle. The sweeper takes them over. */
  readonly unfinished: number;
  /** Items of Idempotency-Keys, which stay unchanged. */
  readonly keys: number;
  /** The keys of other items, which stay unchanged. */
  readonly others: readonly string[];
}

export interface FenceOptions {
  readonly documents: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Names this restore. A record with this name is done, so each restore needs another one. */
  readonly fenceId: string;
  /**
   * 1 for the deployment's first restore, 2 for the second, …; 1 by default. A table restored to a time before the last fence has the old
   * numbers again, so this fence must exceed those that were used after the last one.
   */
  readonly restores?: number;
  /** When all records become due, in milliseconds since 1970. */
  readonly now: number;
  readonly dryRun: boolean;
  /** Called after each page of the table. */
  readonly onPage?: (counts: FenceCounts) => void;
}

/**
 * Fences every record of a restored table: raises epoch and sequence by a million per restore, and makes the record due, in the sweeper's
 * lane or, if it is idle, in the drift check's. Each record takes one write, conditional on the `rev` that was read. The run can be
 * interrupted at any point and repeated; no record is fenced twice.
 * @throws Error if something else keeps writing to a record; any other error of DynamoDB
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
        const outcome = await fenceItem(options, item);
        counts = { ...counts, ...added(counts, outcome, item) };
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
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

async function fenceItem(options: FenceOptions, found: Item): Promise<Outcome> {
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
      throw new Error(`The record ${String(item.trackerId)} has disappeared, but records are never deleted.`);
    item = Item;
  }
  throw new Error(
    `Something else is writing to the record ${String(item.trackerId)}. Stop everything that uses the table ${tableName} first.`,
  );
}

/** @returns false if the item was written since it was read, possibly by this same write if its answer was lost */
function fence({ documents, tableName, fenceId, restores = 1, now }: FenceOptions, item: Item): Promise<boolean> {
  const record = toRecord(item);
  const after = { ...toItem(fenced(record, restores * FENCE_STEP, now)), [FENCE_ATTRIBUTE]: fenceId };
  return holds(
    documents.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { trackerId: record.trackerId },
        ...updateOfWhatDiffers(toItem(record), after),
      }),
    ),
  );
}

/** The sweeper skips idle records; the drift check finds out what has become of their trackers. */
const fenced = (record: EventTrackerRecord, step: number, now: number): EventTrackerRecord => ({
  ...record,
  rev: record.rev + 1,
  epoch: record.epoch + step,
  sequence: record.sequence + step,
  due: { lane: isIdle(record) ? 'routine' : 'urgent', at: now },
  // Its place is one among those of another time.
  place: undefined,
  admissionNotBefore: undefined,
});
