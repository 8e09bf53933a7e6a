import { randomBytes } from 'node:crypto';
import { AwsError } from '../wire.ts';
import { HEARTBEAT_TIMEOUT, TaskFailure } from './failures.ts';
import type { Json } from './path-check.ts';

interface Waiting {
  resolve(output: Json): void;
  reject(failure: TaskFailure): void;
  /** The heartbeat timer of a task with HeartbeatSeconds. */
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * The tokens of tasks that wait for SendTaskSuccess or SendTaskFailure. A token contains the ARN of its execution, so that an expired
 * token can be distinguished from an unknown one even after a restart, and 32 random bytes, so that it can't be guessed. No message
 * contains a token, because anyone who has it can complete the task.
 */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();
  readonly #isExecution: (executionArn: string) => boolean;

  constructor(isExecution: (executionArn: string) => boolean) {
    this.#isExecution = isExecution;
  }

  issue(executionArn: string): string {
    return Buffer.from(`${executionArn} ${randomBytes(32).toString('base64url')}`).toString('base64url');
  }

  /**
   * Accepts the token from now on. The promise settles with the result of the task.
   * @param heartbeatMs without a heartbeat for this time, the promise rejects with States.HeartbeatTimeout
   */
  open(token: string, heartbeatMs?: number): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const timeOut = () => reject(new TaskFailure(HEARTBEAT_TIMEOUT, ''));
    const timer = heartbeatMs === undefined ? undefined : setTimeout(timeOut, heartbeatMs);
    this.#waiting.set(token, { resolve, reject, timer });
    return promise;
  }

  /** Ends the wait for the token; called as soon as its task has ended. */
  revoke(token: string): void {
    clearTimeout(this.#waiting.get(token)?.timer);
    this.#waiting.delete(token);
  }

  #waitingFor(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (waiting !== undefined) return waiting;
    const [executionArn, secret, ...rest] = Buffer.from(token, 'base64url').toString('utf8').split(' ');
    if (!executionArn?.startsWith('arn:') || secret?.length !== 43 || rest.length > 0) {
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
    if (this.#isExecution(executionArn)) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new AwsError('TaskDoesNotExist', "Task Does Not Exist: 'Provided task does not exist'");
  }

  /** @throws AwsError InvalidToken, TaskDoesNotExist, TaskTimedOut (also for a used token) */
  succeed(token: string, output: Json): void {
    this.#waitingFor(token).resolve(output);
  }

  /** @throws AwsError as `succeed` */
  fail(token: string, error = 'States.TaskFailed', cause = ''): void {
    this.#waitingFor(token).reject(new TaskFailure(error, cause));
  }

  /** @throws AwsError as `succeed` */
  heartbeat(token: string): void {
    this.#waitingFor(token).timer?.refresh();
  }
}
