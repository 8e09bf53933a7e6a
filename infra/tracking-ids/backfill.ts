import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { EVENT_SOURCE, type EventTrackerStateChange, SCHEMA_VERSION, STATE_CHANGE } from '../../events/contract.ts';
import { toRecord } from '../../functions/store/record-of-item.ts';
import { actualOf } from '../../functions/tracker/name-and-tags.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';

/** How many invocations run in parallel. Parameter Store accepts three writes per second by default. */
const CONCURRENCY = 2;
const PAGE = 200;

export interface BackfillOptions {
  readonly documents: DynamoDBDocumentClient;
  /** The table of the records. */
  readonly tableName: string;
  /** Hands an event to the function. Rejects if the function failed. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Only trackers of these tenants; by default all. */
  readonly tenants?: readonly string[];
  readonly onFailed?: (trackerId: string, error: unknown) => void;
}

export interface BackfillCounts {
  /** Trackers whose tracking ID was handed over. */
  readonly active: number;
  /** Trackers that are gone, of which nothing may be left. */
  readonly gone: number;
  /** Trackers without an outcome: its event follows. */
  readonly inProgress: number;
  readonly failed: number;
}

/**
 * Hands the newest outcome of every record to a function that keeps tracking IDs, as the State Change that reported it. The record has that
 * event's `sequence` or a higher one, so the function treats it like every other event: it can be repeated at any time, and runs beside events
 * that arrive meanwhile.
 * @throws DynamoDB's errors
 */
export async function backfill(options: BackfillOptions): Promise<BackfillCounts> {
  const { documents, tableName, tenants } = options;
  const counts = { active: 0, gone: 0, inProgress: 0, failed: 0 };
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, Limit: PAGE, ExclusiveStartKey }),
    );
    const queue = (page.Items ?? [])
      // The other items are Idempotency-Keys and the drift check's cursor.
      .filter((item) => typeof item.rev === 'number')
      .map(toRecord)
      // A purged record belongs to nobody.
      .filter(({ tenantId }) => tenantId !== '' && (tenants?.includes(tenantId) ?? true));
    const work = async () => {
      for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
        counts[await handOver(options, record)] += 1;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return counts;
}

async function handOver(
  { invoke, onFailed }: BackfillOptions,
  record: EventTrackerRecord,
): Promise<keyof BackfillCounts> {
  const event = outcomeOf(record);
  if (event === undefined) return 'inProgress';
  try {
    await invoke(event);
    return record.status === 'ACTIVE' ? 'active' : 'gone';
  } catch (error) {
    onFailed?.(record.trackerId, error);
    return 'failed';
  }
}

/** The State Change to the record's outcome; undefined if it has none yet. */
function outcomeOf(record: EventTrackerRecord) {
  const { trackerId, datasetGroupArn, tenantId, sequence, correlationId, status, trackingId, failure } = record;
  const isActive = status === 'ACTIVE' && trackingId !== undefined;
  const isGone = status === 'DELETED' || status === 'RELEASED' || (status === 'CREATE FAILED' && failure !== undefined);
  if (sequence === 0 || !(isActive || isGone)) return undefined;
  const since = record.history.findLast((entry) => entry.status === status)?.at ?? record.lastUpdatedDateTime;
  const detail: EventTrackerStateChange = {
    metadata: {
      eventId: `${trackerId}-${sequence}`,
      schemaVersion: SCHEMA_VERSION,
      sequence,
      tenantId,
      correlationId,
      occurredAt: new Date(since).toISOString(),
    },
    data: {
      trackerId,
      status,
      previousStatus: status,
      name: actualOf(record).name,
      datasetGroupArn,
      ...(isActive && { trackingId }),
      ...(failure && { failure }),
    },
  };
  return { source: EVENT_SOURCE, 'detail-type': STATE_CHANGE, detail };
}
