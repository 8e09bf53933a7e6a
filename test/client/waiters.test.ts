import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createEventTrackersClient,
  type EventTracker,
  EventTrackersError,
  EventTrackerWaitError,
  type WaiterConfiguration,
  waitUntilEventTrackerActive,
  waitUntilEventTrackerDeleted,
} from '../../client/index.ts';
import {
  active,
  gateway,
  inProgress,
  problem,
  progress,
  type StubAnswer,
  stubFetch,
  TRACKER_ID,
  tracker,
} from './stub.ts';

const failure = { code: 'DATASET_GROUP_NOT_FOUND', reason: 'There is no such dataset group', retryable: false };
const failed: StubAnswer = { status: 200, body: tracker({ status: 'CREATE FAILED', failure }) };
const is = (status: string, members: object = {}): StubAnswer => ({
  status: 200,
  body: tracker({ status, ...members }),
});

/** Runs a waiter on the scripted answers. Advances the clock until it ends. */
async function waited(
  waiter: typeof waitUntilEventTrackerActive | typeof waitUntilEventTrackerDeleted,
  answers: (StubAnswer | 'never')[],
  params: Partial<WaiterConfiguration> = {},
) {
  const { fetch, seen } = stubFetch(...answers);
  const client = createEventTrackersClient({
    endpoint: 'https://api.example.com',
    token: 'a.b.c',
    fetch,
    maxAttempts: 1,
  });
  const outcome = waiter({ client, maxWaitTime: 600, ...params }, { trackerId: TRACKER_ID }).catch(
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  const result = await outcome;
  if (!(result instanceof EventTrackerWaitError) && !(typeof result === 'object' && result && 'state' in result))
    throw result;
  const times = seen.map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000);
  return { result, seen, pauses };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('waitUntilEventTrackerActive', () => {
  test('polls with held requests until the tracker is ACTIVE', async () => {
    const polled: EventTracker[] = [];
    const answers = [inProgress(), inProgress(), active];
    const { result, seen } = await waited(waitUntilEventTrackerActive, answers, {
      onPoll: (tracker) => polled.push(tracker),
    });
    expect(result).toMatchObject({
      state: 'SUCCESS',
      reason: { eventTracker: { status: 'ACTIVE', trackingId: 'the-tracking-id' }, $metadata: { httpStatusCode: 200 } },
    });
    expect(seen.map(({ headers }) => headers.get('prefer'))).toEqual(['wait=20', 'wait=20', 'wait=20']);
    expect(polled.map(({ status }) => status)).toEqual(['CREATE PENDING', 'CREATE PENDING']);
  });

  test('waits for Retry-After, limited by minDelay and maxDelay', async () => {
    const after = (seconds: number) => inProgress({ 'retry-after': String(seconds) });
    const params = { minDelay: 3, maxDelay: 30 };
    const { pauses } = await waited(waitUntilEventTrackerActive, [after(1), after(7), after(90), active], params);
    expect(pauses).toEqual([3, 7, 30]);
  });

  test('without Retry-After the delay grows from minDelay to maxDelay, with jitter', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const answers = [...Array.from({ length: 5 }, () => inProgress()), active];
    const { pauses } = await waited(waitUntilEventTrackerActive, answers, { minDelay: 2, maxDelay: 10 });
    expect(pauses).toEqual([2, 3, 5, 6, 6]);
  });

  test.each(['CREATE FAILED', 'DELETED', 'RELEASED'])('ends as a FAILURE on %s', async (status) => {
    const { result, seen } = await waited(waitUntilEventTrackerActive, [is(status, { failure }), active]);
    expect(result).toMatchObject({
      name: 'EventTrackerWaitError',
      state: 'FAILURE',
      reason: { eventTracker: { status } },
    });
    expect(String(result)).toContain(
      `${TRACKER_ID} is not ACTIVE: it is ${status} (DATASET_GROUP_NOT_FOUND: There is no`,
    );
    expect(seen).toHaveLength(1);
  });

  test('continues without an outcome: during the deletion of an earlier tracker, and in an unknown status', async () => {
    const answers = [is('DELETE PENDING', { progress }), is('CREATE FAILED', { progress }), is('WARMING UP'), active];
    expect((await waited(waitUntilEventTrackerActive, answers)).result).toMatchObject({ state: 'SUCCESS' });
  });

  test('continues after the Retry-After of a retryable error, and ends on any other error', async () => {
    const throttled = gateway(429, 'Too Many Requests', { 'retry-after': '9' });
    const { result, pauses } = await waited(waitUntilEventTrackerActive, [
      throttled,
      problem(503, 'THROTTLED', { retryable: true }),
      active,
    ]);
    expect(result).toMatchObject({ state: 'SUCCESS' });
    expect(pauses[0]).toBe(9);
    for (const [answer, reason] of [
      [gateway(401, 'Unauthorized'), 'UNAUTHORIZED'],
      [problem(404, 'NOT_FOUND'), 'NOT_FOUND'],
    ] as const) {
      const { result } = await waited(waitUntilEventTrackerActive, [answer, active]);
      expect(result).toMatchObject({ state: 'FAILURE', reason: { reason }, cause: expect.any(EventTrackersError) });
    }
  });
});

describe('waitUntilEventTrackerDeleted', () => {
  test.each([
    ['DELETED', is('DELETED')],
    ['gone', problem(404, 'NOT_FOUND')],
  ])('ends when the tracker is %s', async (_, answer) => {
    const answers = [active, is('DELETE PENDING', { progress }), answer];
    expect((await waited(waitUntilEventTrackerDeleted, answers)).result).toMatchObject({ state: 'SUCCESS' });
  });

  test('is a FAILURE if an adopted tracker was released, because the tracker still exists', async () => {
    const { result } = await waited(waitUntilEventTrackerDeleted, [is('RELEASED')]);
    expect(result).toMatchObject({ state: 'FAILURE', reason: { eventTracker: { status: 'RELEASED' } } });
  });

  test('does not take the 404 of a proxy as a deletion', async () => {
    const { result } = await waited(waitUntilEventTrackerDeleted, [gateway(404, 'Not Found')]);
    expect(result).toMatchObject({ state: 'FAILURE', reason: { reason: 'UNEXPECTED_ANSWER' } });
  });
});

test('a waiter polls at the end of maxWaitTime, then throws a TimeoutError with the last status and without secrets', async () => {
  const { result, seen } = await waited(waitUntilEventTrackerDeleted, [active], { maxWaitTime: 100, maxDelay: 60 });
  expect(result).toMatchObject({
    name: 'TimeoutError',
    state: 'TIMEOUT',
    reason: { eventTracker: { status: 'ACTIVE' } },
  });
  expect(String(result)).toBe(`TimeoutError: After 100 s ${TRACKER_ID} is not DELETED: it is ACTIVE`);
  expect((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(98_000);
  expect(seen.at(-1)?.headers.get('prefer')).toBeNull();
});

test('a poll without a response also ends at maxWaitTime', async () => {
  const { result, seen } = await waited(waitUntilEventTrackerActive, ['never'], { maxWaitTime: 10 });
  expect(result).toMatchObject({ name: 'TimeoutError', state: 'TIMEOUT' });
  expect(String(result)).toContain('no poll completed');
  expect(seen.map(({ headers }) => headers.get('prefer'))).toEqual(['wait=9']);
});

test('an abort by signal or controller, before or during a poll or delay, throws an AbortError', async () => {
  for (const abortAfter of [0, 50]) {
    for (const answer of ['never', inProgress({ 'retry-after': '30' })] as const) {
      for (const kind of ['abortSignal', 'abortController'] as const) {
        const controller = new AbortController();
        if (abortAfter === 0) controller.abort();
        else setTimeout(() => controller.abort(), abortAfter);
        const params = kind === 'abortSignal' ? { abortSignal: controller.signal } : { abortController: controller };
        const { result, seen } = await waited(waitUntilEventTrackerActive, [answer], params);
        expect(result).toMatchObject({ name: 'AbortError', state: 'ABORTED' });
        expect(seen).toHaveLength(abortAfter === 0 ? 0 : 1);
      }
    }
  }
});

test('an error of the token function is thrown unchanged', async () => {
  const { fetch } = stubFetch(failed);
  const token = () => Promise.reject(new RangeError('no session'));
  const client = createEventTrackersClient({ endpoint: 'https://api.example.com', token, fetch });
  const wait = waitUntilEventTrackerActive({ client, maxWaitTime: 60 }, { trackerId: TRACKER_ID });
  await expect(wait).rejects.toThrow(new RangeError('no session'));
});

test.each([
  [{ maxWaitTime: 0 }, /^maxWaitTime must be/],
  [{ maxWaitTime: Number.NaN }, /^maxWaitTime must be/],
  [{ maxWaitTime: 3_000_000 }, /^maxWaitTime must be/],
  [{ minDelay: 0 }, /^minDelay must be/],
  [{ minDelay: 10, maxDelay: 5 }, /^maxDelay must be/],
])('invalid times are refused: %o', async (params, message) => {
  await expect(waited(waitUntilEventTrackerActive, [active], params)).rejects.toThrow(message);
});
