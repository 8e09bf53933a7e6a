import {
  CreateEventTrackerCommand,
  DeleteEventTrackerCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import { expect } from 'vitest';
import { DRIFT_DETECTED, driftDetectedSchema, stateChangeSchema } from '../../events/contract.ts';
import { TRACKER_ID_TAG } from '../../functions/tracker/ownership.ts';
import type { PublishedEvent } from '../e2e/local-runtime.ts';
import type { DriftRow, FirstCheck } from './drift-rows.ts';
import { until } from './feed.ts';
import type { Group, Harness } from './harness.ts';
import { personalize } from './row.ts';
import { untilLanded } from './run-cases.ts';

/** The answer of a drift check, or its error. */
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
  readonly events: readonly PublishedEvent[];
  readonly left: readonly string[];
}

/** Creates a dataset group whose tracker is idle. */
export async function prepareIdle(harness: Harness, { doing }: DriftRow, name: string): Promise<Group> {
  const group = await harness.newGroup(name);
  const { trackerId, datasetGroupArn } = group;
  const isLate = doing === 'a create that takes effect after createInFlight';
  if (isLate) await harness.script(personalize('CreateEventTracker', 'late-act', 1, { delayMs: 3500 }), group);
  await harness.api('POST', '/event-trackers', { name, datasetGroupArn });
  if (isLate) {
    await until('the create call', async () => ((await harness.record(group))?.attempt ?? 0) > 0 || undefined);
  } else {
    await harness.feed.untilPublished(trackerId, 1);
  }
  if (isLate || doing === 'CreateEventTracker') await harness.api('DELETE', `/event-trackers/${trackerId}`);
  await harness.feed.untilPublished(trackerId, doing === 'CreateEventTracker' ? 2 : 1);
  await harness.untilIdle(group);
  if (isLate) await untilLanded(harness);
  return group;
}

/** Makes the row's change outside the service and waits until Personalize shows it. */
async function changeOutsideService(harness: Harness, group: Group, doing: DriftRow['doing']): Promise<void> {
  const { personalize: client } = harness;
  const eventTrackerArn = (await harness.record(group))?.eventTrackerArn;
  const untilShows = (status: string | undefined) =>
    until(`${status ?? 'no tracker'} on ${group.name}`, async () => {
      const [tracker] = await harness.trackersOf(group);
      return tracker?.status === status || undefined;
    });
  switch (doing) {
    case 'DeleteEventTracker':
      await client.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
      return void (await untilShows(undefined));
    case 'DeleteEventTracker, in progress':
      await harness.script(personalize('DeleteEventTracker', 'stuck'), group);
      await client.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
      return void (await untilShows('DELETE IN_PROGRESS'));
    case 'CreateEventTracker':
      await client.send(new CreateEventTrackerCommand({ name: 'foreign', datasetGroupArn: group.datasetGroupArn }));
      return void (await untilShows('ACTIVE'));
    case 'UntagResource': {
      await client.send(new UntagResourceCommand({ resourceArn: eventTrackerArn, tagKeys: [TRACKER_ID_TAG] }));
      const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn }));
      expect(tags?.map(({ tagKey }) => tagKey)).not.toContain(TRACKER_ID_TAG);
      return untilTagsAreRead(harness, group);
    }
    case 'TagResource':
      await client.send(
        new TagResourceCommand({ resourceArn: eventTrackerArn, tags: [{ tagKey: 'team', tagValue: 'another' }] }),
      );
      return untilTagsAreRead(harness, group);
    case 'a create that takes effect after createInFlight':
      return;
  }
}

/** Tags can show late, so the drift check reads only those of trackers that have been idle for createInFlight. */
async function untilTagsAreRead(harness: Harness, group: Group): Promise<void> {
  await until('createInFlight', async () => {
    const updatedAt = (await harness.record(group))?.lastUpdatedDateTime ?? 0;
    return Date.now() > updatedAt + harness.createInFlightMs || undefined;
  });
}

/** Runs the drift check. Does not throw for an error status. */
export async function checkDrift({ runtime }: Harness): Promise<Checked> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${runtime.awsUrl}/_local/drift`, { method: 'POST', headers });
  return { ...((await response.json()) as object), status: response.status };
}

/** Makes the row's change and checks for drift, a second time if a fault affects the first check. @returns the first answer */
export async function runDriftCase(harness: Harness, row: DriftRow, group: Group): Promise<Checked> {
  await changeOutsideService(harness, group, row.doing);
  if (row.fault) await harness.script(row.fault.script, group);
  const first = await checkDrift(harness);
  if (row.fault && row.fault.first !== 'finds it') await checkDrift(harness);
  await harness.feed.untilPublished(group.trackerId, row.published.length);
  await harness.untilIdle(group);
  return first;
}

/** The final state for callers and subscribers, and in Personalize. */
export async function readDriftState(harness: Harness, group: Group, first: Checked): Promise<DriftCaseResult> {
  await harness.untilIdle(group);
  await harness.feed.untilPublished(group.trackerId, (await harness.record(group))?.sequence ?? 0);
  const { body } = await harness.api('GET', `/event-trackers/${group.trackerId}`);
  const trackers = await harness.trackersOf(group);
  return {
    first,
    status: body.status,
    generation: body.generation,
    trackingId: body.trackingId,
    events: harness.feed.events(group.trackerId),
    left: trackers.map(({ status = '' }) => status),
  };
}

const FIRST: Readonly<Record<FirstCheck, Partial<Checked>>> = {
  'finds it': { status: 200, drifted: 1, failed: 0, aborted: false },
  'is aborted': { status: 200, drifted: 0, aborted: true },
  'counts the record as failed': { status: 200, drifted: 0, failed: 1, aborted: false },
  fails: { status: 500 },
};

export function assertDrift(row: DriftRow, seen: DriftCaseResult | undefined): void {
  if (seen === undefined) throw new Error('The row did not run.');
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
