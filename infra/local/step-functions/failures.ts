import { MAX_DATA_BYTES } from './history.ts';

/**
 * A failure of a task as the engine takes it: its `name` is the error's name that Retry and Catch match, its message the cause.
 * The engine asks every error for the two flags; without them it may be retried and caught.
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

/** A task that waits for its token heard no heartbeat for `HeartbeatSeconds`. `States.Timeout` in a rule matches it too. */
export const HEARTBEAT_TIMEOUT = 'States.HeartbeatTimeout';

/** What a call of an execution that has ended answers the engine: nothing retries it, nothing catches it, nobody sees it. */
export const stopped = (): TaskFailure => new TaskFailure('Stopped', 'The execution has ended.', true);

// The API's limits on the texts of an error.
const bounded = (text: string, length: number): string => (text.length > length ? text.slice(0, length) : text);

/**
 * What a handler threw, as Step Functions tells it of a Lambda function: the error's name, and as the cause the JSON that
 * Lambda answers, but without the stack trace, which has no place in a history. What is not an Error has the name Error.
 */
export function handlerFailure(thrown: unknown): TaskFailure {
  const isError = thrown instanceof Error;
  const errorType = isError ? bounded(thrown.name || 'Error', 256) : 'Error';
  const text = isError
    ? thrown.message
    : typeof thrown === 'string'
      ? thrown
      : (JSON.stringify(thrown) ?? String(thrown));
  return new TaskFailure(errorType, JSON.stringify({ errorType, errorMessage: bounded(text, 16_384) }));
}

/** AWS's own words; the error ends the execution whatever its rules say. */
export const dataLimitExceeded = (name: string): TaskFailure =>
  new TaskFailure(
    'States.DataLimitExceeded',
    `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    true,
  );

export const isTooLong = (text: string): boolean =>
  text.length > MAX_DATA_BYTES || Buffer.byteLength(text, 'utf8') > MAX_DATA_BYTES;
