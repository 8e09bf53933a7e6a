import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException as TableNotFound,
} from '@aws-sdk/client-dynamodb';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DeleteDatasetCommand,
  DeleteDatasetGroupCommand,
  DeleteEventTrackerCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  InvalidInputException,
  InvalidNextTokenException,
  ListDatasetGroupsCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
  ResourceAlreadyExistsException,
  ResourceInUseException,
  ResourceNotFoundException,
  TagResourceCommand,
  TooManyTagsException,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import {
  PutEventsCommand as PutInteractionsCommand,
  InvalidInputException as RefusedInteractions,
} from '@aws-sdk/client-personalize-events';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidExecutionInput,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ARN,
  ask,
  clientsOf,
  errorOf,
  makeDatasetGroup,
  STATE_MACHINE_ARN,
  TABLE,
  untilTracker,
} from './aws-operations.ts';
import {
  call,
  DEMO_GROUP,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

let runtime: LocalRuntime;
let aws: ReturnType<typeof clientsOf>;
let token: string;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  aws = clientsOf(runtime);
  token = await tokenOf(runtime);
  // Long enough to observe each status on a loaded machine.
  const timing = { createPendingMs: 1500, createInProgressMs: 500, deletePendingMs: 50, deleteInProgressMs: 50 };
  const { body } = await ask(runtime, 'PUT', '/_simulator/timing', { ...timing, datasetGroupMs: 1500 });
  expect(body).toEqual({ ...timing, datasetGroupMs: 1500, datasetMs: 0 });
});
afterAll(async () => {
  for (const client of Object.values(aws)) client.destroy();
  vi.unstubAllEnvs();
  await runtime.end('SIGKILL');
});

const post = (datasetGroupArn: string) =>
  call(runtime, 'POST', '/event-trackers', { token, body: { name: 'shop', datasetGroupArn } });
const click = { eventType: 'click', itemId: 'i-1', sentAt: new Date('2026-11-23T12:00:00Z') };
const putInteractions = (trackingId: string | undefined) =>
  aws.personalizeEvents.send(
    new PutInteractionsCommand({ trackingId, sessionId: 's-1', userId: 'u-1', eventList: [click] }),
  );

describe('Personalize', () => {
  test('a dataset group can be created, described and deleted', async () => {
    const { personalize } = aws;
    const { datasetGroupArn } = await personalize.send(new CreateDatasetGroupCommand({ name: 'acme-books' }));
    expect(datasetGroupArn).toBe(`${ARN}dataset-group/acme-books`);
    const describeGroup = async () =>
      (await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup;
    expect(await describeGroup()).toMatchObject({ status: 'CREATE PENDING', creationDateTime: expect.any(Date) });
    await expect.poll(async () => (await describeGroup())?.status).toBe('ACTIVE');

    const fields = ['USER_ID', 'ITEM_ID'].map((name) => ({ name, type: 'string' }));
    const schema = JSON.stringify({ type: 'record', name: 'Interactions', fields });
    const { schemaArn } = await personalize.send(new CreateSchemaCommand({ name: 'clicks', schema }));
    const created = { name: 'books', schemaArn, datasetGroupArn, datasetType: 'Interactions' };
    const { datasetArn } = await personalize.send(new CreateDatasetCommand(created));
    const { dataset } = await personalize.send(new DescribeDatasetCommand({ datasetArn }));
    expect(dataset).toMatchObject({ name: 'books', schemaArn, datasetGroupArn, status: 'ACTIVE' });
    const { datasets } = await personalize.send(new ListDatasetsCommand({ datasetGroupArn }));
    expect(datasets?.map((each) => each.datasetArn)).toEqual([datasetArn]);

    const first = await personalize.send(new ListDatasetGroupsCommand({ maxResults: 1 }));
    expect(first.datasetGroups?.map(({ name }) => name)).toEqual(['acme-shop']);
    const { nextToken } = first;
    const { datasetGroups } = await personalize.send(new ListDatasetGroupsCommand({ nextToken }));
    expect(datasetGroups?.map(({ name }) => name)).toContain('acme-books');
    expect(await errorOf(personalize.send(new ListEventTrackersCommand({ nextToken })))).toBeInstanceOf(
      InvalidNextTokenException,
    );

    const deleteGroup = () => personalize.send(new DeleteDatasetGroupCommand({ datasetGroupArn }));
    expect(await errorOf(deleteGroup())).toBeInstanceOf(ResourceInUseException);
    await personalize.send(new DeleteDatasetCommand({ datasetArn }));
    await deleteGroup();
    await expect.poll(() => describeGroup().catch((error: unknown) => error)).toBeInstanceOf(ResourceNotFoundException);
  });

  test('PutEvents refuses a tracking ID until the tracker is ACTIVE; then the interactions can be read', async () => {
    const { personalize } = aws;
    const datasetGroupArn = await makeDatasetGroup(personalize, 'umbrella-shop');
    const create = () => personalize.send(new CreateEventTrackerCommand({ name: 'mine', datasetGroupArn }));
    const { eventTrackerArn, trackingId } = await create();
    const { eventTracker } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
    expect(eventTracker).toMatchObject({ name: 'mine', datasetGroupArn, trackingId, accountId: '123456789012' });
    expect(await errorOf(putInteractions(trackingId))).toBeInstanceOf(RefusedInteractions);
    expect(await errorOf(create())).toBeInstanceOf(ResourceAlreadyExistsException);
    const remove = () => personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
    expect(await errorOf(remove())).toBeInstanceOf(ResourceInUseException);

    await untilTracker(personalize, eventTrackerArn, 'ACTIVE');
    const { eventTrackers } = await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
    expect(eventTrackers).toMatchObject([{ name: 'mine', eventTrackerArn, status: 'ACTIVE' }]);
    expect(eventTrackers?.[0]).not.toHaveProperty('trackingId');
    await putInteractions(trackingId);
    const { body } = await ask(runtime, 'GET', '/_simulator/interactions');
    const dataset = datasetGroupArn.replace(':dataset-group/', ':dataset/');
    expect(body.interactions[`${dataset}/INTERACTIONS`]).toMatchObject([
      { eventType: 'click', itemId: 'i-1', userId: 'u-1', sessionId: 's-1' },
    ]);

    await remove();
    await untilTracker(personalize, eventTrackerArn, 'gone');
    expect(await errorOf(putInteractions(trackingId))).toBeInstanceOf(RefusedInteractions);
    expect(JSON.stringify((await ask(runtime, 'GET', '/_simulator/calls')).body)).not.toContain(trackingId);
  });

  test('tags can be added, changed and removed', async () => {
    const tags = [
      { tagKey: 'team', tagValue: 'Zürich' },
      { tagKey: 'stage', tagValue: '' },
    ];
    const tag = (wanted: typeof tags) =>
      aws.personalize.send(new TagResourceCommand({ resourceArn: DEMO_GROUP, tags: wanted }));
    const list = async () =>
      (await aws.personalize.send(new ListTagsForResourceCommand({ resourceArn: DEMO_GROUP }))).tags;
    await tag(tags);
    expect(await list()).toEqual(tags);
    await aws.personalize.send(new UntagResourceCommand({ resourceArn: DEMO_GROUP, tagKeys: ['stage'] }));
    expect(await list()).toEqual([tags[0]]);
    const many = Array.from({ length: 51 }, (_, n) => ({ tagKey: `k${n}`, tagValue: '' }));
    expect(await errorOf(tag(many))).toBeInstanceOf(TooManyTagsException);
    const named = errorOf(aws.personalize.send(new CreateEventTrackerCommand({ name: '-x', datasetGroupArn: 'arn' })));
    expect(await named).toBeInstanceOf(InvalidInputException);
    expect(String(await named)).toMatch(/'name'.*'datasetGroupArn'/);
  });
});

describe('a tracker of the API', () => {
  test('has an execution that can be read from start to end and contains no tracking ID', async () => {
    const { body } = await post(DEMO_GROUP);
    const isActive = ({ detail }: { detail: { data: { trackerId: string; status: string } } }) =>
      detail.data?.trackerId === body.trackerId && detail.data.status === 'ACTIVE';
    const event = (await eventsUntil(runtime, (events) => events.some(isActive))).find(isActive);
    const { eventTracker } = await aws.personalize.send(
      new DescribeEventTrackerCommand({ eventTrackerArn: String(event?.detail.data.eventTrackerArn) }),
    );
    const trackingId = event?.detail.data.trackingId;
    expect(trackingId).toBe(eventTracker?.trackingId);

    const { stepFunctions } = aws;
    const { stateMachines } = await stepFunctions.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map((each) => each.stateMachineArn)).toEqual([
      STATE_MACHINE_ARN,
      STATE_MACHINE_ARN.replace('lifecycle', 'admission'),
    ]);
    const machine = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn: STATE_MACHINE_ARN }));
    expect(JSON.parse(machine.definition ?? '')).toMatchObject({ StartAt: 'Observe' });

    const name = `${body.trackerId}-1`;
    const ended = async () => {
      const { executions } = await stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE_ARN, statusFilter: 'SUCCEEDED' }),
      );
      return executions?.find((execution) => execution.name === name)?.executionArn;
    };
    await expect.poll(ended).toBeDefined();
    const executionArn = await ended();
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    expect(execution).toMatchObject({ status: 'SUCCEEDED', stopDate: expect.any(Date) });
    const input = JSON.parse(execution.input ?? '');
    expect(input).toEqual({ version: 1, trackerId: body.trackerId, epoch: 1 });

    const { events = [] } = await stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    );
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);
    const entered = events.map((each) => each.stateEnteredEventDetails?.name);
    for (const state of ['Observe', 'CheckDatasetGroup', 'CreateEventTracker', 'PublishEvents']) {
      expect(entered).toContain(state);
    }
    expect(JSON.stringify([events, execution])).not.toContain(trackingId);
    const backwards = await stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );
    expect(backwards).toMatchObject({ events: [{ type: 'ExecutionSucceeded' }], nextToken: expect.any(String) });

    const again = new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name, input: execution.input });
    expect(await errorOf(stepFunctions.send(again))).toBeInstanceOf(ExecutionAlreadyExists);
  });

  test('has a record that can be read by key and by the tenant index', async () => {
    const { dynamodb } = aws;
    const { body } = await post(DEMO_GROUP);
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([TABLE]);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table?.TableArn).toBe(`arn:aws:dynamodb:us-east-1:123456789012:table/${TABLE}`);
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toContain('tenant');
    const Key = { trackerId: { S: body.trackerId } };
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
    expect(Item).toMatchObject({ ...Key, datasetGroupArn: { S: DEMO_GROUP }, status: { S: body.status } });
    const byTenant = {
      TableName: TABLE,
      IndexName: 'tenant',
      KeyConditionExpression: '#tenantId = :tenantId',
      ExpressionAttributeNames: { '#tenantId': 'tenantId' },
    };
    const queryOf = async (S: string) =>
      (await dynamodb.send(new QueryCommand({ ...byTenant, ExpressionAttributeValues: { ':tenantId': { S } } }))).Items;
    expect(await queryOf('acme')).toContainEqual({ ...Key, tenantId: { S: 'acme' } });
    expect(await queryOf('umbrella')).toEqual([]);

    const ConditionExpression = 'attribute_not_exists(trackerId)';
    const claim = new PutItemCommand({ TableName: TABLE, Item: Key, ConditionExpression });
    expect(await errorOf(dynamodb.send(claim))).toBeInstanceOf(ConditionalCheckFailedException);
    const elsewhere = new GetItemCommand({ TableName: 'orders', Key });
    expect(await errorOf(dynamodb.send(elsewhere))).toBeInstanceOf(TableNotFound);
  });
});

test('a running execution blocks its name for other inputs and can be stopped', async () => {
  const { stepFunctions } = aws;
  const datasetGroupArn = await makeDatasetGroup(aws.personalize, 'acme-slow');
  await injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    datasetGroupArn,
    times: 1,
    fault: 'stuck',
  });
  const { body } = await post(datasetGroupArn);
  const listed = new ListEventTrackersCommand({ datasetGroupArn });
  await expect.poll(async () => (await aws.personalize.send(listed)).eventTrackers).toHaveLength(1);
  const name = `${body.trackerId}-1`;
  const { executions } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE_ARN, statusFilter: 'RUNNING' }),
  );
  const running = executions?.find((execution) => execution.name === name);
  const { executionArn } = running ?? {};
  const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const start = (fields: { name?: string; input?: string; stateMachineArn?: string }) =>
    stepFunctions.send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, ...fields }));
  expect(await start({ name, input })).toMatchObject({ executionArn, startDate: running?.startDate });
  expect(await errorOf(start({ name, input: '{}' }))).toBeInstanceOf(ExecutionAlreadyExists);

  await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'a test' }));
  const stopped = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  expect(stopped).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'a test' });

  expect(await errorOf(start({ input: '{' }))).toBeInstanceOf(InvalidExecutionInput);
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  expect(await errorOf(start({ input: deep }))).toBeInstanceOf(InvalidExecutionInput);
  expect(await errorOf(start({ stateMachineArn: `${STATE_MACHINE_ARN}x` }))).toBeInstanceOf(StateMachineDoesNotExist);
  const unknown = new DescribeExecutionCommand({ executionArn: `${executionArn}x` });
  expect(await errorOf(stepFunctions.send(unknown))).toBeInstanceOf(ExecutionDoesNotExist);
});
