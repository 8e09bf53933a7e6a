import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRequestEventTracker } from '../../../examples/onboarding/request-event-tracker.ts';

/** The function of the onboarding state machines, against a scripted API. */

const input = {
  tenantId: 'acme',
  name: 'shop',
  datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
};
/** The response of the API; without one, it closes the connection. */
let answer: { status: number; body: object | string } | undefined;
const received: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];

const server = createServer(async (request: IncomingMessage, response) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  received.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(text) });
  if (answer === undefined) request.socket.destroy();
  else
    response.writeHead(answer.status).end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/event-trackers`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  answer = undefined;
  received.length = 0;
});

const ask = createRequestEventTracker({
  url: () => url,
  authorize: async ({ headers }) => ({ ...headers, authorization: 'Bearer a.b.c' }),
});
const problem = (status: number, reason: string) => ({
  status,
  body: { reason, detail: `because of ${reason}`, remedy: 'Do that.' },
});

describe.each([
  ['a request', { ...input, taskToken: 'secret-token', heartbeatSeconds: 600 }],
  ['a dry run', { ...input, dryRun: true as const }],
])('%s', (_, event) => {
  test.each([
    ['a problem of the API', problem(409, 'NAME_CONFLICT'), 'NAME_CONFLICT', 'because of NAME_CONFLICT Do that.'],
    ["API Gateway's own error", { status: 403, body: { message: 'Forbidden' } }, 'HttpStatus403', 'Forbidden'],
    ['a page that is not JSON', { status: 404, body: '<html>' }, 'HttpStatus404', 'The API gave no reason.'],
    ['a throttle', { status: 429, body: { message: 'Too Many Requests' } }, 'ServiceBusy', 'it returned 429'],
    ['a 503', problem(503, 'NO_ROOM'), 'ServiceBusy', 'it returned 503'],
  ])('%s becomes a named error without the task token', async (_, given, name, message) => {
    answer = given;
    const error: unknown = await ask(event).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('secret-token');
  });

  test('without a response is ServiceBusy', async () => {
    await expect(ask(event)).rejects.toMatchObject({ name: 'ServiceBusy' });
  });
});

test('a request is sent with its task token and authorization, waits for the dataset group, and returns no tracking ID', async () => {
  answer = { status: 200, body: { trackerId: 'et-1', status: 'ACTIVE', trackingId: 'secret-tracking-id' } };
  expect(await ask({ ...input, taskToken: 'secret-token', heartbeatSeconds: 600 })).toEqual({
    trackerId: 'et-1',
    status: 'ACTIVE',
  });
  const callback = { taskToken: 'secret-token', heartbeatSeconds: 600 };
  expect(received).toEqual([
    {
      url: '/event-trackers',
      authorization: 'Bearer a.b.c',
      body: { ...input, waitForDatasetGroup: true, callback },
    },
  ]);
});

test('an accepted dry run returns the outcome only, whatever the API shows', async () => {
  const eventTracker = { trackerId: 'et-1', status: 'ACTIVE', trackingId: 'secret-tracking-id' };
  answer = { status: 200, body: { wouldSucceed: true, outcome: 'NOTHING_NEW', findings: [], eventTracker } };
  expect(await ask({ ...input, dryRun: true })).toEqual({ accepted: true, outcome: 'NOTHING_NEW', error: {} });
  expect(received).toEqual([
    {
      url: '/event-trackers?dryRun=true',
      authorization: 'Bearer a.b.c',
      body: { ...input, waitForDatasetGroup: true },
    },
  ]);
});

test('a finding of a dry run is returned with its reason and remedy', async () => {
  const findings = [{ code: 'CONFLICT', reason: 'It is there.', remedy: 'Remove it.', retryable: true }];
  answer = { status: 200, body: { wouldSucceed: false, outcome: 'CONFLICT', findings } };
  const error = { Error: 'CONFLICT', Cause: 'It is there. Remove it.' };
  expect(await ask({ ...input, dryRun: true })).toEqual({ accepted: false, outcome: 'CONFLICT', error });
});
