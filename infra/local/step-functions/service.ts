import { randomUUID } from 'node:crypto';
import { FaultInjection } from '../fault-injection.ts';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { AwsError, type Clock, CUT, jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { executionArnOf, isName, ROLE_ARN, stateMachineArnOf } from './arns.ts';
import { checkDefinition } from './definition-check.ts';
import { type Definition, engineDefinition, enginePaths } from './engine-definition.ts';
import { ExecutionRun } from './execution-run.ts';
import { type ExecutionRecord, ExecutionStore } from './execution-store.ts';
import { stepFunctionsFault } from './faults.ts';
import type { Closure } from './history.ts';
import type { Machine, MapMachine, TaskHandler } from './machine.ts';
import type { ChildExecution } from './map-run.ts';
import { createOperations } from './operations.ts';
import { isObject } from './path-check.ts';
import { TaskTokens } from './task-tokens.ts';

const JSON_1_0 = 'application/x-amz-json-1.0';

/** A state machine to run. */
export interface StateMachineSource {
  readonly name: string;
  /** Amazon States Language JSON, substitutions done. */
  readonly definition: string;
  /** The handlers by the `Resource` of the Task. */
  readonly tasks: Readonly<Record<string, TaskHandler>>;
  /**
   * The handlers by a `Resource` that ends in `.waitForTaskToken`. The input from `Parameters` contains the token. The execution then
   * waits for SendTaskSuccess or SendTaskFailure; the result of the handler appears in the history only.
   */
  readonly callbackTasks?: Readonly<Record<string, TaskHandler>>;
}

export interface StepFunctionsOptions {
  readonly clock: Clock;
  /** The folder of executions, which must exist. Without it, they are in memory only. */
  readonly directory?: string;
  readonly stateMachines: readonly StateMachineSource[];
  readonly faults?: FaultInjection;
  /** The factor for waits and retry delays, 0 to 1; it does not apply to timeouts. */
  readonly timeScale?: number;
}

export interface StepFunctionsService {
  /** `x-amz-target: AWSStepFunctions.*`, JSON 1.0. */
  readonly wire: WireService;
  /** The executions and their histories, to read. */
  readonly store: ExecutionStore;
  /** The state machines, without those of Map states. */
  readonly machines: ReadonlyArray<Pick<Machine, 'stateMachineArn' | 'name' | 'definition'>>;
  /** The number of running executions. */
  running(): number;
  /** Ends all executions as ABORTED. No further task is called, and later requests return 503. */
  close(): Promise<void>;
}

/** @throws Error that lists all problems of the definition */
function machineOf(source: StateMachineSource, creationDate: number, timeScale: number): Machine {
  const { name, definition: definitionText } = source;
  const refusal = (problems: readonly string[]): Error =>
    new Error(
      `The local Step Functions can't run the state machine '${name}':\n${problems.map((p) => `- ${p}`).join('\n')}`,
    );
  if (!isName(name) || name.length > 80) throw refusal(['its name is not one of 1 to 80 allowed characters']);
  const handlers = { ...source.tasks, ...source.callbackTasks };
  let definition: Definition;
  try {
    definition = JSON.parse(definitionText);
  } catch (error) {
    throw refusal([`its definition is not JSON: ${error instanceof Error ? error.message : error}`]);
  }
  const problems = checkDefinition(definition, new Set(Object.keys(handlers)));
  if (problems.length > 0) throw refusal(problems);
  return runnable({ name, definitionText, definition, creationDate, handlers }, timeScale);
}

/** A machine whose definition has passed the check, with those of its Map states. */
function runnable(
  source: Pick<Machine, 'name' | 'definitionText' | 'definition' | 'creationDate' | 'handlers'>,
  timeScale: number,
): Machine {
  const maps = Object.entries(source.definition.States).flatMap(([stateName, state]): [string, MapMachine][] => {
    if (state.Type !== 'Map') return [];
    // checkDefinition has found these to be a definition and an object.
    const definition = state.ItemProcessor as unknown as Definition;
    const name = `${source.name}/${state.Label ?? stateName}`;
    const machine = runnable({ ...source, name, definition }, timeScale);
    const itemSelector = enginePaths(state.ItemSelector ?? null);
    return [[stateName, { machine, ...(isObject(itemSelector) && { itemSelector }) }]];
  });
  return {
    ...source,
    stateMachineArn: stateMachineArnOf(source.name),
    engineDefinition: engineDefinition(source.definition, timeScale),
    maps: Object.fromEntries(maps),
  };
}

/**
 * The local Step Functions: the engine aws-local-stepfunctions 3 behind the AWS protocol. Defects of the engine are worked around, or
 * definitions that would trigger them are rejected. Names, inputs, results and histories are stored before they become visible.
 * Executions that were running when the process was killed are ABORTED at the next start.
 * @throws Error with all problems and their places if a definition uses something that the engine does not support
 */
export function createStepFunctionsService(options: StepFunctionsOptions): StepFunctionsService {
  const { clock, directory, timeScale = 1, faults: injection = new FaultInjection() } = options;
  if (!(timeScale >= 0 && timeScale <= 1)) throw new RangeError(`timeScale must be from 0 to 1, not ${timeScale}`);
  const machines = new Map<string, Machine>();
  for (const source of options.stateMachines) {
    const machine = machineOf(source, clock(), timeScale);
    if (machines.has(machine.stateMachineArn)) throw new Error(`Two state machines are named '${source.name}'`);
    machines.set(machine.stateMachineArn, machine);
  }

  const store = new ExecutionStore(directory);
  const stopCause = { status: 'ABORTED', cause: 'The local runtime was stopped.' } as const;
  for (const { executionArn, closure } of store.all()) {
    if (closure === undefined) store.close(executionArn, { ...stopCause, stopDate: clock() });
  }

  const runs = new Map<string, ExecutionRun>();
  const tokens = new TaskTokens((executionArn) => store.get(executionArn) !== undefined);
  const run = (record: ExecutionRecord, machine: Machine, whenEnded = () => {}): void => {
    const onEnd = () => {
      runs.delete(record.executionArn);
      whenEnded();
    };
    const started = new ExecutionRun(record, machine, { store, tokens, clock, timeScale, startChild, onEnd });
    runs.set(record.executionArn, started);
    started.start();
  };
  const startChild = (machine: Machine, input: string, mapRunArn: string): ChildExecution => {
    const name = randomUUID();
    const { stateMachineArn } = machine;
    const executionArn = executionArnOf(machine.name, name);
    const record = { executionArn, stateMachineArn, roleArn: ROLE_ARN, name, input, startDate: clock(), mapRunArn };
    store.create(record);
    const closed = new Promise<Closure>((resolve) => {
      run(record, machine, () => resolve(store.get(executionArn)?.closure ?? { ...stopCause, stopDate: clock() }));
    });
    return { closed, stop: () => runs.get(executionArn)?.end({ status: 'ABORTED' }) };
  };
  const operations = createOperations({
    machines,
    store,
    tokens,
    clock,
    run,
    stop: ({ executionArn }, outcome) => runs.get(executionArn)?.end(outcome),
  });
  const faults = injection.of('states', stepFunctionsFault(Object.keys(operations)));
  let isClosed = false;

  return {
    async wire(request) {
      const name = operationName(request);
      const fault = faults.take(name)?.fault;
      const answer = await respond('Step Functions', JSON_1_0, () => {
        if (isClosed) throw new AwsError('ServiceUnavailable', 'The local Step Functions was stopped.', 503);
        const operation = operationNamed(name, operations, 'Step Functions');
        if (fault === 'server-error')
          throw new AwsError('InternalFailure', 'Injected fault: the call had no effect.', 500);
        if (fault === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded');
        return jsonAnswer(operation(jsonObject(request.body)), JSON_1_0);
      });
      return fault === 'lost-answer' ? CUT : answer;
    },
    store,
    machines: [...machines.values()],
    running: () => runs.size,
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const run of [...runs.values()]) run.end(stopCause);
      store.shut();
    },
  };
}
