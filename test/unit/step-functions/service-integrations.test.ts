import { describe, expect, test } from 'vitest';
import { createPersonalizeService } from '../../../infra/local/personalize/service.ts';
import {
  dynamoDbIntegrations,
  lambdaInvoke,
  personalizeIntegrations,
} from '../../../infra/local/step-functions/service-integrations.ts';
import { CUT, jsonAnswer, type WireRequest } from '../../../infra/local/wire.ts';

const ARN = 'arn:aws:personalize:us-east-1:123456789012';

describe('the SDK integrations of Personalize', () => {
  const { core, control } = createPersonalizeService({ clock: () => Date.UTC(2026, 0, 1) });
  const handlers = personalizeIntegrations(control, [
    'createDatasetGroup',
    'describeDatasetGroup',
    'listDatasetGroups',
  ]);
  const call = (action: string, parameters: object) =>
    handlers[`arn:aws:states:::aws-sdk:personalize:${action}`]?.(parameters);

  test('have parameters and results with capital first letters, and times as text', async () => {
    const tags = [{ TagKey: 'team', TagValue: 'web' }];
    const DatasetGroupArn = `${ARN}:dataset-group/acme-new`;
    expect(await call('createDatasetGroup', { Name: 'acme-new', Tags: tags })).toEqual({ DatasetGroupArn });
    expect(await call('describeDatasetGroup', { DatasetGroupArn })).toEqual({
      DatasetGroup: {
        DatasetGroupArn,
        Name: 'acme-new',
        Status: 'CREATE PENDING',
        CreationDateTime: '2026-01-01T00:00:00.000Z',
        LastUpdatedDateTime: '2026-01-01T00:00:00.000Z',
      },
    });
    const { DatasetGroups } = (await call('listDatasetGroups', {})) as { DatasetGroups: { Name: string }[] };
    expect(DatasetGroups.map(({ Name }) => Name)).toEqual(['acme-shop', 'acme-new']);
  });

  test.each([
    [
      { fault: 'throttle' },
      'Personalize.LimitExceededException',
      'Rate exceeded (Service: Personalize, Status Code: 400,',
    ],
    [{ fault: 'error', error: 'ThrottlingException' }, 'Personalize.PersonalizeException', 'Status Code: 400'],
    [{ fault: 'access-denied' }, 'Personalize.PersonalizeException', 'not authorized'],
    [{ fault: 'server-error' }, 'Personalize.PersonalizeException', 'Status Code: 500'],
    [{ fault: 'lost-answer' }, 'Personalize.SdkClientException', 'no usable response'],
    [{ fault: 'garbled' }, 'Personalize.SdkClientException', 'no usable response'],
  ])('fail by %j with %s', async (fault, name, message) => {
    core.addFault({ operation: 'DescribeDatasetGroup', times: 1, ...fault } as never);
    const failing = call('describeDatasetGroup', { DatasetGroupArn: `${ARN}:dataset-group/acme-shop` });
    await expect(failing).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test.each([
    ['createDatasetGroup', { Name: 'acme-shop' }, 'Personalize.ResourceAlreadyExistsException'],
    ['createDatasetGroup', { Name: 'acme shop' }, 'Personalize.InvalidInputException'],
    ['describeDatasetGroup', { DatasetGroupArn: `${ARN}:dataset-group/none` }, 'Personalize.ResourceNotFoundException'],
  ])('%s of %j fails with %s', async (action, parameters, name) => {
    await expect(call(action, parameters)).rejects.toMatchObject({ name });
  });
});

describe('the integrations of DynamoDB', () => {
  const put = 'arn:aws:states:::dynamodb:putItem';

  test('pass parameters and results on unchanged', async () => {
    const requests: WireRequest[] = [];
    const handlers = dynamoDbIntegrations(
      async (request) => {
        requests.push(request);
        return jsonAnswer({ Attributes: {} });
      },
      ['putItem'],
    );
    expect(await handlers[put]?.({ TableName: 't', Item: { a: { S: 'x' } } })).toEqual({ Attributes: {} });
    expect(requests[0]?.headers['x-amz-target']).toBe('DynamoDB_20120810.PutItem');
    expect(JSON.parse(String(requests[0]?.body))).toEqual({ TableName: 't', Item: { a: { S: 'x' } } });
  });

  test.each([
    [
      jsonAnswer({ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' }, undefined, 400),
      'DynamoDB.ConditionalCheckFailedException',
    ],
    [jsonAnswer({}, undefined, 500), 'DynamoDB.AmazonDynamoDBException'],
    [CUT, 'DynamoDB.SdkClientException'],
  ] as const)('fail with the name of the error', async (answer, name) => {
    const handlers = dynamoDbIntegrations(async () => answer, ['putItem']);
    await expect(handlers[put]?.({})).rejects.toMatchObject({ name });
  });
});

test('lambda:invoke calls the function that it names, and fails for an unknown one', async () => {
  const invoke = lambdaInvoke({ 'arn:f': async (event) => ({ event }) });
  expect(await invoke({ FunctionName: 'arn:f', Payload: 1 })).toMatchObject({ StatusCode: 200, Payload: { event: 1 } });
  await expect(invoke({ FunctionName: 'arn:g' })).rejects.toMatchObject({ name: 'Lambda.ResourceNotFoundException' });
});
