import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeEventTrackerCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tagsOf } from '../../functions/gateways/personalize-calls.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { isIdle } from '../../functions/tracker/record.ts';
import { DurableMap } from '../../infra/local/durable-map.ts';
import { TABLE_NAME } from '../../infra/local/handlers.ts';
import { trackerRecord } from '../../infra/local/personalize/state.ts';
import { call, local, tokenOf } from '../e2e/local-runtime.ts';
import type { Host } from './host.ts';
import { type BookedTracker, type Ending, type Group, type Resource, resourceSchema } from './story.ts';
import { LOCAL_CLIENT } from './watch.ts';

const SWEEP_EVERY_MS = 250;

/**
 * Runs the sweeper until every record is idle, or the time is up. The judge reports records that are not idle then. This reads the records
 * instead of the index by due time, because the index can lack a record between two writes of the local DynamoDB.
 * @param withinMs longer than the longest backoff of a creation (a minute) plus a lease
 */
export async function sweepUntilIdle(host: Host, groups: readonly Group[], withinMs: number): Promise<void> {
  const { awsUrl } = await host.running();
  const dynamodb = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: awsUrl });
  const store = createTrackerStore(DynamoDBDocumentClient.from(dynamodb), TABLE_NAME);
  const until = Date.now() + withinMs;
  for (;;) {
    const records = await Promise.all(groups.map(({ datasetGroupArn }) => store.read(trackerIdOf(datasetGroupArn))));
    const areAllIdle = records.every((record) => record === undefined || isIdle(record));
    if (areAllIdle || Date.now() > until) break;
    await local({ awsUrl }, 'POST', '/_local/sweep', {});
    await pause(SWEEP_EVERY_MS);
  }
  dynamodb.destroy();
}

/** Reads the final state of every dataset group from the API, the record and Personalize. */
export async function readEndings(host: Host, groups: readonly Group[]): Promise<Ending[]> {
  const runtime = await host.running();
  const endpoint = { ...LOCAL_CLIENT, endpoint: runtime.awsUrl };
  const dynamodb = new DynamoDBClient(endpoint);
  const personalize = new PersonalizeClient(endpoint);
  const store = createTrackerStore(DynamoDBDocumentClient.from(dynamodb), TABLE_NAME);
  const endings: Ending[] = [];
  for (const { datasetGroupArn, tenantId } of groups) {
    const trackerId = trackerIdOf(datasetGroupArn);
    const record = await store.read(trackerId);
    const resource = await shown(runtime, await tokenOf(host, tenantId), trackerId);
    endings.push({
      datasetGroupArn,
      ...(resource && { resource }),
      ...(record && { sequence: record.sequence }),
      isIdle: record === undefined || isIdle(record),
      trackers: await trackersOn(personalize, datasetGroupArn),
    });
  }
  dynamodb.destroy();
  personalize.destroy();
  return endings;
}

async function shown(runtime: { apiUrl: string }, token: string, trackerId: string): Promise<Resource | undefined> {
  const { status, body } = await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token });
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET /event-trackers/${trackerId} returned ${status}.`);
  return resourceSchema.parse(body);
}

async function trackersOn(personalize: PersonalizeClient, datasetGroupArn: string): Promise<Ending['trackers']> {
  const { eventTrackers = [] } = await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
  const described = eventTrackers.map(async ({ eventTrackerArn = '' }) => {
    const { eventTracker = {} } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
    const { status = '', trackingId = '', name = '' } = eventTracker;
    const { tags = [] } = await personalize.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn }));
    return { eventTrackerArn, status, trackingId, name, tags: tagsOf({ tags }) };
  });
  return Promise.all(described);
}

/**
 * Reads every tracker that ever existed from the simulator's file, which keeps deleted ones. Reads a copy, because opening the file
 * rewrites it. The runtime must have stopped.
 */
export function readBook(data: string, copy: string): BookedTracker[] {
  const file = join(data, 'personalize', 'event-trackers.jsonl');
  if (!existsSync(file)) throw new Error(`The simulator left no ${file}.`);
  cpSync(file, copy);
  const map = new DurableMap(copy, trackerRecord);
  const book = [...map.values()].map(({ lifecycle: { creation, deletion }, ...tracker }) => ({
    eventTrackerArn: tracker.eventTrackerArn,
    trackingId: tracker.trackingId,
    name: tracker.name,
    datasetGroupArn: tracker.datasetGroupArn,
    createdAt: creation.at,
    settledAt: creation.at + creation.pendingMs + creation.inProgressMs,
    fails: creation.fails ?? false,
    ...(deletion && { goneAt: deletion.at + deletion.pendingMs + deletion.inProgressMs }),
  }));
  map.close();
  return book;
}
