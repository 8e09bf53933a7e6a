import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import pLimit from 'p-limit';
import { ACCOUNT_ID, type Clock, REGION } from './wire.ts';

/** Lambda's quota for the event and the result of a synchronous invocation: 6 MB. */
const PAYLOAD_LIMIT = 6 * 1024 * 1024;

export interface LambdaFunction<Event, Result> {
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Default 256. */
  readonly memoryLimitInMB?: number;
  /**
   * The number of events that the function handles in parallel. Others wait, and their timeout has not started. Default 10. On AWS, each
   * event has its own execution environment. Here all share one process, so with hundreds in parallel, SDK calls would exceed their
   * time-outs.
   */
  readonly concurrency?: number;
  /** For `getRemainingTimeInMillis`; a timer enforces the timeout. */
  readonly clock?: Clock;
  readonly handler: (event: Event, context: Context) => Promise<Result>;
}

/** An error of the Lambda service, not of the handler. Step Functions matches its name in `ErrorEquals`. */
export class LambdaError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Calls a handler like Lambda. The event and the result are serialized as JSON, so caller and handler share no objects, undefined
 * fields disappear, and no result becomes `null`. Errors of the handler are rethrown; a thrown value that is not an Error becomes
 * an Error named after its type, as in Lambda's Node.js runtime.
 * @throws LambdaError `RequestTooLargeException` if the event is larger than 6 MB; `Sandbox.Timedout`, "Task timed out after 3.00
 * seconds" (the handler may continue, but its result is ignored); `Runtime.MarshalError` if the result is not JSON;
 * `Function.ResponseSizeTooLarge` if it is larger than 6 MB
 */
export function invokeAsLambda<Event, Result>(
  options: LambdaFunction<Event, Result>,
): (event: unknown) => Promise<Result> {
  const limit = pLimit(options.concurrency ?? 10);
  return async (event) => {
    const text = JSON.stringify(event ?? null);
    if (Buffer.byteLength(text) > PAYLOAD_LIMIT) {
      const message = `Request must be smaller than ${PAYLOAD_LIMIT} bytes for the InvokeFunction operation`;
      throw new LambdaError('RequestTooLargeException', message);
    }
    const parsed: Event = JSON.parse(text);
    return marshal(await limit(() => withTimeout(options, parsed)));
  };
}

async function withTimeout<Event, Result>(options: LambdaFunction<Event, Result>, event: Event): Promise<Result> {
  const { timeoutMs, clock = Date.now, handler } = options;
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seconds = (timeoutMs / 1000).toFixed(2);
    reject(new LambdaError('Sandbox.Timedout', `Task timed out after ${seconds} seconds`));
  }, timeoutMs);
  const invoked = (async () => handler(event, makeContext(options, clock)))();
  try {
    return await Promise.race([invoked, timedOut]);
  } catch (error) {
    if (error instanceof Error) throw error;
    throw new LambdaError(typeof error, String(error));
  } finally {
    clearTimeout(timer);
    // An error of the handler after its timeout must not crash this process.
    invoked.catch(() => {});
  }
}

function marshal<Result>(result: Result): Result {
  let text: string;
  try {
    text = JSON.stringify(result) ?? 'null';
  } catch (error) {
    if (error instanceof TypeError) throw new LambdaError('Runtime.MarshalError', 'Unable to stringify response body');
    throw error;
  }
  const size = Buffer.byteLength(text);
  if (size > PAYLOAD_LIMIT) {
    const message = `Response payload size (${size} bytes) exceeded maximum allowed payload size (${PAYLOAD_LIMIT} bytes).`;
    throw new LambdaError('Function.ResponseSizeTooLarge', message);
  }
  return JSON.parse(text);
}

function makeContext<Event, Result>(options: LambdaFunction<Event, Result>, clock: Clock): Context {
  const { functionName, timeoutMs, memoryLimitInMB = 256 } = options;
  const deadline = clock() + timeoutMs;
  const day = new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '/');
  // Lambda's Node.js 24 runtime no longer has these, but the typings require them.
  const gone = () => {
    throw new LambdaError(
      'Runtime.CallbackHandlerDeprecated',
      'Handlers return a promise; callbacks are not supported.',
    );
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`,
    memoryLimitInMB: String(memoryLimitInMB),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    getRemainingTimeInMillis: () => Math.max(0, deadline - clock()),
    done: gone,
    fail: gone,
    succeed: gone,
  };
}
