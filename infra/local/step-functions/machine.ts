import type { Definition } from './engine-definition.ts';

/** The handler of a Task. It takes the state's input (after `Parameters`) and returns the result. What it throws is the state's error. */
export type TaskHandler = (input: unknown) => Promise<unknown>;

/** A state machine, validated, parsed and adapted to the engine once for all its executions. */
export interface Machine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly definitionText: string;
  readonly creationDate: number;
  readonly definition: Definition;
  readonly engineDefinition: Definition;
  readonly handlers: Readonly<Record<string, TaskHandler>>;
}
