import { SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { DueCallback } from '../tracker/record.ts';
import { errorNameOf } from './aws-errors.ts';

export interface TaskCallbackGateway {
  /**
   * Answers one task token: SendTaskSuccess with {trackerId, status, eventTrackerArn} for ACTIVE, SendTaskFailure for every
   * other outcome, with the failure's code, `SUPERSEDED` or `DELETED` as the error. It never contains a tracking ID or a caller's text.
   * @returns 'delivered', also if no task waits with the token any more (TaskTimedOut, TaskDoesNotExist, InvalidToken); or the name of
   *   the error, after which the answer has to be sent again. No message: some messages of Step Functions quote tokens.
   * @throws errors that are not the SDK's
   */
  answer(trackerId: string, callback: DueCallback): Promise<'delivered' | { readonly error: string }>;
}

/** Step Functions' errors for a token that no task waits with, now or ever. */
export const NOBODY_WAITS: ReadonlySet<string> = new Set([
  'TaskTimedOut',
  'TaskDoesNotExist',
  'InvalidToken',
  // A malformed token: like InvalidToken.
  'ValidationException',
]);

/** The errors in the API model of SendTaskSuccess and SendTaskFailure. After the last four, the call is repeated. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...NOBODY_WAITS,
  'InvalidOutput',
  'KmsAccessDeniedException',
  'KmsInvalidStateException',
  'KmsThrottlingException',
]);

export function createTaskCallbackGateway(client: SFNClient): TaskCallbackGateway {
  return {
    async answer(trackerId, callback) {
      const { taskToken, eventTrackerArn, status } = callback;
      try {
        if (status === 'ACTIVE') {
          const output = JSON.stringify({ trackerId, status, eventTrackerArn });
          await client.send(new SendTaskSuccessCommand({ taskToken, output }));
        } else {
          await client.send(new SendTaskFailureCommand({ taskToken, ...failureOf(trackerId, callback) }));
        }
        return 'delivered';
      } catch (error) {
        const word = errorNameOf('SendTask', error, REFUSALS);
        return NOBODY_WAITS.has(word) ? 'delivered' : { error: word };
      }
    },
  };
}

/** A token is answered once. */
const ASK_AGAIN = 'If it is still needed, request it again with a new task token.';

/** What a state machine catches: `error` in ErrorEquals, `cause` for people. */
function failureOf(
  trackerId: string,
  { status, failureCode, remedy = '' }: DueCallback,
): { error: string; cause: string } {
  switch (status) {
    case 'CREATE FAILED':
      return {
        error: failureCode ?? 'CREATE_FAILED',
        cause: `The event tracker ${trackerId} is CREATE FAILED. ${remedy ? `${remedy} ` : ''}The resource has the reason.`,
      };
    case 'DELETED':
      return { error: 'DELETED', cause: `The event tracker ${trackerId} is DELETED. ${ASK_AGAIN}` };
    default:
      return {
        error: 'SUPERSEDED',
        cause: `The request for event tracker ${trackerId} was superseded by a deletion request. ${ASK_AGAIN}`,
      };
  }
}
