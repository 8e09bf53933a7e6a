import { connect } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  ListSchemasCommand,
  PersonalizeClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect, vi } from 'vitest';
import type { LocalRuntime } from './local-runtime.ts';

export const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
export const STATE_MACHINE_ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
export const BUS = 'event-trackers';
export const TABLE = 'event-trackers';

/** AWS SDK clients that are configured only by the environment, as in a program that uses the runtime. */
export function clientsOf({ awsUrl }: Pick<LocalRuntime, 'awsUrl'>) {
  vi.stubEnv('AWS_ENDPOINT_URL', awsUrl);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  return {
    personalize: new PersonalizeClient(),
    personalizeEvents: new PersonalizeEventsClient(),
    stepFunctions: new SFNClient(),
    eventBridge: new EventBridgeClient(),
    dynamodb: new DynamoDBClient(),
  };
}

/** The error of a call. @throws Error if the call succeeds */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('The call was expected to fail.');
}

/** Creates an ACTIVE dataset group with an Interactions dataset. @returns its ARN */
export async function makeDatasetGroup(personalize: PersonalizeClient, name: string): Promise<string> {
  const { datasetGroupArn } = await personalize.send(new CreateDatasetGroupCommand({ name }));
  await expect
    .poll(async () => {
      const { datasetGroup } = await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }));
      return datasetGroup?.status;
    })
    .toBe('ACTIVE');
  const { schemas } = await personalize.send(new ListSchemasCommand({}));
  const schemaArn = schemas?.[0]?.schemaArn;
  await personalize.send(
    new CreateDatasetCommand({ name: `${name}-interactions`, schemaArn, datasetGroupArn, datasetType: 'Interactions' }),
  );
  return datasetGroupArn ?? '';
}

/** Waits until a tracker has the status `until`, or is deleted. */
export async function untilTracker(personalize: PersonalizeClient, eventTrackerArn: string | undefined, until: string) {
  const status = async () => {
    try {
      const { eventTracker } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
      return eventTracker?.status;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return 'gone';
      throw error;
    }
  };
  await expect.poll(status, { interval: 100, timeout: 60_000 }).toBe(until);
}

/** Calls one of the runtime's own paths. Does not throw for an error status. */
export async function ask({ awsUrl }: Pick<LocalRuntime, 'awsUrl'>, method: string, path: string, body?: unknown) {
  const response = await fetch(`${awsUrl}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** Sends the text unchanged and reads until the server ends the connection. @param url only its host and port are used */
export function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** Sends the beginning of a request, then drops the connection. */
export function dropMidBody(url: string, head: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head, () => socket.resetAndDestroy()));
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

/** The messages of an event stream as they arrive, each with its id and event. */
export async function* streamedEvents(response: Response) {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(block) ?? [];
      if (id !== undefined && data !== undefined) yield { id: Number(id), event: JSON.parse(data) };
    }
  }
}
