import { once } from 'node:events';
import { connect } from 'node:net';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListEventTrackersCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, expect, it, vi } from 'vitest';
import { type AwsPortOptions, type AwsServices, startAwsPort } from '../../infra/local/aws-port.ts';
import { CUT, jsonAnswer, type WireService } from '../../infra/local/wire.ts';

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  vi.restoreAllMocks();
});

async function start(services: Partial<AwsServices> = {}, more: Partial<AwsPortOptions> = {}) {
  const calls: string[] = [];
  const service =
    (name: string): WireService =>
    async ({ headers }) => {
      calls.push(`${name} ${headers['x-amz-target'] ?? ''}`.trim());
      return jsonAnswer({});
    };
  const port = await startAwsPort({
    port: 0,
    host: '127.0.0.1',
    services: {
      dynamodb: service('dynamodb'),
      stepFunctions: service('stepFunctions'),
      eventBridge: service('eventBridge'),
      personalize: service('personalize'),
      personalizeEvents: service('personalizeEvents'),
      parameterStore: service('parameterStore'),
      secretsManager: service('secretsManager'),
      queues: service('queues'),
      lambda: service('lambda'),
      sts: service('sts'),
      iam: service('iam'),
      ...services,
    },
    local: [],
    streams: {},
    ...more,
  });
  closers.push(port.close);
  const config = {
    endpoint: port.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  return { port, calls, config };
}

it('routes each SDK call to its service', async () => {
  const { calls, config, port } = await start();
  await new SFNClient(config).send(new ListStateMachinesCommand({}));
  await new EventBridgeClient(config).send(new ListRulesCommand({}));
  await new PersonalizeClient(config).send(new ListEventTrackersCommand({}));
  await new PersonalizeEventsClient(config).send(
    new PutEventsCommand({ trackingId: 't', sessionId: 's', eventList: [{ eventType: 'e', sentAt: new Date(0) }] }),
  );
  await new SSMClient(config).send(new DescribeParametersCommand({}));
  await new SecretsManagerClient(config).send(new ListSecretsCommand({}));
  await new SQSClient(config).send(new ListQueuesCommand({}));
  await new LambdaClient(config).send(new InvokeCommand({ FunctionName: 'f' }));
  await fetch(port.url, { method: 'POST', headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, body: '{}' });
  expect(calls).toEqual([
    'stepFunctions AWSStepFunctions.ListStateMachines',
    'eventBridge AWSEvents.ListRules',
    'personalize AmazonPersonalize.ListEventTrackers',
    'personalizeEvents',
    'parameterStore AmazonSSM.DescribeParameters',
    'secretsManager secretsmanager.ListSecrets',
    'queues AmazonSQS.ListQueues',
    'lambda',
    'dynamodb DynamoDB_20120810.ListTables',
  ]);
});

it('refuses an unknown operation or path and says so', async () => {
  const { port } = await start();
  const unknown = await fetch(port.url, { method: 'POST', headers: { 'x-amz-target': 'AmazonSNS.Publish' } });
  expect(unknown.status).toBe(400);
  expect(unknown.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  expect(await unknown.json()).toMatchObject({ __type: 'UnknownOperationException' });

  for (const path of ['/', '/events', '/_unknown', '//_simulator', '/_eventsx']) {
    const nothing = await fetch(`${port.url}${path}`, { method: 'POST' });
    expect(nothing.status, path).toBe(404);
    expect(await nothing.json()).toEqual({ message: expect.any(String) });
  }
  expect((await fetch(`${port.url}/%zz`)).status).toBe(400);
  expect(await (await fetch(`${port.url}/_health`)).json()).toEqual({ status: 'ok', pid: process.pid });
});

it('answers InternalFailure with a fixed text when a service throws', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { config } = await start({
    personalize: async () => {
      throw new Error('a secret detail');
    },
  });
  const failure = await new PersonalizeClient(config).send(new ListEventTrackersCommand({})).catch((error) => error);
  expect(failure).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  expect(failure.message).not.toContain('secret');
  expect(log).toHaveBeenCalled();
});

it('cuts the connection when a service returns CUT', async () => {
  const { config } = await start({ personalize: async () => CUT });
  await expect(new PersonalizeClient(config).send(new ListEventTrackersCommand({}))).rejects.toThrow(
    /socket hang up|ECONNRESET/,
  );
});

it('reads a body over 1 MiB to its end, then answers 413', async () => {
  const { port } = await start();
  const answer = await fetch(port.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
    body: Buffer.alloc(1024 * 1024 + 1),
  });
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ __type: 'RequestEntityTooLargeException' });
});

it('names the flag that chooses another port when the port is in use', async () => {
  const { port } = await start();
  const taken = Number(new URL(port.url).port);
  await expect(start({}, { port: taken })).rejects.toThrow(`port ${taken} is in use; choose another with --aws-port`);
});

it('survives garbage, dropped requests and half-open sockets, and can still close', async () => {
  const { port, config, calls } = await start();
  const dial = async () => {
    const socket = connect(Number(new URL(port.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const garbage = await dial();
  garbage.resume().write('\u0016\u0003\u0001 this is not HTTP\r\n\r\n');
  await once(garbage, 'close');
  const dropped = await dial();
  dropped.write(
    'POST / HTTP/1.1\r\nHost: localhost\r\nx-amz-target: AWSEvents.PutEvents\r\nContent-Length: 99\r\n\r\n{',
  );
  dropped.resetAndDestroy();
  const halfOpen = await dial();
  halfOpen.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{');
  await new PersonalizeClient(config).send(new ListEventTrackersCommand({}));
  expect(calls).toEqual(['personalize AmazonPersonalize.ListEventTrackers']);
  const ended = once(halfOpen.resume(), 'close');
  await closers.pop()?.();
  await ended;
});

it('ends open streams when the port closes', async () => {
  const { port } = await start(
    {},
    {
      streams: {
        '/_events': (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\ndata: {}\n\n');
        },
      },
    },
  );
  const answer = await fetch(`${port.url}/_events`);
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('id: 1\ndata: {}\n\n');
  await closers.pop()?.();
  await expect(reader?.read()).rejects.toThrow();
});
