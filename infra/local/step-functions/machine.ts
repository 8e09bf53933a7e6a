import type { Definition } from './engine-definition.ts';
import type { JsonObject } from './path-check.ts';

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
  /** By the name of a Map state. */
  readonly maps: Readonly<Record<string, MapMachine>>;
}

/** What a Map state starts for each item. */
export interface MapMachine {
  /** The ItemProcessor, as a machine of its own: `NAME/LABEL`. */
  readonly machine: Machine;
  /** The ItemSelector, as the engine evaluates it. Without it, the item is the input. */
  readonly itemSelector?: JsonObject;
}
