import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** The version of the execution's input; a newer state machine still understands older ones. */
export const INPUT_VERSION = 1;

export interface WorkflowGateway {
  /**
   * Starts the execution that owns the record. If an execution has this name already, it counts as started: the sweeper watches the
   * record in any case.
   * @throws any other error of Step Functions
   */
  start(owner: { trackerId: string; epoch: number }): Promise<void>;
}

export function createWorkflowGateway(client: SFNClient, stateMachineArn: string): WorkflowGateway {
  return {
    async start({ trackerId, epoch }) {
      try {
        await client.send(
          new StartExecutionCommand({
            stateMachineArn,
            name: `${trackerId}-${epoch}`,
            input: JSON.stringify({ version: INPUT_VERSION, trackerId, epoch }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
