import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { TrackerRow } from '../../../console/protocol.ts';
import { resourceOf } from '../../../functions/api/resource.ts';
import { lifecycleSettings } from '../../../functions/environment.ts';
import { UnreadableItem } from '../../../functions/store/item.ts';
import { toRecord } from '../../../functions/store/record-of-item.ts';
import { createTrackerStore } from '../../../functions/store/tracker-store.ts';
import { isTrackerId } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { WAITING_FOR } from '../../../functions/tracker/waiting-for.ts';
import type { ItemWrite } from '../dynamodb/service.ts';

/** The most keys of one BatchGetItem. */
const MAX_KEYS = 100;

/** Reads the records of the table for the console. As in the API's lists, a record that cannot be read is left out. */
export function createTrackerRows(client: DynamoDBClient, tableName: string) {
  const documents = DynamoDBDocumentClient.from(client);
  const store = createTrackerStore(documents, tableName);
  return {
    /** All trackers. */
    async all(): Promise<TrackerRow[]> {
      const rows: TrackerRow[] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey }),
        );
        for (const item of page.Items ?? []) {
          const record = readable(item);
          if (record !== undefined && isListed(record)) rows.push(rowOf(record));
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return rows;
    },

    /** The present state of these; `removed` are those that no list has any more. */
    async these(trackerIds: readonly string[]): Promise<{ trackers: TrackerRow[]; removed: string[] }> {
      const trackers: TrackerRow[] = [];
      for (let from = 0; from < trackerIds.length; from += MAX_KEYS) {
        const { records } = await store.readMany(trackerIds.slice(from, from + MAX_KEYS));
        trackers.push(...records.filter(isListed).map(rowOf));
      }
      const found = new Set(trackers.map(({ trackerId }) => trackerId));
      return { trackers, removed: trackerIds.filter((id) => !found.has(id)) };
    },

    record: (trackerId: string): Promise<EventTrackerRecord | undefined> => store.read(trackerId),
  };
}

/** Items with other ids are operations, keys of requests and the position of the drift check. */
const readable = (item: Record<string, unknown>): EventTrackerRecord | undefined => {
  if (!isTrackerId(String(item.trackerId))) return undefined;
  try {
    return toRecord(item);
  } catch (error) {
    if (error instanceof UnreadableItem) return undefined;
    throw error;
  }
};

/** A purged record names no tenant. */
const isListed = ({ tenantId }: EventTrackerRecord): boolean => tenantId !== '';

function rowOf(record: EventTrackerRecord): TrackerRow {
  const { trackerId, name, tenantId, datasetGroupArn, status, progress, adopted, failure, updateFailure, ...resource } =
    resourceOf(record, lifecycleSettings());
  return {
    trackerId,
    rev: record.rev,
    name,
    tenantId,
    datasetGroupArn,
    status,
    adopted: adopted ?? false,
    ...(progress && { waitingFor: WAITING_FOR[progress.waitingFor], nextPollAt: Date.parse(progress.nextPollAt) }),
    ...(failure && { failureCode: failure.code }),
    ...(updateFailure && { updateFailureCode: updateFailure.code }),
    outbox: record.outbox.length,
    createdAt: Date.parse(resource.creationDateTime),
    updatedAt: Date.parse(resource.lastUpdatedDateTime),
  };
}

/** The tracker whose record a write has changed; undefined if it wrote another item, or to another table. */
export function trackerWritten({ input }: ItemWrite, tableName: string): string | undefined {
  if (input.TableName !== tableName) return undefined;
  const id = attribute(input.Key, 'trackerId') ?? attribute(input.Item, 'trackerId');
  return id !== undefined && isTrackerId(id) ? id : undefined;
}

/** The epoch with which the sweeper has taken the record over in this write; undefined if it is another write. */
export function epochOfTakeOver({ input }: ItemWrite): number | undefined {
  const takeOvers = Number(attribute(input.ExpressionAttributeValues, ':takeOvers') ?? 0);
  const epoch = attribute(input.ExpressionAttributeValues, ':epoch');
  return takeOvers > 0 && epoch !== undefined ? Number(epoch) : undefined;
}

/** The text or the number of an attribute in DynamoDB's notation. */
function attribute(attributes: unknown, name: string): string | undefined {
  if (typeof attributes !== 'object' || attributes === null) return undefined;
  const value: unknown = Object.entries(attributes).find(([each]) => each === name)?.[1];
  if (typeof value !== 'object' || value === null) return undefined;
  if ('S' in value) return String(value.S);
  return 'N' in value ? String(value.N) : undefined;
}
