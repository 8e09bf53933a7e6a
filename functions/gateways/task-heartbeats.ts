import { SendTaskHeartbeatCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { errorNameOf } from './aws-errors.ts';
import { NOBODY_WAITS } from './task-callbacks.ts';

export interface TaskHeartbeatGateway {
  /**
   * Sends one task's heartbeat: the work on its tracker goes on.
   * @returns 'sent'; 'gone' where nobody waits with that token any more (TaskTimedOut, TaskDoesNotExist, InvalidToken); or the name of
   *   the error. No message: Step Functions quotes tokens in some.
   * @throws what is no error of the SDK
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
