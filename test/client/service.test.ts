import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateDatasetGroupCommand, CreateEventTrackerCommand } from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createEventTrackersClient,
  type EventTrackersClient,
  paginateListEventTrackers,
  waitUntilEventTrackerActive,
  waitUntilEventTrackerDeleted,
} from '../../client/index.ts';
import { type DatasetGroups, datasetGroupsOf } from '../e2e/api/dataset-groups.ts';
import { type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { examplesOf, printed } from './docs-examples.ts';

/* The client against the service: every operation, and the examples of the docs, which use the tenant acme. */
const root = resolve(import.meta.dirname, '../..');
let folder: string;
let runtime: LocalRuntime;
let groups: DatasetGroups;
let client: EventTrackersClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-trackers-docs-'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  runtime = await startLocalRuntime({ environment: { CREATE_IN_FLIGHT_SECONDS: '1' } });
  groups = await datasetGroupsOf(runtime);
  client = createEventTrackersClient({
    endpoint: `${runtime.apiUrl}/`,
    token: () => tokenOf(runtime, 'umami', ['read', 'write', 'events', 'adopt']),
  });
});
afterAll(async () => {
  groups?.personalize.destroy();
  await runtime?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const times = { maxWaitTime: 20, minDelay: 0.1 };
const active = async (trackerId: string) =>
  (await waitUntilEventTrackerActive({ client, ...times }, { trackerId })).reason.eventTracker;

test('a tracker from its dry run to its deletion', async () => {
  const datasetGroupArn = await groups.make('umami-life');
  const input = {
    name: 'shop',
    datasetGroupArn,
    tags: [{ tagKey: 'team', tagValue: 'web' }],
    clientContext: 'order 7',
  };
  expect(await client.dryRunCreateEventTracker(input)).toMatchObject({ wouldSucceed: true, findings: [] });

  const options = { idempotencyKey: 'order "7", first' };
  const created = await client.createEventTracker(input, options);
  expect(created.$metadata).toEqual({
    httpStatusCode: 202,
    attempts: 1,
    requestId: expect.any(String),
    retryAfterSeconds: expect.any(Number),
  });
  const { trackerId } = created.eventTracker;
  expect(created.eventTracker).toMatchObject({ ...input, tenantId: 'umami' });
  const active = await client.describeEventTracker({ trackerId }, { waitSeconds: 20 });
  expect(active.eventTracker).toMatchObject({ status: 'ACTIVE' });
  const held = await client.createEventTracker(input, options);
  expect(held.$metadata).toMatchObject({ httpStatusCode: 200, idempotencyReplayed: true });
  expect(held.eventTracker).toMatchObject({ trackerId, status: 'ACTIVE', trackingId: expect.any(String) });
  const another = client.createEventTracker({ ...input, name: 'other' }, options);
  await expect(another).rejects.toMatchObject({ status: 422, reason: 'IDEMPOTENCY_KEY_REUSED', ...options });

  const eventList = [{ eventType: 'view', sentAt: '2026-11-24T00:00:00Z', itemId: 'item-1' }];
  expect(await client.putEvents({ trackerId, sessionId: 's', eventList })).toMatchObject({ accepted: 1, failed: [] });
  const { transitions } = await client.getEventTrackerHistory({ trackerId });
  expect(transitions.at(-1)).toMatchObject({ status: 'ACTIVE' });
  await expect(client.retryEventTracker({ trackerId })).rejects.toMatchObject({ status: 409, reason: 'NOT_FAILED' });

  const { $metadata } = await client.describeEventTracker({ trackerId });
  expect($metadata).toMatchObject({ httpStatusCode: 200, etag: expect.stringMatching(/^"/) });
  const stale = client.deleteEventTracker({ trackerId, ifMatch: '"of-another-time"' });
  await expect(stale).rejects.toMatchObject({ status: 412, reason: 'PRECONDITION_FAILED' });
  const deleted = await client.deleteEventTracker({ trackerId, ...($metadata.etag && { ifMatch: $metadata.etag }) });
  expect(deleted).toMatchObject({ eventTracker: { generation: 2 }, $metadata: { httpStatusCode: 202 } });
  const { reason } = await waitUntilEventTrackerDeleted({ client, ...times }, { trackerId });
  expect(reason).toMatchObject({ eventTracker: { status: 'DELETED' } });
});

test('a batch, and its trackers listed page by page and with a filter', async () => {
  const requests = [];
  for (const name of ['umami-list-a', 'umami-list-b', 'umami-list-c']) {
    requests.push({ name: 'shop', datasetGroupArn: await groups.make(name) });
  }
  const { results } = await client.batchCreateEventTrackers({ requests });
  expect(results.map(({ status }) => status)).toEqual([202, 202, 202]);
  const ids = results.map(({ eventTracker }) => eventTracker?.trackerId);

  const listed: string[] = [];
  let pages = 0;
  for await (const page of paginateListEventTrackers({ client, pageSize: 2 })) {
    pages++;
    expect(page.eventTrackers.length).toBeLessThanOrEqual(2);
    listed.push(...page.eventTrackers.map(({ trackerId }) => trackerId));
  }
  expect(pages).toBeGreaterThan(1);
  expect(listed).toEqual(expect.arrayContaining(ids));
  expect(new Set(listed).size).toBe(listed.length);

  const first = await client.listEventTrackers({ maxResults: 1 });
  const rest = paginateListEventTrackers({ client, ...(first.nextToken && { startingToken: first.nextToken }) });
  const { value } = await rest.next();
  expect(value?.eventTrackers.map(({ trackerId }) => trackerId)).not.toContain(first.eventTrackers[0]?.trackerId);
  const filter = { datasetGroupArn: requests[1]?.datasetGroupArn ?? '' };
  const { eventTrackers } = await client.listEventTrackers(filter);
  expect(eventTrackers.map(({ trackerId }) => trackerId)).toEqual([ids[1]]);
});

test('a wait reports a failure, and a retry starts a new attempt', async () => {
  const { datasetGroupArn = '' } = await groups.personalize.send(
    new CreateDatasetGroupCommand({ name: 'umami-retry' }),
  );
  const { eventTracker } = await client.createEventTracker({ name: 'shop', datasetGroupArn });
  await expect(active(eventTracker.trackerId)).rejects.toMatchObject({
    state: 'FAILURE',
    reason: { eventTracker: { status: 'CREATE FAILED', failure: { code: expect.any(String) } } },
  });
  const retried = await client.retryEventTracker(eventTracker);
  expect(retried.eventTracker).toMatchObject({ trackerId: eventTracker.trackerId, generation: 2 });
});

test('an adopted tracker is deleted only with destroy', async () => {
  const datasetGroupArn = await groups.make('umami-adopted');
  await groups.personalize.send(new CreateEventTrackerCommand({ name: 'theirs', datasetGroupArn }));
  const { eventTracker } = await client.createEventTracker({ name: 'shop', datasetGroupArn, adoptExisting: true });
  const { trackerId } = eventTracker;
  expect(await active(trackerId)).toMatchObject({ adopted: true });
  const destroyed = await client.deleteEventTracker({ trackerId, destroy: true });
  expect(destroyed.$metadata.httpStatusCode).toBe(202);
  await waitUntilEventTrackerDeleted({ client, ...times }, { trackerId });
});

test('a call without the right scope, without a valid token, or for an unknown tracker throws the reason', async () => {
  const token = await tokenOf(runtime, 'umami', ['read']);
  const reader = createEventTrackersClient({ endpoint: runtime.apiUrl, token });
  const refused = await reader.deleteEventTracker({ trackerId: 'et-none' }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ status: 403, reason: 'FORBIDDEN', retryable: false });
  const nobody = createEventTrackersClient({ endpoint: runtime.apiUrl, token: 'not.a.token' });
  await expect(nobody.listEventTrackers()).rejects.toMatchObject({
    status: 401,
    reason: 'UNAUTHORIZED',
    retryable: false,
  });
  await expect(reader.describeEventTracker({ trackerId: 'et-none' })).rejects.toMatchObject({ reason: 'NOT_FOUND' });
});

/** Replaces the imports of the package by its source files. */
const fromSources = (source: string): string =>
  source
    .replace(/'event-trackers\/(client|events)'/g, (_, entry) => `'${join(root, entry, 'index.ts')}'`)
    .replaceAll('event-trackers/events/examples/', `${join(root, 'events/examples')}/`);

/** Runs the programs of a page in order. */
async function run(page: string): Promise<{ printed: string[]; documented: string[] }> {
  const examples = examplesOf(page);
  expect(examples.length).toBeGreaterThan(0);
  const outputs: string[] = [];
  for (const [index, { source }] of examples.entries()) {
    const file = join(folder, `${page}-${index}.ts`);
    writeFileSync(file, fromSources(source));
    const environment = {
      EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
      EVENT_TRACKERS_TOKEN: await tokenOf(runtime, 'acme', ['read', 'write']),
    };
    outputs.push(await printed(process.execPath, [file], { cwd: folder, environment }));
  }
  return { printed: outputs, documented: examples.map(({ prints }) => prints) };
}

describe.each(['client.md', 'events.md'])('docs/%s', (page) => {
  test('its examples run unchanged and print the documented output', async () => {
    const { printed, documented } = await run(page);
    expect(printed).toEqual(documented);
  });
});
