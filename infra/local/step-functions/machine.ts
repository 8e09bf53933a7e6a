import type { Definition } from './engine-definition.ts';

/** What a Task calls: the state's input after `Parameters` in, the result out; what it throws is the state's error. */
export type TaskHandler = (input: unknown) => Promise<unknown>;

/** A state machine made ready: checked, parsed, changed for the engine, once for all its executions. */
export interface Machine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly definitionText: string;
  readonly creationDate: number;
  readonly definition: Definition;
  readonly engineDefinition: Definition;
  readonly handlers: Readonly<Record<string, TaskHandler>>;
}
