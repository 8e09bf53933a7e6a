import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from './local-runtime.ts';

/** A team tries its subscriber against real events: a module and an HTTP endpoint as targets of rules. */

const folder = mkdtempSync(join(tmpdir(), 'own-targets-'));
const received = join(folder, 'received.json');
// Fails at first, as a subscriber does that is not ready yet.
const HANDLER = `
import { writeFileSync } from 'node:fs';
let calls = 0;
export const handler = async (event: { detail: unknown }): Promise<void> => {
  calls += 1;
  if (calls === 1) throw new Error('not ready');
  writeFileSync(${JSON.stringify(received)}, JSON.stringify(event));
};
`;
const posted: { detail: { data: { trackerId: string; status: string } } }[] = [];
const endpoint = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  posted.push(JSON.parse(text));
  response.end();
});
let runtime: LocalRuntime;
let events: EventBridgeClient;

beforeAll(async () => {
  writeFileSync(join(folder, 'handler.ts'), HANDLER);
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/events`;
  runtime = await startLocalRuntime({
    args: ['--target', `orders=${join(folder, 'handler.ts')}`, '--target', `web=${url}`],
    environment: { POWERTOOLS_LOG_LEVEL: 'WARN' },
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  events = new EventBridgeClient({ endpoint: runtime.awsUrl, region: 'us-east-1', credentials });
});
afterAll(async () => {
  events.destroy();
  endpoint.close();
  await runtime.end('SIGTERM');
});

const putTargets = async (rule: string, EventPattern: object, ...Arns: string[]) => {
  const on = { EventBusName: 'event-trackers' };
  await events.send(new PutRuleCommand({ ...on, Name: rule, EventPattern: JSON.stringify(EventPattern) }));
  const Targets = Arns.map((Arn, index) => ({ Id: `${index}`, Arn }));
  return events.send(new PutTargetsCommand({ ...on, Rule: rule, Targets }));
};
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const request = async (datasetGroupArn: string, name: string) =>
  call(runtime, 'POST', '/event-trackers', { token: await tokenOf(runtime), body: { name, datasetGroupArn } });

test('put-targets says which targets the runtime cannot reach', async () => {
  const topic = 'arn:aws:sns:us-east-1:123456789012:orders';
  expect(await putTargets('far', { source: ['event-trackers'] }, topic)).toMatchObject({
    FailedEntryCount: 1,
    FailedEntries: [
      {
        TargetId: '0',
        ErrorMessage: expect.stringMatching(
          /cannot reach this target\. It reaches state machines, queues, .*function:orders/,
        ),
      },
    ],
  });
});

test('from a REST call to the handlers: both get the event, the one that failed is retried', async () => {
  const active = { detail: { data: { status: ['ACTIVE'] } } };
  const reached = await putTargets('active', active, functionArn('orders'), functionArn('web'));
  expect(reached).toMatchObject({ FailedEntryCount: 0 });
  const { status, body } = await request(DEMO_GROUP, 'shop');
  expect(status).toBe(202);
  const { trackerId } = body;
  await vi.waitFor(() => expect(posted.map(({ detail }) => detail.data.trackerId)).toEqual([trackerId]), 60_000);
  await vi.waitFor(() => expect(existsSync(received)).toBe(true), 60_000);
  expect(JSON.parse(readFileSync(received, 'utf8'))).toEqual(posted[0]);
  expect(posted[0]).toMatchObject({ source: 'event-trackers', detail: { data: { status: 'ACTIVE' } } });
  expect(await local(runtime, 'GET', '/_events/failed-invocations')).toMatchObject({ count: 0 });
});

test('a failed creation and an undeliverable event leave one line each, with the tracker and the reason', async () => {
  endpoint.close();
  endpoint.closeAllConnections();
  await putTargets('failed', { detail: { data: { status: ['CREATE FAILED'] } } }, functionArn('web'));
  const { body } = await request(DEMO_GROUP.replace('acme-shop', 'acme-missing'), 'missing');
  const linesOf = (text: string) =>
    runtime
      .output()
      .split('\n')
      .filter((line) => line.includes(text) && line.includes(body.trackerId));
  await vi.waitFor(() => expect(linesOf('could not be delivered')).toHaveLength(1), 60_000);
  expect(linesOf('could not be delivered')[0]).toMatch(
    /^The event .* \(Event Tracker State Change\) of et-\w+ could not be delivered to .*function:web: TypeError: fetch failed/,
  );
  const [line, ...others] = linesOf('creation failed');
  expect(others).toEqual([]);
  expect(JSON.parse(line ?? '')).toMatchObject({
    level: 'WARN',
    message: 'creation failed',
    trackerId: body.trackerId,
    code: 'DATASET_GROUP_NOT_FOUND',
    reason: expect.stringContaining('acme-missing'),
  });
});
