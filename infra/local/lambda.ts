import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { ACCOUNT_ID, REGION } from './wire.ts';

export interface LambdaOptions<Event, Result> {
  readonly functionName: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly handler: (event: Event, context: Context) => Promise<Result>;
}

/**
 * Invokes a handler as Lambda does: event and result pass through JSON, the context tells the time that is left, and a
 * handler that takes too long fails with Lambda's own `Sandbox.Timedout` (it is not stopped: it can't be, in one process).
 */
export function invokeAsLambda<Event, Result>({ functionName, timeoutMs, handler }: LambdaOptions<Event, Result>) {
  return async (event: unknown): Promise<Result> => {
    const deadline = Date.now() + timeoutMs;
    const awsRequestId = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const text = `${awsRequestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        reject(Object.assign(new Error(text), { name: 'Sandbox.Timedout' }));
      }, timeoutMs);
    });
    try {
      const result = await Promise.race([
        handler(throughJson(event) as Event, contextOf(functionName, awsRequestId, deadline)),
        timedOut,
      ]);
      return throughJson(result) as Result;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** What JSON can't hold is lost on the way, as between the services of AWS. */
const throughJson = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

function contextOf(functionName: string, awsRequestId: string, deadline: number): Context {
  return {
    awsRequestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`,
    memoryLimitInMB: '256',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/[$LATEST]${process.pid}`,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    // The callback style of Node 6; the types still ask for it.
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
