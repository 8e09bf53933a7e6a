import { expect, test } from 'vitest';
import { type Exchange, RequestLog } from '../../../infra/local/console/request-log.ts';

const EXCHANGE: Exchange = {
  requestId: 'id',
  at: 0,
  durationMs: 3,
  method: 'GET',
  target: '/event-trackers',
  status: 200,
  request: { headers: { accept: '*/*' }, body: '' },
  response: { headers: { 'content-type': 'application/json' }, body: '{}' },
};

test('keeps the latest 300 requests, numbered since the start', () => {
  const log = new RequestLog();
  const heard: number[] = [];
  const stop = log.onAdd(({ number }) => heard.push(number));
  for (let count = 0; count < 302; count += 1) log.add(EXCHANGE);
  stop();
  log.add(EXCHANGE);
  expect(log.rows().map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, index) => index + 4));
  expect(heard).toHaveLength(302);
  expect(log.get(3)).toBeUndefined();
  expect(log.get(303)).toMatchObject({ number: 303, status: 200 });
});

test('keeps fewer requests if their bodies are over 8 MiB together', () => {
  const log = new RequestLog();
  const body = Buffer.alloc(64 * 1024, 'x');
  for (let count = 0; count < 200; count += 1) log.add({ ...EXCHANGE, request: { headers: {}, body } });
  // Each has 64 KiB and the two bytes of its answer.
  expect(log.rows()).toHaveLength(127);
  expect(log.rows().at(-1)).toMatchObject({ number: 200 });
});

test('keeps no credentials: not those of headers, and not those of a presigned URL', () => {
  const log = new RequestLog();
  const headers = { authorization: 'Bearer secret', cookie: 'secret', 'x-amz-security-token': 'secret', accept: '*/*' };
  const target = '/platform/event-trackers?X-Amz-Credential=secret&a=1&X-Amz-Signature=secret';
  log.add({ ...EXCHANGE, target, request: { headers, body: '' } });
  expect(JSON.stringify(log.get(1))).not.toContain('secret');
  expect(log.get(1)).toMatchObject({
    target: '/platform/event-trackers?X-Amz-Credential=…&a=1&X-Amz-Signature=…',
    request: { headers: { accept: '*/*' } },
  });
});

test('cuts off a body at 64 KiB, and says so', () => {
  const log = new RequestLog();
  log.add({ ...EXCHANGE, request: { headers: {}, body: Buffer.alloc(70_000, 'x') } });
  expect(log.get(1)?.request).toMatchObject({ isCut: true });
  expect(log.get(1)?.request.body).toHaveLength(64 * 1024);
  expect(log.get(1)?.response).toMatchObject({ isCut: false });
});

test('a row has the reason of a problem, and whether the console sent the request by itself', () => {
  const log = new RequestLog();
  const body = JSON.stringify({ type: '/problems/not_found', reason: 'NOT_FOUND' });
  log.add({ ...EXCHANGE, status: 404, response: { headers: {}, body } });
  log.add({ ...EXCHANGE, request: { headers: { 'x-console-background': 'yes' }, body: '' } });
  const [problem, background] = log.rows();
  expect(problem).toMatchObject({ status: 404, reason: 'NOT_FOUND', isBackground: false });
  expect(background).toMatchObject({ isBackground: true });
  expect(background).not.toHaveProperty('reason');
});
