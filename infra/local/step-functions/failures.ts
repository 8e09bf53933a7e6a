import { LambdaError } from '../lambda.ts';
import { MAX_DATA_BYTES } from './history.ts';

/**
 * A failure of a task, in the form that the engine expects: `name` is the error name for Retry and Catch, and the message is the
 * cause. Without the two flags, the error can be retried and caught.
 */
export class TaskFailure extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;
  constructor(error: string, cause: string, isTerminal = false) {
    super(cause);
    this.name = error;
    this.isRetryable = !isTerminal;
    this.isCatchable = !isTerminal;
  }
}

/** A task that waits for its token got no heartbeat for `HeartbeatSeconds`. `States.Timeout` in a rule matches it, too. */
export const HEARTBEAT_TIMEOUT = 'States.HeartbeatTimeout';

/** The result of a task call after the end of its execution. It is neither retried nor caught nor recorded. */
export const stopped = (): TaskFailure => new TaskFailure('Stopped', 'The execution has ended.', true);

// The API's limits for the error and the cause.
const bounded = (text: string, length: number): string => (text.length > length ? text.slice(0, length) : text);

/**
 * The failure for an error of a handler, like Step Functions reports it for a Lambda function: the name of the error, and as the cause
 * the JSON that Lambda returns. `trace` is the stack, line by line; errors of Lambda itself, such as Sandbox.Timedout, have none. A thrown value that is not an Error
 * gets the name Error.
 */
export function handlerFailure(thrown: unknown): TaskFailure {
  const isError = thrown instanceof Error;
  const errorType = isError ? bounded(thrown.name || 'Error', 256) : 'Error';
  const text = isError
    ? thrown.message
    : typeof thrown === 'string'
      ? thrown
      : (JSON.stringify(thrown) ?? String(thrown));
  const trace = isError && thrown.stack ? bounded(thrown.stack, 8192).split('\n') : [];
  const isOfLambda = thrown instanceof LambdaError && thrown.name.includes('.');
  const cause = { errorType, errorMessage: bounded(text, 16_384), ...(isOfLambda ? {} : { trace }) };
  return new TaskFailure(errorType, JSON.stringify(cause));
}

/** AWS's message. The error ends the execution regardless of Retry and Catch. */
export const dataLimitExceeded = (name: string): TaskFailure =>
  new TaskFailure(
    'States.DataLimitExceeded',
    `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    true,
  );

export const isTooLong = (text: string): boolean =>
  text.length > MAX_DATA_BYTES || Buffer.byteLength(text, 'utf8') > MAX_DATA_BYTES;
