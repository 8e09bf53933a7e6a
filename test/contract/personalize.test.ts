import * as sdk from '@aws-sdk/client-personalize';
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
  DescribeSchemaCommand,
  GetSolutionMetricsCommand,
  InvalidInputException,
  InvalidNextTokenException,
  LimitExceededException,
  ListCampaignsCommand,
  ListDatasetGroupsCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListSchemasCommand,
  ListTagsForResourceCommand,
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
  ResourceNotFoundException as NoEvents,
  PutActionsCommand,
  PutItemsCommand,
  PutUsersCommand,
  ResourceInUseException as UsedEvents,
} from '@aws-sdk/client-personalize-events';
import { describe, expect, test } from 'vitest';
import {
  ARN,
  createTracker,
  DEMO,
  describeTracker,
  errorOf,
  event,
  listTrackers,
  outcomes,
  passTime,
  personalize,
  personalizeEvents,
  putEvents,
  SCHEMA,
  START,
  script,
  server,
  start,
  startForEachTest,
  stop,
} from './simulated-personalize.ts';

startForEachTest();

describe('operations through the SDK', () => {
  test('a tracker can be created, described, listed, used and deleted', async () => {
    const { eventTrackerArn, trackingId, $metadata } = await createTracker();
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(eventTrackerArn).toMatch(/^arn:aws:personalize:us-east-1:123456789012:event-tracker\/[0-9a-f]{8}$/);
    passTime(8000);
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
    passTime(3000);
    expect(await errorOf(describeTracker(eventTrackerArn))).toBeInstanceOf(ResourceNotFoundException);
    expect(await listTrackers()).toEqual([]);
  });

  test('a dataset group can be created with its schema and dataset, read, and deleted', async () => {
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
    passTime(1000);
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
    passTime(1000);
    expect(await errorOf(deleteGroup())).toBeInstanceOf(ResourceNotFoundException);
  });

  test('tags can be listed, added, replaced and removed; a resource has at most 50', async () => {
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

  test('lists have pages; an invalid token, or one of another list, is refused', async () => {
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

  test('a second tracker, a missing group and a tracker in use each have their own exception class', async () => {
    const { eventTrackerArn } = await createTracker();
    expect(await errorOf(createTracker('other'))).toBeInstanceOf(ResourceAlreadyExistsException);
    const withoutGroup = { name: 'a', datasetGroupArn: `${ARN}dataset-group/nobody` };
    const missing = await errorOf(personalize.send(new CreateEventTrackerCommand(withoutGroup)));
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    expect(missing).toMatchObject({ $metadata: { httpStatusCode: 400 }, $fault: 'client' });
    const early = personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
    expect(await errorOf(early)).toBeInstanceOf(ResourceInUseException);
  });

  test('PutEvents refuses a tracking ID that is unknown or not ACTIVE, and no message repeats it', async () => {
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

  test('exceeding the quota of dataset groups is a LimitExceededException', async () => {
    await stop();
    await start({ datasetGroupQuota: 1 });
    const second = personalize.send(new CreateDatasetGroupCommand({ name: 'second' }));
    expect(await errorOf(second)).toBeInstanceOf(LimitExceededException);
  });

  test('an operation that the simulator lacks is an UnknownOperationException that lists the others, and is among the calls', async () => {
    const error = await errorOf(personalize.send(new GetSolutionMetricsCommand({ solutionVersionArn: DEMO })));
    expect(error).toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 400 } });
    expect(String(error)).toMatch(
      /the operation GetSolutionMetrics of Personalize\. It supports CreateEventTracker, .*ListSolutions/,
    );
    const actions = [{ actionId: 'a' }];
    const put = await errorOf(personalizeEvents.send(new PutActionsCommand({ datasetArn: DEMO, actions })));
    expect(String(put)).toContain(
      'the operation PutActions of Personalize Events. It supports PutEvents, PutItems, PutUsers.',
    );
    expect(outcomes()).toEqual([
      'GetSolutionMetrics UnknownOperationException',
      'PutActions UnknownOperationException',
    ]);
  });

  test('every list operation of the SDK works; lists of resources that the simulator does not have are empty', async () => {
    const lists = Object.entries(sdk).filter(([name]) => /^List(?!TagsForResource)\w+Command$/.test(name));
    expect(lists.length).toBeGreaterThan(15);
    for (const [name, Command] of lists) {
      const { $metadata: _, ...output } = await personalize.send(new (Command as typeof ListCampaignsCommand)({}));
      const [[member, list] = []] = Object.entries(output);
      const hasSome = ['ListDatasetGroupsCommand', 'ListDatasetsCommand', 'ListSchemasCommand'].includes(name);
      expect([name, member, (list as unknown as unknown[]).length]).toEqual([
        name,
        expect.any(String),
        hasSome ? 1 : 0,
      ]);
    }
    const filtered = new sdk.ListSolutionVersionsCommand({ solutionArn: 'shop', maxResults: 5 });
    expect(await errorOf(personalize.send(filtered))).toBeInstanceOf(InvalidInputException);
    const next = personalize.send(new ListCampaignsCommand({ nextToken: 'made-up' }));
    expect(await errorOf(next)).toBeInstanceOf(InvalidNextTokenException);
  });

  test('PutItems and PutUsers are accepted if their dataset is ACTIVE', async () => {
    const { schemaArn } = await personalize.send(new CreateSchemaCommand({ name: 'any', schema: SCHEMA }));
    const items = [{ itemId: 'i-1', properties: '{"price": 5}' }, { itemId: 'i-2' }];
    const users = [{ userId: 'u-1', properties: '{"age": 30}' }];
    const datasetArn = `${ARN}dataset/acme-shop/ITEMS`;
    const putItems = (arn = datasetArn, list = items) =>
      personalizeEvents.send(new PutItemsCommand({ datasetArn: arn, items: list }));
    expect(await errorOf(putItems())).toBeInstanceOf(NoEvents);

    await script('PUT', 'timing', { datasetMs: 1000 });
    for (const datasetType of ['Items', 'Users']) {
      const dataset = { name: datasetType, datasetType, datasetGroupArn: DEMO, schemaArn };
      await personalize.send(new CreateDatasetCommand(dataset));
    }
    expect(await errorOf(putItems())).toBeInstanceOf(UsedEvents);
    passTime(1000);
    await putItems();
    await personalizeEvents.send(new PutUsersCommand({ datasetArn: `${ARN}dataset/acme-shop/USERS`, users }));
    expect((await script('GET', 'interactions')).body).toEqual({
      interactions: {
        [datasetArn]: items,
        [`${ARN}dataset/acme-shop/USERS`]: users,
      },
    });

    for (const refused of [
      putItems(`${ARN}dataset/acme-shop/USERS`),
      putItems(datasetArn, [{ itemId: 'i', properties: '[1]' }]),
      putItems(datasetArn, Array(11).fill({ itemId: 'i' })),
    ]) {
      expect(await errorOf(refused)).toBeInstanceOf(InvalidEvents);
    }
    // The list of calls has only the number of users, not their data.
    expect((await script('GET', 'calls')).body).toMatchObject({
      calls: expect.arrayContaining([
        expect.objectContaining({
          operation: 'PutUsers',
          parameters: { datasetArn: `${ARN}dataset/acme-shop/USERS`, users: 1 },
          outcome: 'OK',
        }),
      ]),
    });
  });

  test.each([
    [
      'a name of 64 characters',
      { name: 'a'.repeat(64) },
      "'name' failed to satisfy constraint: Member must have length less than",
    ],
    ['a name that starts with a hyphen', { name: '-a' }, "Value '-a' at 'name'"],
    ['no name', { name: undefined }, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    ['an ARN of S3', { datasetGroupArn: 'arn:aws:s3:::bucket' }, "'datasetGroupArn' failed to satisfy"],
    [
      'an ARN of 257 characters',
      { datasetGroupArn: `${DEMO}${'x'.repeat(200)}` },
      "'datasetGroupArn' failed to satisfy",
    ],
    ['201 tags', { tags: Array(201).fill({ tagKey: 'k', tagValue: 'v' }) }, "'tags' failed to satisfy"],
    [
      'a tag key of 129 characters',
      { tags: [{ tagKey: 'k'.repeat(129), tagValue: '' }] },
      "Value at 'tags.1.member.tagKey'",
    ],
    ['a tag value with a smiley', { tags: [{ tagKey: 'k', tagValue: '☺' }] }, "Value at 'tags.1.member.tagValue'"],
    ['a repeated tag', { tags: Array(2).fill({ tagKey: 'k', tagValue: 'v' }) }, 'same tagKey twice'],
    ['a tag with the prefix aws:', { tags: [{ tagKey: 'aws:x', tagValue: 'v' }] }, 'must not start with aws:'],
  ])('%s is refused with the field and the rule', async (_, more, message) => {
    const error = await errorOf(
      personalize.send(new CreateEventTrackerCommand({ name: 'good', datasetGroupArn: DEMO, ...more })),
    );
    expect(error).toBeInstanceOf(InvalidInputException);
    expect(String(error)).toContain(message);
    expect(await listTrackers()).toEqual([]);
  });

  test('a page size of 101 is refused even by an operation that does not model InvalidInputException', async () => {
    const error = await errorOf(personalize.send(new ListDatasetGroupsCommand({ maxResults: 101 })));
    expect(error).toMatchObject({ name: 'ValidationException' });
    const listing = personalize.send(new ListEventTrackersCommand({ maxResults: 0 }));
    expect(await errorOf(listing)).toBeInstanceOf(InvalidInputException);
  });

  test.each([
    ['invalid JSON', '{', 'valid JSON'],
    ['a list', '[]', 'JSON object'],
    ['a number for a name', '{"name": 5}', "'name' must be of type string"],
    ['a fractional page size', '{"maxResults": 1.5}', "'maxResults' must be an integer"],
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

  test('the control plane does not accept PutEvents, and the events service does not accept control plane calls', async () => {
    const headers = { 'x-amz-target': 'AmazonPersonalize.PutEvents' };
    expect((await fetch(server.url, { method: 'POST', body: '{}', headers })).status).toBe(400);
    expect((await fetch(`${server.url}/items`, { method: 'POST', body: '{}' })).status).toBe(400);
    expect((await fetch(`${server.url}/events`)).status).toBe(400);
  });
});
