import {
  CreateEventTrackerCommand,
  DeleteEventTrackerCommand,
  ListTagsForResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import { expect } from 'vitest';
import { DRIFT_DETECTED, driftDetectedSchema, stateChangeSchema } from '../../events/contract.ts';
import { TRACKER_ID_TAG } from '../../functions/tracker/ownership.ts';
import type { TakenEvent } from '../e2e/local-runtime.ts';
import type { DriftRow, FirstCheck } from './drift-rows.ts';
import { until } from './feed.ts';
import { untilLanded } from './play.ts';
import { personalize } from './row.ts';
import type { Group, Harness } from './stage.ts';

/** What a drift check answers, or that it failed. */
export interface Checked {
  readonly status: number;
  readonly drifted?: number;
  readonly failed?: number;
  readonly aborted?: boolean;
}

export interface DriftCaseResult {
  readonly first: Checked;
  readonly status: string;
  readonly generation: number;
  readonly trackingId?: string;
  readonly events: readonly TakenEvent[];
  readonly left: readonly string[];
}

/** A group whose tracker is idle. */
export async function atRest(stage: Harness, { doing }: DriftRow, name: string): Promise<Group> {
  const group = await stage.newGroup(name);
  const { trackerId, datasetGroupArn } = group;
  const isLate = doing === 'a create that takes effect after createInFlight';
  if (isLate) await stage.script(personalize('CreateEventTracker', 'late-act', 1, { delayMs: 3500 }), group);
  await stage.api('POST', '/event-trackers', { name, datasetGroupArn });
  if (isLate) {
    await until('the create call', async () => ((await stage.record(group))?.attempt ?? 0) > 0 || undefined);
  } else {
    await stage.feed.untilPublished(trackerId, 1);
  }
  if (isLate || doing === 'CreateEventTracker') await stage.api('DELETE', `/event-trackers/${trackerId}`);
  await stage.feed.untilPublished(trackerId, doing === 'CreateEventTracker' ? 2 : 1);
  await stage.untilIdle(group);
  if (isLate) await untilLanded(stage);
  return group;
}

/** Does it, and waits until Personalize shows it. */
async function doBehindOurBack(stage: Harness, group: Group, doing: DriftRow['doing']): Promise<void> {
  const { personalize: client } = stage;
  const eventTrackerArn = (await stage.record(group))?.eventTrackerArn;
  const untilShows = (status: string | undefined) =>
    until(`${status ?? 'no tracker'} on ${group.name}`, async () => {
      const [tracker] = await stage.trackersOf(group);
      return tracker?.status === status || undefined;
    });
  switch (doing) {
    case 'DeleteEventTracker':
      await client.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
      return void (await untilShows(undefined));
    case 'DeleteEventTracker, under way':
      await stage.script(personalize('DeleteEventTracker', 'stuck'), group);
      await client.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
      return void (await untilShows('DELETE IN_PROGRESS'));
    case 'CreateEventTracker':
      await client.send(new CreateEventTrackerCommand({ name: 'theirs', datasetGroupArn: group.datasetGroupArn }));
      return void (await untilShows('ACTIVE'));
    case 'UntagResource': {
      await client.send(new UntagResourceCommand({ resourceArn: eventTrackerArn, tagKeys: [TRACKER_ID_TAG] }));
      const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn }));
      expect(tags?.map(({ tagKey }) => tagKey)).not.toContain(TRACKER_ID_TAG);
      // Tags may show late: the drift check reads those of a tracker that has been idle for createInFlight.
      return void (await until('createInFlight', async () => {
        const updatedAt = (await stage.record(group))?.lastUpdatedDateTime ?? 0;
        return Date.now() > updatedAt + stage.createInFlightMs || undefined;
      }));
    }
    case 'a create that takes effect after createInFlight':
      return;
  }
}

/** The drift check now, whatever it answers. */
export async function checkDrift({ runtime }: Harness): Promise<Checked> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${runtime.awsUrl}/_local/drift`, { method: 'POST', headers });
  return { ...((await response.json()) as object), status: response.status };
}

/** Does it behind the service's back, and checks for drift; again, where a fault meets the first check. @returns its answer */
export async function runDriftCase(stage: Harness, row: DriftRow, group: Group): Promise<Checked> {
  await doBehindOurBack(stage, group, row.doing);
  if (row.fault) await stage.script(row.fault.script, group);
  const first = await checkDrift(stage);
  if (row.fault && row.fault.first !== 'finds it') await checkDrift(stage);
  await stage.feed.untilPublished(group.trackerId, row.published.length);
  await stage.untilIdle(group);
  return first;
}

/** What all sides see in the end. */
export async function readDriftState(stage: Harness, group: Group, first: Checked): Promise<DriftCaseResult> {
  await stage.untilIdle(group);
  await stage.feed.untilPublished(group.trackerId, (await stage.record(group))?.sequence ?? 0);
  const { body } = await stage.api('GET', `/event-trackers/${group.trackerId}`);
  const trackers = await stage.trackersOf(group);
  return {
    first,
    status: body.status,
    generation: body.generation,
    trackingId: body.trackingId,
    events: stage.feed.events(group.trackerId),
    left: trackers.map(({ status = '' }) => status),
  };
}

const FIRST: Readonly<Record<FirstCheck, Partial<Checked>>> = {
  'finds it': { status: 200, drifted: 1, failed: 0, aborted: false },
  'is cut short': { status: 200, drifted: 0, aborted: true },
  'counts the record as failed': { status: 200, drifted: 0, failed: 1, aborted: false },
  fails: { status: 500 },
};

export function assertDrift(row: DriftRow, seen: DriftCaseResult | undefined): void {
  if (seen === undefined) throw new Error('The row was not played.');
  expect(seen.first).toMatchObject(FIRST[row.fault?.first ?? 'finds it']);
  expect({ status: seen.status, generation: seen.generation }).toEqual({
    status: row.status,
    generation: row.generation,
  });
  expect(seen.left).toEqual(row.left);
  expect(publishedFor(seen)).toEqual(row.published);
  expect(seen.events.map(({ detail }) => detail.metadata.sequence)).toEqual(row.published.map((_, index) => index + 1));
  const usable = seen.events.map((event) => {
    if (event['detail-type'] === DRIFT_DETECTED) return driftDetectedSchema.parse(event.detail) && undefined;
    return stateChangeSchema.parse(event.detail).data.trackingId;
  });
  const ids = usable.filter((id) => id !== undefined);
  expect(new Set(ids).size, 'another tracker has another tracking ID').toBe(ids.length);
  expect(seen.trackingId).toBe(row.status === 'ACTIVE' ? ids.at(-1) : undefined);
}

/** `ACTIVE`, `drift TAGS_LOST`, and so on. */
export const publishedFor = ({ events }: DriftCaseResult): string[] =>
  events.map(({ 'detail-type': type, detail }) =>
    type === DRIFT_DETECTED ? `drift ${String(detail.data.drift)}` : detail.data.status,
  );
