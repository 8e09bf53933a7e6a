import {
  DeleteEventTrackerCommand,
  DescribeEventTrackerCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-personalize';
import { expect } from 'vitest';
import { DRIFT_DETECTED } from '../../events/contract.ts';
import type { DeploymentRow, Step } from './deployment-rows.ts';
import { until } from './feed.ts';
import type { Group, Harness } from './harness.ts';
import { personalize } from './row.ts';

/** Two deployments that share the Personalize of `prod`'s runtime. The rows run against `dev`. */
export interface Deployments {
  readonly prod: Harness;
  readonly dev: Harness;
}

export interface DeploymentResult {
  readonly group: Group;
  /** The tracker of `prod`, with its tags, before the first request to `dev`. */
  readonly before: object;
  readonly answers: readonly { readonly status: number; readonly body: Readonly<Record<string, unknown>> }[];
}

const pathOf = ({ trackerId }: Group): string => `/event-trackers/${trackerId}`;

/** The trackers of the dataset group in Personalize, with their tags. */
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

/** Prepares `dev` as the row says, creates the tracker of `prod`, then sends the row's requests to `dev`. */
export async function runDeploymentCase(
  harnesses: Deployments,
  { before, steps }: DeploymentRow,
  name: string,
): Promise<DeploymentResult> {
  const { prod, dev } = harnesses;
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
  if (before === 'deleted outside the service') {
    const eventTrackerArn = (await dev.record(group))?.eventTrackerArn;
    await dev.personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
  }
  await until(`no tracker on ${name}`, async () => (await prod.trackersOf(group)).length === 0 || undefined);

  await prod.api('POST', '/event-trackers', asked);
  await prod.feed.untilPublished(trackerId, 1);
  await prod.untilIdle(group);
  const prodTracker = await trackerOf(harnesses, group);
  const answers = [];
  for (const step of steps) {
    answers.push(await ask(dev, group, step));
    await dev.untilIdle(group);
  }
  return { group, before: prodTracker, answers };
}

async function ask(dev: Harness, group: Group, step: Step) {
  const { name, datasetGroupArn } = group;
  switch (step) {
    case 'POST':
      return dev.api('POST', '/event-trackers', { name, datasetGroupArn });
    case 'POST with adoptExisting':
      return dev.api('POST', '/event-trackers', { name, datasetGroupArn, adoptExisting: true });
    case 'POST, not started':
      // All attempts of the SDK.
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

/** Asserts that `dev` did what the row describes, and that the tracker of `prod` is unchanged in Personalize and in `prod`. */
export async function assertDeploymentCase(
  harnesses: Deployments,
  row: DeploymentRow,
  seen: DeploymentResult | undefined,
): Promise<void> {
  if (seen === undefined) throw new Error('The row did not run.');
  const { prod, dev } = harnesses;
  const { group, before } = seen;
  expect(await trackerOf(harnesses, group)).toEqual(before);
  const prodTracker = (await prod.api('GET', pathOf(group))).body;
  expect(before).toMatchObject([{ eventTrackerArn: prodTracker.eventTrackerArn, trackingId: prodTracker.trackingId }]);
  expect(prodTracker).toMatchObject({ status: 'ACTIVE', generation: 1 });

  const devTracker = (await dev.api('GET', pathOf(group))).body;
  expect({ status: devTracker.status, code: devTracker.failure?.code }).toEqual({ status: row.status, code: row.code });
  if (row.code === 'CONFLICT') {
    expect(devTracker.failure.reason).toContain('"prod"');
    expect(devTracker.failure.reason).toContain(prodTracker.eventTrackerArn);
  }
  expect(devTracker.trackingId).toBe(row.status === 'ACTIVE' ? prodTracker.trackingId : undefined);
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
      operation === 'DeleteEventTracker' && parameters.eventTrackerArn === prodTracker.eventTrackerArn,
  );
  expect(deletions).toEqual([]);
}
