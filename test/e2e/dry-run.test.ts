import {
  CreateDatasetCommand,
  CreateEventTrackerCommand,
  DescribeDatasetCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
} from '@aws-sdk/client-personalize';
import { beforeEach, expect, test, vi } from 'vitest';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { DEPLOYMENT_TAG, ownershipTags } from '../../functions/tracker/ownership.ts';
import { oneRuntime } from './api/dataset-groups.ts';
import { call, injectFault, personalizeCalls } from './local-runtime.ts';

let datasetGroupArn: string;
let path: string;
const { runtime, groups, token } = await oneRuntime({
  environment: { CREATE_IN_FLIGHT_SECONDS: '1' },
  scopes: ['read', 'write', 'adopt'],
});
let made = 0;
beforeEach(async () => {
  datasetGroupArn = await groups.make(`acme-dry-${++made}`);
  path = `/event-trackers/${trackerIdOf(datasetGroupArn)}`;
});

const OWNER = [{ tagKey: 'owner', tagValue: 'team-x' }];
const get = () => call(runtime, 'GET', path, { token });
const post = (more: object = {}, query = '') =>
  call(runtime, 'POST', `/event-trackers${query}`, { token, body: { name: 'shop', datasetGroupArn, ...more } });
const until = (status: string) =>
  vi.waitFor(async () => expect((await get()).body.status).toBe(status), { timeout: 60_000, interval: 100 });
/** Creates a tracker outside the service. @returns its ARN */
async function createForeign(name: string, tags: { tagKey: string; tagValue: string }[]): Promise<string> {
  const made = await groups.personalize.send(new CreateEventTrackerCommand({ name, datasetGroupArn, tags }));
  return made.eventTrackerArn ?? '';
}

/** The answer of a dry run. Also checks that neither Personalize nor the record changes. */
async function dry(more: object = {}) {
  const before = await get();
  await fetch(`${runtime.awsUrl}/_simulator/calls`, { method: 'DELETE' });
  const { status, body } = await post(more, '?dryRun=true');
  expect(status).toBe(200);
  const calls = (await personalizeCalls(runtime)).map(({ operation }) => operation);
  const isSettled = before.body.progress === undefined;
  if (isSettled) expect(calls.filter((operation) => !/^(Describe|List)/.test(operation))).toEqual([]);
  if (isSettled) expect((await get()).headers.get('etag')).toBe(before.headers.get('etag'));
  return body;
}

test('no tracker: CREATE; a tracker that is being created or ACTIVE: NOTHING_NEW with the resource', async () => {
  expect(await dry()).toEqual({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
  expect((await get()).status).toBe(404);
  await post();
  expect(await dry()).toMatchObject({
    ...{ wouldSucceed: true, outcome: 'NOTHING_NEW', findings: [] },
    eventTracker: { name: 'shop', progress: {} },
  });
  await until('ACTIVE');
  const { body } = await get();
  expect(await dry()).toEqual({ wouldSucceed: true, outcome: 'NOTHING_NEW', findings: [], eventTracker: body });
  // The record is enough; Personalize is not called.
  expect(await personalizeCalls(runtime)).toEqual([]);
});

test('another clientContext for an existing tracker: UPDATE, without replacing it', async () => {
  await post({ clientContext: 'A' });
  await until('ACTIVE');
  expect(await dry({ clientContext: 'B' })).toMatchObject({ outcome: 'UPDATE', eventTracker: { clientContext: 'B' } });
  expect((await get()).body.clientContext).toBe('A');
  expect(await dry({ clientContext: 'A' })).toMatchObject({ outcome: 'NOTHING_NEW' });
});

test('another name or other tags: CONFLICT with the existing tracker', async () => {
  await post({ tags: OWNER });
  await until('ACTIVE');
  const existing = { name: 'shop', tags: OWNER, status: 'ACTIVE', href: path, trackerId: trackerIdOf(datasetGroupArn) };
  expect(await dry({ name: 'other', tags: OWNER })).toMatchObject({
    ...{ wouldSucceed: false, outcome: 'CONFLICT', existing },
    findings: [{ code: 'NAME_CONFLICT' }],
  });
  expect(await dry()).toMatchObject({ outcome: 'CONFLICT', existing, findings: [{ code: 'TAGS_CONFLICT' }] });
});

test('a foreign tracker: CONFLICT, or ADOPT with adoptExisting, with its ARN, name and tags', async () => {
  const eventTrackerArn = await createForeign('foreign', OWNER);
  const found = { eventTrackerArn, name: 'foreign', tags: OWNER };
  const conflict = await dry();
  expect(conflict).toMatchObject({ wouldSucceed: false, outcome: 'CONFLICT', found, findings: [{ code: 'CONFLICT' }] });
  expect(conflict.found).not.toHaveProperty('deployment');
  expect(await dry({ adoptExisting: true })).toMatchObject({
    wouldSucceed: true,
    outcome: 'ADOPT',
    findings: [],
    found,
  });

  await post({ adoptExisting: true });
  await until('ACTIVE');
  expect(await dry({ adoptExisting: true })).toMatchObject({
    outcome: 'NOTHING_NEW',
    eventTracker: { adopted: true, name: 'foreign', tags: OWNER, eventTrackerArn },
  });
  await call(runtime, 'DELETE', path, { token });
  await until('RELEASED');
  expect(await dry()).toMatchObject({ outcome: 'CONFLICT', found });
  expect(await dry({ adoptExisting: true })).toMatchObject({ outcome: 'ADOPT', found });
});

test('a tracker of another deployment: CONFLICT that names the deployment', async () => {
  await createForeign('shop', [...OWNER, { tagKey: DEPLOYMENT_TAG, tagValue: 'prod' }]);
  const answer = await dry();
  expect(answer).toMatchObject({ outcome: 'CONFLICT', found: { name: 'shop', tags: OWNER, deployment: 'prod' } });
  expect(answer.findings[0].reason).toContain('prod');
  expect(await dry({ adoptExisting: true })).toMatchObject({ outcome: 'ADOPT', found: { deployment: 'prod' } });
});

test('a tracker of this deployment without a record: RESUME; the request then uses it', async () => {
  const tags = [...OWNER, ...ownershipTags({ trackerId: trackerIdOf(datasetGroupArn), deployment: 'local' })];
  const eventTrackerArn = await createForeign('old', tags);
  const found = { eventTrackerArn, name: 'old', tags: OWNER };
  expect(await dry()).toMatchObject({ wouldSucceed: true, outcome: 'RESUME', found });
  await post();
  await until('ACTIVE');
  expect((await get()).body).toMatchObject({ eventTrackerArn, name: 'old', tags: OWNER });
});

test('a tracker that is deleted or being deleted: CREATE', async () => {
  await post();
  await until('ACTIVE');
  await injectFault(runtime, 'personalize', {
    ...{ operation: 'DeleteEventTracker', fault: 'delay', times: 1, delayMs: 500, datasetGroupArn },
  });
  await call(runtime, 'DELETE', path, { token });
  expect(await dry({ name: 'other' })).toMatchObject({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
  await until('DELETED');
  expect(await dry({ name: 'other' })).toEqual({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
});

test('a failed preflight, or tags that cannot be read: FAIL with the reason', async () => {
  const missing = { datasetGroupArn: datasetGroupArn.replace('acme-dry', 'acme-nowhere') };
  expect(await dry(missing)).toMatchObject({
    ...{ wouldSucceed: false, outcome: 'FAIL' },
    findings: [{ code: 'DATASET_GROUP_NOT_FOUND' }],
  });
  expect(await dry({ ...missing, waitForDatasetGroup: true })).toEqual({
    ...{ wouldSucceed: true, outcome: 'CREATE', findings: [], wouldWaitFor: 'dataset-group' },
  });
  await createForeign('foreign', OWNER);
  await injectFault(runtime, 'personalize', {
    ...{ operation: 'ListTagsForResource', fault: 'access-denied', times: 1 },
  });
  const unread = await dry({ adoptExisting: true });
  expect(unread).toMatchObject({ outcome: 'FAIL', findings: [{ code: 'ACCESS_DENIED' }], found: { name: 'foreign' } });
  expect(unread.found).not.toHaveProperty('tags');
});

test('the tracker of an Action interactions dataset is not a conflict: CREATE', async () => {
  const { datasets = [] } = await groups.personalize.send(new ListDatasetsCommand({ datasetGroupArn }));
  const described = await groups.personalize.send(new DescribeDatasetCommand({ datasetArn: datasets[0]?.datasetArn }));
  const schemaArn = described.dataset?.schemaArn;
  const dataset = { name: 'actions', datasetGroupArn, schemaArn, datasetType: 'Action_Interactions' };
  await groups.personalize.send(new CreateDatasetCommand(dataset));
  const { eventTrackers } = await groups.personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
  expect(eventTrackers).toHaveLength(1);
  expect(await dry()).toEqual({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
});
