import { EXECUTION_CONTEXT } from './engine-definition.ts';
import type { ExecutionRecord } from './execution-store.ts';
import type { Machine } from './machine.ts';

/** One visit to a state: `enteredAt` in ms since the epoch, `calls` of its task so far, the `token` of the next call. */
export interface Visit {
  readonly name: string;
  readonly enteredAt: number;
  calls: number;
  token: string | undefined;
}

/**
 * The context object (`$$`) of an execution. At the start, the engine copies its top level only. So getters
 * below it can describe the current state. Reading the token issues one, the same for all reads of one call.
 */
export function contextObject(
  { executionArn, name, input, startDate, roleArn }: ExecutionRecord,
  machine: Machine,
  visit: () => Visit,
  issueToken: () => string,
): Readonly<Record<string, object>> {
  return {
    [EXECUTION_CONTEXT]: {
      Id: executionArn,
      Input: JSON.parse(input),
      Name: name,
      RoleArn: roleArn,
      StartTime: new Date(startDate).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: machine.stateMachineArn, Name: machine.name },
    State: {
      get Name() {
        return visit().name;
      },
      get EnteredTime() {
        return new Date(visit().enteredAt).toISOString();
      },
      get RetryCount() {
        return visit().calls;
      },
    },
    Task: {
      get Token() {
        const current = visit();
        current.token ??= issueToken();
        return current.token;
      },
    },
  };
}
