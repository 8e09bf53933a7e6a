import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** The version of the input of a governor's execution. */
export const GOVERNOR_INPUT_VERSION = 1;

/** An execution that admits trackers to an account and Region, such as `210987654321/eu-west-1`. */
export interface Governor {
  readonly place: string;
  /** Its number. An execution whose number is not the admission item's ends. */
  readonly governor: number;
}

export interface GovernorGateway {
  /**
   * @param startedAt part of the execution's name: after a restore from a backup, numbers are used again
   * @throws any error of Step Functions, except that an execution has this name already
   */
  start(governor: Governor, startedAt: number): Promise<void>;
}

export function createGovernorGateway(client: SFNClient, stateMachineArn: string): GovernorGateway {
  return {
    async start({ place, governor }, startedAt) {
      try {
        await client.send(
          new StartExecutionCommand({
            stateMachineArn,
            name: `admission-${place.replace('/', '-')}-${governor}-${startedAt}`,
            input: JSON.stringify({ version: GOVERNOR_INPUT_VERSION, place, governor }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
