import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DeleteDatasetCommand,
  DeleteDatasetGroupCommand,
  DeleteEventTrackerCommand,
  DeleteSchemaCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  DescribeSchemaCommand,
  InvalidInputException,
  InvalidNextTokenException,
  LimitExceededException,
  ListCampaignsCommand,
  ListDatasetGroupsCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListSchemasCommand,
  ListTagsForResourceCommand,
  PersonalizeClient,
  PersonalizeServiceException,
  ResourceAlreadyExistsException,
  ResourceInUseException,
  ResourceNotFoundException,
  TagResourceCommand,
  TooManyTagKeysException,
  TooManyTagsException,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import {
  InvalidInputException as InvalidEvents,
  PersonalizeEventsClient,
  PutEventsCommand,
} from '@aws-sdk/client-personalize-events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPersonalizeService, type PersonalizeService } from '../../infra/local/personalize/service.ts';
import type { WireService } from '../../infra/local/wire.ts';
import { serve } from './serve.ts';

const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
const DEMO = `${ARN}dataset-group/acme-shop`;
const SCHEMA = JSON.stringify({ type: 'record', name: 'X', fields: [{ name: 'USER_ID', type: 'string' }] });
const START = Date.UTC(2025, 0, 1);
const event = { eventType: 'click', itemId: 'i-1', sentAt: new Date(START) };

let now: number;
let service: PersonalizeService;
let server: Awaited<ReturnType<typeof serve>>;
let personalize: PersonalizeClient;
let personalizeEvents: PersonalizeEventsClient;

/** The three wires at one port, told apart as the AWS port does. */
const front: WireService = (request) => {
  if (request.path.startsWith('/_simulator')) return service.script(request);
  return request.headers['x-amz-target'] === undefined ? service.events(request) : service.control(request);
};

async function start(options: Partial<Parameters<typeof createPersonalizeService>[0]> = {}): Promise<void> {
  service = createPersonalizeService({ clock: () => now, ...options });
  server = await serve(front);
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  personalize = new PersonalizeClient(config);
  personalizeEvents = new PersonalizeEventsClient(config);
}
async function stop(): Promise<void> {
  personalize.destroy();
  personalizeEvents.destroy();
  service.close();
  await server.close();
}
beforeEach(() => {
  now = START;
  return start();
});
afterEach(stop);

const createTracker = (name = 'tracker', tags?: { tagKey: string; tagValue: string }[]) =>
  personalize.send(new CreateEventTrackerCommand({ name, datasetGroupArn: DEMO, tags }));
const describeTracker = (eventTrackerArn: string | undefined) =>
  personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
const listTrackers = async () =>
  (await personalize.send(new ListEventTrackersCommand({ datasetGroupArn: DEMO }))).eventTrackers ?? [];
const putEvents = (trackingId: string | undefined, eventList = [event]) =>
  personalizeEvents.send(new PutEventsCommand({ trackingId, sessionId: 's', eventList }));
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

async function script(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/_simulator/${path}`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, allow: response.headers.get('allow'), body: await response.json() };
}
async function addFault(fault: Record<string, unknown>): Promise<void> {
  expect(await script('POST', 'faults', { times: 1, ...fault })).toMatchObject({ status: 201 });
}
const outcomes = () => service.core.calls().map(({ operation, outcome }) => `${operation} ${outcome}`);

describe('operations by the SDK', () => {
  test('a tracker is created, described, listed, used and deleted', async () => {
    const { eventTrackerArn, trackingId, $metadata } = await createTracker();
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(eventTrackerArn).toMatch(/^arn:aws:personalize:us-east-1:123456789012:event-tracker\/[0-9a-f]{8}$/);
    now += 8000;
    const creationDateTime = new Date(START);
    const lastUpdatedDateTime = new Date(START + 8000);
    const summary = { name: 'tracker', eventTrackerArn, status: 'ACTIVE', creationDateTime, lastUpdatedDateTime };
    expect((await describeTracker(eventTrackerArn)).eventTracker).toEqual({
      ...summary,
      accountId: '123456789012',
      trackingId,
      datasetGroupArn: DEMO,
    });
    expect(await listTrackers()).toEqual([summary]);
    await putEvents(trackingId);
    const interactions = await script('GET', 'interactions');
    expect(interactions.body).toEqual({
      interactions: {
        [`${ARN}dataset/acme-shop/INTERACTIONS`]: [
          { ...event, sentAt: START / 1000, sessionId: 's', eventId: expect.any(String) },
        ],
      },
    });
    await personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
    now += 3000;
    expect(await errorOf(describeTracker(eventTrackerArn))).toBeInstanceOf(ResourceNotFoundException);
    expect(await listTrackers()).toEqual([]);
  });

  test('a group is set up from nothing, seen, and taken down', async () => {
    const { schemaArn } = await personalize.send(
      new CreateSchemaCommand({ name: 'shop', schema: SCHEMA, domain: 'ECOMMERCE' }),
    );
    expect((await personalize.send(new DescribeSchemaCommand({ schemaArn }))).schema).toMatchObject({
      name: 'shop',
      schema: SCHEMA,
      domain: 'ECOMMERCE',
      creationDateTime: new Date(START),
    });
    expect((await personalize.send(new ListSchemasCommand({}))).schemas?.map(({ name }) => name)).toEqual([
      'acme-shop-interactions',
      'shop',
    ]);
    const { datasetGroupArn } = await personalize.send(
      new CreateDatasetGroupCommand({ name: 'shop', domain: 'ECOMMERCE', tags: [{ tagKey: 'a', tagValue: 'b' }] }),
    );
    const dataset = { name: 'd', schemaArn, datasetGroupArn, datasetType: 'Interactions' };
    expect(await errorOf(personalize.send(new CreateDatasetCommand(dataset)))).toBeInstanceOf(ResourceInUseException);
    now += 1000;
    const described = await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }));
    expect(described.datasetGroup).toMatchObject({ name: 'shop', status: 'ACTIVE', domain: 'ECOMMERCE' });
    const groups = await personalize.send(new ListDatasetGroupsCommand({}));
    expect(groups.datasetGroups?.map(({ name, status }) => [name, status])).toEqual([
      ['acme-shop', 'ACTIVE'],
      ['shop', 'ACTIVE'],
    ]);
    const { datasetArn } = await personalize.send(new CreateDatasetCommand(dataset));
    const twice = personalize.send(new CreateDatasetCommand({ ...dataset, datasetType: 'INTERACTIONS' }));
    expect(await errorOf(twice)).toBeInstanceOf(ResourceAlreadyExistsException);
    expect((await personalize.send(new ListDatasetsCommand({ datasetGroupArn }))).datasets).toMatchObject([
      { name: 'd', datasetArn, datasetType: 'INTERACTIONS', status: 'ACTIVE' },
    ]);
    expect((await personalize.send(new DescribeDatasetCommand({ datasetArn }))).dataset).toMatchObject({
      datasetGroupArn,
      schemaArn,
      status: 'ACTIVE',
    });
    const deleteGroup = () => personalize.send(new DeleteDatasetGroupCommand({ datasetGroupArn }));
    expect(await errorOf(deleteGroup())).toBeInstanceOf(ResourceInUseException);
    const deleteSchema = () => personalize.send(new DeleteSchemaCommand({ schemaArn }));
    expect(await errorOf(deleteSchema())).toBeInstanceOf(ResourceInUseException);
    await personalize.send(new DeleteDatasetCommand({ datasetArn }));
    await deleteSchema();
    await deleteGroup();
    now += 1000;
    expect(await errorOf(deleteGroup())).toBeInstanceOf(ResourceNotFoundException);
  });

  test('tags are listed, added, replaced and removed, 50 at most', async () => {
    const { eventTrackerArn: resourceArn } = await createTracker('t', [{ tagKey: 'Größe', tagValue: '' }]);
    const tags = async () => (await personalize.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    await personalize.send(new TagResourceCommand({ resourceArn, tags: [{ tagKey: 'b', tagValue: '1' }] }));
    await personalize.send(new TagResourceCommand({ resourceArn, tags: [{ tagKey: 'b', tagValue: '2' }] }));
    expect(await tags()).toEqual([
      { tagKey: 'Größe', tagValue: '' },
      { tagKey: 'b', tagValue: '2' },
    ]);
    const many = Array.from({ length: 51 }, (_, i) => ({ tagKey: `k${i}`, tagValue: 'v' }));
    const fill = personalize.send(new TagResourceCommand({ resourceArn, tags: many.slice(0, 49) }));
    expect(await errorOf(fill)).toBeInstanceOf(TooManyTagsException);
    const tagKeys = many.map(({ tagKey }) => tagKey);
    const removal = personalize.send(new UntagResourceCommand({ resourceArn, tagKeys }));
    expect(await errorOf(removal)).toBeInstanceOf(TooManyTagKeysException);
    await personalize.send(new UntagResourceCommand({ resourceArn, tagKeys: ['b', 'not there'] }));
    expect(await tags()).toEqual([{ tagKey: 'Größe', tagValue: '' }]);
    const create = personalize.send(new CreateDatasetGroupCommand({ name: 'tagged', tags: many }));
    expect(await errorOf(create)).toBeInstanceOf(TooManyTagsException);
    const unknown = personalize.send(new ListTagsForResourceCommand({ resourceArn: `${ARN}event-tracker/00000000` }));
    expect(await errorOf(unknown)).toBeInstanceOf(ResourceNotFoundException);
  });

  test('lists come in pages; a token that is none, or of another list, is refused', async () => {
    for (const name of ['b', 'c', 'd']) await personalize.send(new CreateDatasetGroupCommand({ name }));
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await personalize.send(new ListDatasetGroupsCommand({ maxResults: 3, nextToken }));
      names.push(...(answer.datasetGroups ?? []).map(({ name }) => name), '|');
      nextToken = answer.nextToken;
      const elsewhere = personalize.send(new ListEventTrackersCommand({ nextToken }));
      if (nextToken !== undefined) expect(await errorOf(elsewhere)).toBeInstanceOf(InvalidNextTokenException);
    } while (nextToken !== undefined);
    expect(names).toEqual(['acme-shop', 'b', 'c', '|', 'd', '|']);
    const wrong = personalize.send(new ListEventTrackersCommand({ nextToken: 'rubbish' }));
    expect(await errorOf(wrong)).toBeInstanceOf(InvalidNextTokenException);
  });

  test('a second tracker, a missing group, a tracker in use: each has its exception class', async () => {
    const { eventTrackerArn } = await createTracker();
    expect(await errorOf(createTracker('other'))).toBeInstanceOf(ResourceAlreadyExistsException);
    const nowhere = { name: 'a', datasetGroupArn: `${ARN}dataset-group/nobody` };
    const missing = await errorOf(personalize.send(new CreateEventTrackerCommand(nowhere)));
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    expect(missing).toMatchObject({ $metadata: { httpStatusCode: 400 }, $fault: 'client' });
    const early = personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
    expect(await errorOf(early)).toBeInstanceOf(ResourceInUseException);
  });

  test('a tracking ID that is unknown or not ACTIVE is refused, and no message repeats it', async () => {
    const { trackingId } = await createTracker();
    for (const id of [trackingId, 'e2f4a5f0-0000-4000-8000-000000000000']) {
      const error = await errorOf(putEvents(id));
      expect(error).toBeInstanceOf(InvalidEvents);
      expect(String(error)).not.toContain(id);
    }
    const eleven = await errorOf(putEvents(trackingId, Array(11).fill(event)));
    expect(eleven).toBeInstanceOf(InvalidEvents);
    expect(String(eleven)).toContain("'eventList' failed to satisfy constraint: Member must have length less than");
  });

  test('a quota of dataset groups is told as LimitExceededException', async () => {
    await stop();
    await start({ datasetGroupQuota: 1 });
    const second = personalize.send(new CreateDatasetGroupCommand({ name: 'second' }));
    expect(await errorOf(second)).toBeInstanceOf(LimitExceededException);
  });

  test('an operation that the simulator lacks is an UnknownOperationException, and is told among the calls', async () => {
    const error = await errorOf(personalize.send(new ListCampaignsCommand({})));
    expect(error).toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 400 } });
    expect(outcomes()).toEqual(['ListCampaigns UnknownOperationException']);
  });

  test.each([
    [
      'a name of 64',
      { name: 'a'.repeat(64) },
      "'name' failed to satisfy constraint: Member must have length less than",
    ],
    ['a name that starts with a hyphen', { name: '-a' }, "Value '-a' at 'name'"],
    ['no name', { name: undefined }, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    ['an ARN of S3', { datasetGroupArn: 'arn:aws:s3:::bucket' }, "'datasetGroupArn' failed to satisfy"],
    ['an ARN of 257', { datasetGroupArn: `${DEMO}${'x'.repeat(200)}` }, "'datasetGroupArn' failed to satisfy"],
    ['201 tags', { tags: Array(201).fill({ tagKey: 'k', tagValue: 'v' }) }, "'tags' failed to satisfy"],
    ['a tag key of 129', { tags: [{ tagKey: 'k'.repeat(129), tagValue: '' }] }, "Value at 'tags.1.member.tagKey'"],
    ['a tag value with a smiley', { tags: [{ tagKey: 'k', tagValue: '☺' }] }, "Value at 'tags.1.member.tagValue'"],
    ['a tag twice', { tags: Array(2).fill({ tagKey: 'k', tagValue: 'v' }) }, 'same tagKey twice'],
    ['a tag of AWS', { tags: [{ tagKey: 'aws:x', tagValue: 'v' }] }, 'must not start with aws:'],
  ])('%s is refused by the field and the rule', async (_, more, message) => {
    const error = await errorOf(
      personalize.send(new CreateEventTrackerCommand({ name: 'good', datasetGroupArn: DEMO, ...more })),
    );
    expect(error).toBeInstanceOf(InvalidInputException);
    expect(String(error)).toContain(message);
    expect(await listTrackers()).toEqual([]);
  });

  test('a page size of 101 is refused also where InvalidInputException is not modelled', async () => {
    const error = await errorOf(personalize.send(new ListDatasetGroupsCommand({ maxResults: 101 })));
    expect(error).toMatchObject({ name: 'ValidationException' });
    const listing = personalize.send(new ListEventTrackersCommand({ maxResults: 0 }));
    expect(await errorOf(listing)).toBeInstanceOf(InvalidInputException);
  });

  test.each([
    ['no JSON', '{', 'valid JSON'],
    ['a list', '[]', 'JSON object'],
    ['a number for a name', '{"name": 5}', "'name' must be of type string"],
    ['half a page', '{"maxResults": 1.5}', "'maxResults' must be an integer"],
  ])('%s in the body is a SerializationException', async (_, body, message) => {
    const operation = body.includes('max') ? 'ListEventTrackers' : 'CreateEventTracker';
    const headers = { 'x-amz-target': `AmazonPersonalize.${operation}` };
    const response = await fetch(server.url, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('SerializationException');
    expect(await response.json()).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining(message),
    });
  });

  test('PutEvents is no operation of the control plane, nor the control plane one of the events service', async () => {
    const headers = { 'x-amz-target': 'AmazonPersonalize.PutEvents' };
    expect((await fetch(server.url, { method: 'POST', body: '{}', headers })).status).toBe(400);
    expect((await fetch(`${server.url}/items`, { method: 'POST', body: '{}' })).status).toBe(400);
    expect((await fetch(`${server.url}/events`)).status).toBe(400);
  });
});

describe('faults', () => {
  test('throttle, server-error and access-denied: nothing happened, and each has its name', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'throttle', datasetGroupArn: DEMO });
    await addFault({ operation: 'CreateEventTracker', fault: 'server-error' });
    await addFault({ operation: 'CreateEventTracker', fault: 'access-denied' });
    const throttled = await errorOf(createTracker());
    expect(throttled).toBeInstanceOf(LimitExceededException);
    expect(throttled).toMatchObject({ name: 'LimitExceededException', $metadata: { httpStatusCode: 400 } });
    const failed = await errorOf(createTracker());
    expect(failed).toBeInstanceOf(PersonalizeServiceException);
    expect(failed).toMatchObject({ name: 'InternalServerException', $metadata: { httpStatusCode: 500 } });
    expect(await errorOf(createTracker())).toMatchObject({ name: 'AccessDeniedException' });
    expect(await listTrackers()).toEqual([]);
    await createTracker();
    expect(outcomes()).toEqual([
      'CreateEventTracker LimitExceededException',
      'CreateEventTracker InternalServerException',
      'CreateEventTracker AccessDeniedException',
      'ListEventTrackers OK',
      'CreateEventTracker OK',
    ]);
  });

  test('error: any name and status, and nothing happened; garbled: it acted, and the success cannot be read', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'error', error: 'ExpiredTokenException', status: 403 });
    await addFault({ operation: 'CreateEventTracker', fault: 'error', error: 'InvalidInputException' });
    expect(await errorOf(createTracker())).toMatchObject({
      name: 'ExpiredTokenException',
      $metadata: { httpStatusCode: 403 },
    });
    expect(await errorOf(createTracker())).toBeInstanceOf(InvalidInputException);
    expect(await listTrackers()).toEqual([]);
    await addFault({ operation: 'CreateEventTracker', fault: 'garbled' });
    expect(await errorOf(createTracker())).toMatchObject({ name: 'SyntaxError', $metadata: { httpStatusCode: 200 } });
    expect(await listTrackers()).toMatchObject([{ status: 'CREATE PENDING' }]);
    expect(outcomes()).toEqual([
      'CreateEventTracker ExpiredTokenException',
      'CreateEventTracker InvalidInputException',
      'ListEventTrackers OK',
      'CreateEventTracker garbled',
      'ListEventTrackers OK',
    ]);
  });

  test('lost-answer: it acted, and the caller sees a cut connection, or a 500', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'lost-answer' });
    await addFault({ operation: 'CreateEventTracker', fault: 'lost-answer', as: '500' });
    expect(await errorOf(createTracker())).toMatchObject({ code: 'ECONNRESET' });
    expect(await listTrackers()).toMatchObject([{ status: 'CREATE PENDING' }]);
    expect(await errorOf(createTracker())).toMatchObject({ $metadata: { httpStatusCode: 500 } });
    const { body } = await script('GET', 'calls');
    expect(body).toHaveProperty('calls.0', {
      time: '2025-01-01T00:00:00.000Z',
      operation: 'CreateEventTracker',
      parameters: { name: 'tracker', datasetGroupArn: DEMO },
      outcome: 'lost-answer',
      fault: 'lost-answer',
      act: 'OK',
    });
    expect(body).toHaveProperty('calls.2.act', 'ResourceAlreadyExistsException');
  });

  test('late-act: the caller sees a cut connection, the act lands after delayMs, also after a restart', async () => {
    await stop();
    const directory = mkdtempSync(join(tmpdir(), 'personalize-contract-'));
    await start({ directory });
    await addFault({ operation: 'CreateEventTracker', fault: 'late-act', delayMs: 5000 });
    expect(await errorOf(createTracker())).toMatchObject({ code: 'ECONNRESET' });
    expect(await listTrackers()).toEqual([]);
    await stop();
    await start({ directory });
    now += 5000;
    expect(await listTrackers()).toMatchObject([{ creationDateTime: new Date(START + 5000) }]);
    expect(outcomes()).toEqual([
      'CreateEventTracker late-act',
      'ListEventTrackers OK',
      'CreateEventTracker late-act-landed',
      'ListEventTrackers OK',
    ]);
  });

  test('delay: the answer comes after delayMs; a service that closes does not keep its caller waiting', async () => {
    await addFault({ operation: 'ListEventTrackers', fault: 'delay', delayMs: 50 });
    const begun = performance.now();
    expect(await listTrackers()).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
    await addFault({ operation: 'CreateEventTracker', fault: 'delay', delayMs: 3_600_000 });
    const waiting = errorOf(createTracker());
    await vi.waitFor(() => expect(outcomes()).toContain('CreateEventTracker OK'), { interval: 1 });
    service.close();
    expect(await waiting).toMatchObject({ code: 'ECONNRESET' });
    await server.close();
    await start();
  });

  test('create-failed and stuck: the tracker ends CREATE FAILED, or never leaves the state it enters', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'create-failed' });
    const failing = await createTracker();
    now += 8000;
    expect((await describeTracker(failing.eventTrackerArn)).eventTracker?.status).toBe('CREATE FAILED');
    await addFault({ operation: 'DeleteEventTracker', fault: 'stuck', datasetGroupArn: DEMO });
    await personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn: failing.eventTrackerArn }));
    now += 1e9;
    expect((await describeTracker(failing.eventTrackerArn)).eventTracker?.status).toBe('DELETE IN_PROGRESS');
  });

  test('stale-list and stale-describe do not know yet what was just made', async () => {
    const { eventTrackerArn } = await createTracker();
    await addFault({ operation: 'ListEventTrackers', fault: 'stale-list' });
    await addFault({ operation: 'DescribeEventTracker', fault: 'stale-describe', delayMs: 1000 });
    expect(await listTrackers()).toEqual([]);
    expect(await errorOf(describeTracker(eventTrackerArn))).toBeInstanceOf(ResourceNotFoundException);
    expect(await listTrackers()).toHaveLength(1);
    expect((await describeTracker(eventTrackerArn)).eventTracker?.status).toBe('CREATE PENDING');
  });

  test('PutEvents too: throttled, or acted with its answer lost', async () => {
    const { trackingId } = await createTracker();
    now += 8000;
    await addFault({ operation: 'PutEvents', fault: 'throttle', datasetGroupArn: DEMO });
    await addFault({ operation: 'PutEvents', fault: 'lost-answer' });
    expect(await errorOf(putEvents(trackingId))).toMatchObject({ name: 'LimitExceededException' });
    expect(service.core.interactions()).toEqual({});
    expect(await errorOf(putEvents(trackingId))).toMatchObject({ code: 'ECONNRESET' });
    expect(service.core.interactions()).toMatchObject({
      [`${ARN}dataset/acme-shop/INTERACTIONS`]: [{ itemId: 'i-1' }],
    });
  });
});

describe('the script', () => {
  const fault = { operation: 'CreateEventTracker', times: 2, fault: 'throttle' };

  test('timing is told and set in part', async () => {
    const whole = {
      createPendingMs: 2000,
      createInProgressMs: 6000,
      deletePendingMs: 1000,
      deleteInProgressMs: 2000,
      datasetGroupMs: 1000,
    };
    expect((await script('GET', 'timing')).body).toEqual(whole);
    const set = await script('PUT', 'timing', { createPendingMs: 0, createInProgressMs: 5 });
    expect(set).toMatchObject({ status: 200, body: { ...whole, createPendingMs: 0, createInProgressMs: 5 } });
    expect((await script('GET', 'timing')).body).toEqual(set.body);
  });

  test('faults are listed with what is left of them, used in order, and cleared', async () => {
    const other = { ...fault, fault: 'access-denied', times: 1 };
    await addFault(fault);
    await addFault(other);
    await errorOf(createTracker());
    expect((await script('GET', 'faults')).body).toEqual({ faults: [{ ...fault, times: 1 }, other] });
    expect(await script('DELETE', 'faults')).toMatchObject({ status: 200, body: { faults: [] } });
    await createTracker();
  });

  test('calls are told in order and emptied', async () => {
    await createTracker();
    await listTrackers();
    expect((await script('GET', 'calls')).body).toMatchObject({
      calls: [
        { operation: 'CreateEventTracker', outcome: 'OK' },
        { operation: 'ListEventTrackers', outcome: 'OK', parameters: { datasetGroupArn: DEMO } },
      ],
    });
    expect((await script('DELETE', 'calls')).body).toEqual({ calls: [] });
    expect((await script('GET', 'calls')).body).toEqual({ calls: [] });
  });

  test.each([
    ['an unknown operation', { ...fault, operation: 'CreateTracker' }, 'operation: must be one of CreateEventTracker,'],
    ['no operation', { ...fault, operation: undefined }, 'operation: must be one of'],
    ['an unknown fault', { ...fault, fault: 'explode' }, 'fault: must be one of throttle, server-error'],
    ['an unknown field', { ...fault, delay: 1 }, '"delay"'],
    ['no times', { ...fault, times: undefined }, 'times: '],
    ['times 0', { ...fault, times: 0 }, 'times: '],
    ['half a time', { ...fault, times: 0.5 }, 'times: '],
    ['delay without delayMs', { ...fault, fault: 'delay' }, 'delayMs: is required for delay'],
    ['late-act without delayMs', { ...fault, fault: 'late-act' }, 'delayMs: is required for late-act'],
    ['a negative delayMs', { ...fault, fault: 'delay', delayMs: -1 }, 'delayMs: '],
    ['delayMs for throttle', { ...fault, delayMs: 1 }, 'delayMs: makes no sense for throttle'],
    ['as for throttle', { ...fault, as: '500' }, 'as: makes sense for lost-answer only'],
    ['error without its name', { ...fault, fault: 'error' }, 'error: is required for error'],
    ['a name that is none', { ...fault, fault: 'error', error: 'a b' }, 'error: must be the name of an AWS error'],
    ['a name for throttle', { ...fault, error: 'X' }, 'error: makes sense for error only'],
    ['a status for throttle', { ...fault, status: 400 }, 'status: makes sense for error only'],
    ['a status of success', { ...fault, fault: 'error', error: 'X', status: 200 }, 'status: '],
    ['as of another kind', { ...fault, fault: 'lost-answer', as: '404' }, 'as: must be one of cut, 500'],
    ['a group that is no ARN', { ...fault, datasetGroupArn: 'acme' }, 'datasetGroupArn: '],
    [
      'a group for an operation without one',
      { ...fault, operation: 'ListSchemas', datasetGroupArn: DEMO },
      'datasetGroupArn: makes no sense for ListSchemas',
    ],
    [
      'a late read',
      { ...fault, operation: 'ListEventTrackers', fault: 'late-act', delayMs: 1 },
      'fault: late-act makes sense for CreateEventTracker,',
    ],
    [
      'a stuck list',
      { ...fault, operation: 'ListEventTrackers', fault: 'stuck' },
      'fault: stuck makes sense for CreateEventTracker, DeleteEventTracker only',
    ],
    ['a stale create', { ...fault, fault: 'stale-list' }, 'fault: stale-list makes sense for ListEventTrackers only'],
    ['no JSON', '{', 'The body is not valid JSON.'],
    ['a list', '[]', 'expected object'],
  ])('%s is a 400 that says why', async (_, body, message) => {
    const answer = await script('POST', 'faults', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
    expect(service.core.faults()).toEqual([]);
  });

  test.each([
    [{ createPendingMs: -1 }, 'createPendingMs: '],
    [{ createPendingMs: '5' }, 'createPendingMs: '],
    [{ datasetGroupMs: 1e12 }, 'datasetGroupMs: '],
    [{ createMs: 1 }, '"createMs"'],
  ])('timing of %j is a 400 that names the field', async (body, message) => {
    const answer = await script('PUT', 'timing', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
  });

  test('another content type is a 415, a wrong method a 405 that tells the right ones, a wrong path a 404', async () => {
    const text = await script('POST', 'faults', fault, { 'content-type': 'text/plain' });
    expect(text).toMatchObject({ status: 415, body: { message: expect.stringContaining('application/json') } });
    const json = await script('POST', 'faults', fault, { 'content-type': 'application/json; charset=utf-8' });
    expect(json.status).toBe(201);
    expect(await script('PATCH', 'timing')).toMatchObject({ status: 405, allow: 'GET, PUT' });
    expect(await script('PUT', 'faults', fault)).toMatchObject({ status: 405, allow: 'GET, POST, DELETE' });
    expect(await script('GET', 'nothing')).toMatchObject({ status: 404, body: { message: expect.any(String) } });
    expect(await script('GET', 'constructor')).toMatchObject({ status: 404 });
  });
});
