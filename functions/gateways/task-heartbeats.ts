import { SendTaskHeartbeatCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { errorNameOf } from './aws-errors.ts';
import { NOBODY_WAITS } from './task-callbacks.ts';

export interface TaskHeartbeatGateway {
  /**
   * Sends the heartbeat of one task, whose event tracker is still being worked on.
   * @returns 'sent'; 'gone' if no task waits with the token any more (TaskTimedOut, TaskDoesNotExist, InvalidToken); or the name of the
   *   error. No message: some messages of Step Functions quote tokens.
   * @throws errors that are not the SDK's
   */
  send(taskToken: string): Promise<'sent' | 'gone' | { readonly error: string }>;
}

export function createTaskHeartbeatGateway(client: SFNClient): TaskHeartbeatGateway {
  return {
    async send(taskToken) {
      try {
        await client.send(new SendTaskHeartbeatCommand({ taskToken }));
        return 'sent';
      } catch (error) {
        const name = errorNameOf('SendTaskHeartbeat', error, NOBODY_WAITS);
        return NOBODY_WAITS.has(name) ? 'gone' : { error: name };
      }
    },
  };
}
