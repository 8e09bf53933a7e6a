import {
  DeleteEventTrackerCommand,
  DescribeEventTrackerCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-personalize';
import { expect } from 'vitest';
import { DRIFT_DETECTED } from '../../events/contract.ts';
import type { DeploymentRow, Step } from './deployment-rows.ts';
import { until } from './feed.ts';
import { personalize } from './row.ts';
import type { Group, Harness } from './stage.ts';

/** Two deployments on one Personalize, which is the runtime's of `prod`. `dev` is the one whose rows are played. */
export interface Deployments {
  readonly prod: Harness;
  readonly dev: Harness;
}

export interface DeploymentSeen {
  readonly group: Group;
  /** The tracker of `prod` before anything was asked of `dev`, its tags included. */
  readonly before: object;
  readonly answers: readonly { readonly status: number; readonly body: Readonly<Record<string, unknown>> }[];
}

const pathOf = ({ trackerId }: Group): string => `/event-trackers/${trackerId}`;

/** What Personalize has on the group. */
export async function trackerOf({ prod }: Deployments, group: Group): Promise<object> {
  const trackers = await prod.trackersOf(group);
  return Promise.all(
    trackers.map(async ({ eventTrackerArn }) => {
      const { eventTracker } = await prod.personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
      const { tags } = await prod.personalize.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn }));
      return { ...eventTracker, tags };
    }),
  );
}

/** Brings `dev` to where the row begins, then `prod` creates its tracker, then the row's requests are made of `dev`. */
export async function playDeployments(
  stages: Deployments,
  { before, steps }: DeploymentRow,
  name: string,
): Promise<DeploymentSeen> {
  const { prod, dev } = stages;
  const group = await prod.newGroup(name);
  const { datasetGroupArn, trackerId } = group;
  const asked = { name, datasetGroupArn };
  if (before !== 'nothing') {
    if (before === 'CREATE FAILED') await prod.script(personalize('CreateEventTracker', 'create-failed'), group);
    await dev.api('POST', '/event-trackers', asked);
    await dev.feed.untilPublished(trackerId, 1);
    await dev.untilIdle(group);
  }
  if (before === 'deleted through the service') {
    await dev.api('DELETE', pathOf(group));
    await dev.feed.untilPublished(trackerId, 2);
  }
  if (before === 'deleted behind our back') {
    const eventTrackerArn = (await dev.record(group))?.eventTrackerArn;
    await dev.personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
  }
  await until(`no tracker on ${name}`, async () => (await prod.trackersOf(group)).length === 0 || undefined);

  await prod.api('POST', '/event-trackers', asked);
  await prod.feed.untilPublished(trackerId, 1);
  await prod.untilIdle(group);
  const there = await trackerOf(stages, group);
  const answers = [];
  for (const step of steps) {
    answers.push(await ask(dev, group, step));
    await dev.untilIdle(group);
  }
  return { group, before: there, answers };
}

async function ask(dev: Harness, group: Group, step: Step) {
  const { name, datasetGroupArn } = group;
  switch (step) {
    case 'POST':
      return dev.api('POST', '/event-trackers', { name, datasetGroupArn });
    case 'POST with adoptExisting':
      return dev.api('POST', '/event-trackers', { name, datasetGroupArn, adoptExisting: true });
    case 'POST, not started':
      // As many as the SDK makes tries.
      await dev.script(
        { place: 'step-functions', operation: 'StartExecution', fault: 'server-error', times: 3 },
        group,
      );
      return dev.api('POST', '/event-trackers', { name, datasetGroupArn });
    case 'DELETE':
      return dev.api('DELETE', pathOf(group));
    case 'DELETE with destroy=true':
      return dev.api('DELETE', `${pathOf(group)}?destroy=true`);
    case 'retry':
      return dev.api('POST', `${pathOf(group)}/retry`);
  }
}

/** `dev` has done what the row describes, and the tracker of `prod` is as it was, in Personalize and in `prod`. */
export async function assertDeployments(
  stages: Deployments,
  row: DeploymentRow,
  seen: DeploymentSeen | undefined,
): Promise<void> {
  if (seen === undefined) throw new Error('The row was not played.');
  const { prod, dev } = stages;
  const { group, before } = seen;
  expect(await trackerOf(stages, group)).toEqual(before);
  const theirs = (await prod.api('GET', pathOf(group))).body;
  expect(before).toMatchObject([{ eventTrackerArn: theirs.eventTrackerArn, trackingId: theirs.trackingId }]);
  expect(theirs).toMatchObject({ status: 'ACTIVE', generation: 1 });

  const ours = (await dev.api('GET', pathOf(group))).body;
  expect({ status: ours.status, code: ours.failure?.code }).toEqual({ status: row.status, code: row.code });
  if (row.code === 'CONFLICT') {
    expect(ours.failure.reason).toContain('"prod"');
    expect(ours.failure.reason).toContain(theirs.eventTrackerArn);
  }
  expect(ours.trackingId).toBe(row.status === 'ACTIVE' ? theirs.trackingId : undefined);
  expect(seen.answers.map(({ status }) => status)).toEqual(row.answers);
  const refused = seen.answers.find(({ status }) => status === 403);
  if (refused) expect(refused.body).toMatchObject({ reason: 'DESTROY_NOT_ENABLED', retryable: false });
  await dev.feed.untilPublished(group.trackerId, row.published.length);
  const published = dev.feed
    .events(group.trackerId)
    .map(({ 'detail-type': type, detail }) =>
      type === DRIFT_DETECTED ? `drift ${String(detail.data.drift)}` : detail.data.status,
    );
  expect(published).toEqual(row.published);
  const deletions = (await prod.calls()).filter(
    ({ operation, parameters }) =>
      operation === 'DeleteEventTracker' && parameters.eventTrackerArn === theirs.eventTrackerArn,
  );
  expect(deletions).toEqual([]);
}
