import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { invokeAsLambda } from '../../../infra/local/lambda.ts';

const invoke = (handler: (event: unknown) => Promise<unknown>, event: unknown = {}) =>
  invokeAsLambda({ functionName: 'Observe', timeoutMs: 3_000, handler })(event);

describe('invokeAsLambda', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('passes event and result through JSON', async () => {
    const event = { at: new Date(0), gone: undefined, nested: { n: 1 } };
    const result = await invoke(async (given) => {
      expect(given).toEqual({ at: '1970-01-01T00:00:00.000Z', nested: { n: 1 } });
      return { given, gone: undefined, map: new Map([[1, 2]]) };
    }, event);
    expect(result).toEqual({ given: { at: '1970-01-01T00:00:00.000Z', nested: { n: 1 } }, map: {} });
    expect(await invoke(async () => undefined)).toBeNull();
  });

  it('gives the handler a context with its remaining time', async () => {
    let now = 1_000_000;
    const handler = invokeAsLambda({
      functionName: 'Observe',
      timeoutMs: 3_000,
      memoryLimitInMB: 512,
      clock: () => now,
      handler: async (_event, context) => {
        now += 1_000;
        const remaining = context.getRemainingTimeInMillis();
        now += 9_000;
        return { ...context, remaining, over: context.getRemainingTimeInMillis() };
      },
    });
    const first = await handler({});
    expect(first).toMatchObject({
      functionName: 'Observe',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:Observe',
      memoryLimitInMB: '512',
      logGroupName: '/aws/lambda/Observe',
      remaining: 2_000,
      over: 0,
    });
    expect((await handler({})).awsRequestId).not.toBe(first.awsRequestId);
  });

  it('handles as many events in parallel as its concurrency allows; the timeout of the others starts when they do', async () => {
    let running = 0;
    let most = 0;
    const invokeLimited = invokeAsLambda({
      functionName: 'Observe',
      timeoutMs: 3_000,
      concurrency: 2,
      handler: async (event: number) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        running -= 1;
        return event;
      },
    });
    const results = Promise.all([1, 2, 3, 4, 5, 6].map((event) => invokeLimited(event)));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await results).toEqual([1, 2, 3, 4, 5, 6]);
    expect(most).toBe(2);
  });

  it('throws the error of the handler unchanged', async () => {
    const error = Object.assign(new Error('busy'), { name: 'ThrottlingException' });
    await expect(invoke(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      invoke(() => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it('wraps a thrown value that is not an error', async () => {
    await expect(invoke(() => Promise.reject('plain text'))).rejects.toMatchObject({
      name: 'string',
      message: 'plain text',
    });
  });

  it("times out with Lambda's error name and message, whatever the handler does afterwards", async () => {
    const late = Promise.withResolvers<unknown>();
    const outcome = invoke(() => late.promise).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await outcome).toMatchObject({ name: 'Sandbox.Timedout', message: 'Task timed out after 3.00 seconds' });
    late.reject(new Error('ignored'));
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses an event over 6 MB without calling the handler', async () => {
    const handler = vi.fn(async () => 'called');
    const call = invokeAsLambda({ functionName: 'Observe', timeoutMs: 3_000, handler });
    // The JSON event has two quotes around the text.
    await expect(call('x'.repeat(6 * 1024 * 1024 - 2))).resolves.toBe('called');
    await expect(call('x'.repeat(6 * 1024 * 1024 - 1))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it('refuses a result that is not JSON, or over 6 MB', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    await expect(invoke(async () => circle)).rejects.toMatchObject({ name: 'Runtime.MarshalError' });
    await expect(invoke(async () => 'x'.repeat(6 * 1024 * 1024))).rejects.toMatchObject({
      name: 'Function.ResponseSizeTooLarge',
    });
  });
});
