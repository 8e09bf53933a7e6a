import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventTrackersClient, type EventTrackersClientOptions, EventTrackersError } from '../../client/index.ts';
import { active, brokenConnection, gateway, inProgress, problem, stubFetch, TRACKER_ID, tracker } from './stub.ts';

const ENDPOINT = 'https://api.example.com';
const TOKEN = 'header.payload.signature-that-is-secret';
const input = { name: 'shop', datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop' };
const clientOf = (fetch: EventTrackersClientOptions['fetch'], options: Partial<EventTrackersClientOptions> = {}) =>
  createEventTrackersClient({ endpoint: ENDPOINT, token: TOKEN, ...(fetch && { fetch }), ...options });

/** The error of a call. Advances the clock until the call ends. */
async function errorOf(call: Promise<unknown>): Promise<EventTrackersError> {
  const outcome = call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  const error = await outcome;
  if (!(error instanceof EventTrackersError)) throw error;
  return error;
}
async function resultOf<Result>(call: Promise<Result>): Promise<Result> {
  call.catch(() => {});
  await vi.runAllTimersAsync();
  return call;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a creation', () => {
  test('is retried with the same Idempotency-Key after a broken connection, 5xx and 429', async () => {
    for (const fault of [brokenConnection(), gateway(502, 'Bad Gateway'), gateway(429, 'Too Many Requests')]) {
      const { fetch, seen } = stubFetch(fault, inProgress({ 'idempotency-replayed': 'true', 'retry-after': '5' }));
      const { eventTracker, $metadata } = await resultOf(clientOf(fetch).createEventTracker(input));
      expect(eventTracker).toMatchObject({ trackerId: TRACKER_ID });
      expect($metadata).toEqual({ httpStatusCode: 200, attempts: 2, retryAfterSeconds: 5, idempotencyReplayed: true });
      expect(seen.map(({ body }) => JSON.parse(body))).toEqual([input, input]);
      const [first, second] = seen.map(({ headers }) => headers.get('idempotency-key'));
      expect(first).toMatch(/^"[0-9a-f-]{36}"$/);
      expect(second).toBe(first);
    }
  });

  test('has a new Idempotency-Key each time, or the given one, quoted', async () => {
    const { fetch, seen } = stubFetch(inProgress());
    const client = clientOf(fetch);
    await client.createEventTracker(input);
    await client.createEventTracker(input);
    await client.createEventTracker(input, { idempotencyKey: 'order "7", again' });
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('"order \\"7\\", again"');
  });

  test('without a response fails with an error that has the key, so that the caller can repeat it', async () => {
    const { fetch } = stubFetch(brokenConnection());
    const error = await errorOf(clientOf(fetch).createEventTracker(input, { idempotencyKey: 'order-7' }));
    expect(error).toMatchObject({
      reason: 'CONNECTION_FAILED',
      retryable: true,
      idempotencyKey: 'order-7',
      attempts: 3,
    });
    expect(error.message).toContain('ECONNRESET');
  });
});

describe('the delay before another attempt', () => {
  test('grows, with full jitter', async () => {
    for (const [random, pauses] of [
      [0.999, [199, 399, 799]],
      [0.5, [100, 200, 400]],
    ] as const) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const { fetch, seen } = stubFetch(gateway(500, 'Internal Server Error'));
      await errorOf(clientOf(fetch, { maxAttempts: 4 }).describeEventTracker({ trackerId: TRACKER_ID }));
      const times = seen.map(({ at }) => at);
      expect(times.slice(1).map((at, index) => at - (times[index] ?? 0))).toEqual(pauses);
    }
  });

  test('is never shorter than Retry-After, in seconds or as a date', async () => {
    const inSevenSeconds = () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 7000).toUTCString();
    for (const retryAfterOf of [() => '7', inSevenSeconds]) {
      const retryAfter = retryAfterOf();
      const { fetch, seen } = stubFetch(
        problem(503, 'THROTTLED', { retryable: true }, { 'retry-after': retryAfter }),
        active,
      );
      await resultOf(clientOf(fetch).describeEventTracker({ trackerId: TRACKER_ID }));
      const [first, second] = seen;
      const waited = (second?.at ?? 0) - (first?.at ?? 0);
      expect(waited).toBeGreaterThanOrEqual(7000);
      expect(waited).toBeLessThan(9000);
    }
  });

  test('ends the call immediately if Retry-After is too long', async () => {
    const { fetch, seen } = stubFetch(problem(503, 'NO_ROOM', { retryable: true }, { 'retry-after': '60' }));
    const error = await errorOf(clientOf(fetch).createEventTracker(input));
    expect(error).toMatchObject({ reason: 'NO_ROOM', retryable: true, retryAfterSeconds: 60, attempts: 1 });
    expect(seen).toHaveLength(1);
  });
});

describe('there is no second attempt', () => {
  test.each([400, 401, 403, 404, 409, 412, 422])('after a %i', async (status) => {
    const { fetch, seen } = stubFetch(problem(status, 'SOME_REASON', { retryable: true }));
    expect(await errorOf(clientOf(fetch).createEventTracker(input))).toMatchObject({ status, attempts: 1 });
    expect(seen).toHaveLength(1);
  });

  test('of a deletion with ifMatch and an unknown outcome; a throttled one is retried', async () => {
    const target = { trackerId: TRACKER_ID, ifMatch: '"etag"' };
    for (const fault of [brokenConnection(), gateway(504, 'Gateway Timeout')]) {
      const { fetch, seen } = stubFetch(fault, active);
      await errorOf(clientOf(fetch).deleteEventTracker(target));
      expect(seen).toHaveLength(1);
    }
    const { fetch, seen } = stubFetch(gateway(429, 'Too Many Requests'), active);
    await resultOf(clientOf(fetch).deleteEventTracker(target));
    expect(seen.map(({ headers }) => headers.get('if-match'))).toEqual(['"etag"', '"etag"']);
  });

  test('with maxAttempts 1', async () => {
    const { fetch, seen } = stubFetch(brokenConnection());
    await errorOf(clientOf(fetch, { maxAttempts: 1 }).listEventTrackers());
    expect(seen).toHaveLength(1);
  });

  test('after an error of the given fetch itself, which is thrown unchanged', async () => {
    const { fetch, seen } = stubFetch(new RangeError('a mistake in my signing'));
    await expect(clientOf(fetch).listEventTrackers()).rejects.toThrow(new RangeError('a mistake in my signing'));
    expect(seen).toHaveLength(1);
  });
});

test('interactions have an eventId, so that a retry does not count twice', async () => {
  const taken = { status: 200, body: { accepted: 2, failed: [] } };
  const { fetch, seen } = stubFetch(brokenConnection(), taken);
  const event = { eventType: 'view', sentAt: '2026-11-24T12:00:00Z' };
  // JavaScript without types can pass this.
  const undecided: object = { eventId: undefined };
  const eventList = [event, { ...event, eventId: 'mine' }, { ...event, ...undecided }];
  await resultOf(clientOf(fetch).putEvents({ trackerId: TRACKER_ID, sessionId: 's', eventList }));
  const [first, second] = seen.map(({ body }) => JSON.parse(body));
  expect(first).toEqual({
    sessionId: 's',
    eventList: [
      { ...event, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      { ...event, eventId: 'mine' },
      { ...event, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ],
  });
  expect(second).toEqual(first);
});

test('the token function is called before each attempt, and its error is thrown', async () => {
  const { fetch, seen } = stubFetch(brokenConnection(), active);
  const tokens = ['one', 'two'];
  const token = async () => tokens.shift() ?? 'none';
  await resultOf(clientOf(fetch, { token }).describeEventTracker({ trackerId: TRACKER_ID }));
  expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer one', 'Bearer two']);
  const failing = clientOf(fetch, { token: () => Promise.reject(new Error('no session')) });
  await expect(failing.listEventTrackers()).rejects.toThrow('no session');
});

test('a request without a response is aborted after the timeout and retried; a held request has more time', async () => {
  const { fetch, seen } = stubFetch('never');
  const client = clientOf(fetch, { requestTimeout: 1000, maxAttempts: 2 });
  const error = await errorOf(client.describeEventTracker({ trackerId: TRACKER_ID }, { waitSeconds: 20 }));
  expect(error).toMatchObject({ reason: 'TIMED_OUT', detail: 'No response within 21 s.', retryable: true });
  expect(seen.map(({ headers }) => headers.get('prefer'))).toEqual(['wait=20', 'wait=20']);
  expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(21_000);
});

test('an abort ends the request or the delay with the reason of the signal', async () => {
  for (const answer of ['never', gateway(503, 'Service Unavailable', { 'retry-after': '10' })] as const) {
    const { fetch, seen } = stubFetch(answer);
    const controller = new AbortController();
    const call = clientOf(fetch).createEventTracker(input, { abortSignal: controller.signal });
    const ended = expect(call).rejects.toThrow('enough');
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 60_000 });
    // The delay after the answer begins meanwhile.
    await vi.advanceTimersByTimeAsync(50);
    controller.abort(new Error('enough'));
    await ended;
    expect(seen).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('over a real connection that breaks in the middle of a response, the request is retried', async () => {
  vi.useRealTimers();
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const text = JSON.stringify(tracker());
      if (requests++ === 0) response.write(text.slice(0, 20), () => request.socket.destroy());
      else response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createEventTrackersClient({ endpoint: `http://127.0.0.1:${port}`, token: TOKEN });
  const { eventTracker, $metadata } = await client.createEventTracker(input);
  expect([eventTracker.trackerId, $metadata.attempts]).toEqual([TRACKER_ID, 2]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const refused = await client.listEventTrackers().catch((error: unknown) => error);
  expect(refused).toMatchObject({ reason: 'CONNECTION_FAILED', detail: expect.stringContaining('ECONNREFUSED') });
});
