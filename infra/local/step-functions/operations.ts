import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type Clock } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import { checkArn, executionArnOf, isName, ROLE_ARN } from './arns.ts';
import { type ExecutionRecord, type ExecutionStore, statusOf } from './execution-store.ts';
import type { Closure, Details, HistoryEvent } from './history.ts';
import type { Machine } from './machine.ts';
import { checkPayload } from './payload.ts';
import type { TaskTokens } from './task-tokens.ts';

export interface OperationDependencies {
  readonly machines: ReadonlyMap<string, Machine>;
  readonly store: ExecutionStore;
  readonly tokens: TaskTokens;
  readonly clock: Clock;
  /** Starts an execution that is in the store. */
  readonly run: (record: ExecutionRecord, machine: Machine) => void;
  readonly stop: (record: ExecutionRecord, closure: Omit<Closure, 'stopDate'>) => void;
}
type Input = Readonly<Record<string, unknown>>;
/** Returns the output of an operation, or throws an AwsError. */
export type Operation = (input: Input) => object;

const operation =
  <S extends z.ZodType>(shape: S, act: (input: z.infer<S>) => object): Operation =>
  (input) =>
    act(parseInput(shape, input));

// Limits of the API reference (2016-11-23).
const arn = text(1, 256);
const stateMachine = z.object({ stateMachineArn: arn });
const execution = z.object({ executionArn: arn });
const task = z.object({ taskToken: text(1, 2048) });
const failure = { error: text(0, 256).optional(), cause: text(0, 32_768).optional() };
const paging = {
  nextToken: text(1, 1024).optional(),
  // 0 is the default.
  maxResults: z.int().min(0).max(1000).optional(),
};

/** The protocol represents dates in seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000;

const summaryOf = (record: ExecutionRecord) => ({
  executionArn: record.executionArn,
  stateMachineArn: record.stateMachineArn,
  name: record.name,
  status: statusOf(record),
  startDate: seconds(record.startDate),
  stopDate: record.closure && seconds(record.closure.stopDate),
  redriveCount: 0,
  mapRunArn: record.mapRunArn,
});

// With includeExecutionData false, AWS omits the payloads and their details.
const EXECUTION_DATA = new Set(['input', 'output', 'parameters', 'inputDetails', 'outputDetails', 'cause']);
const withoutData = (details: Details): Details =>
  Object.fromEntries(
    Object.entries(details).map(([name, fields]) => [
      name,
      Object.fromEntries(Object.entries(fields).filter(([field]) => !EXECUTION_DATA.has(field))),
    ]),
  );

const eventOf = ({ timestamp, details = {}, ...event }: HistoryEvent, includesData: boolean) => ({
  timestamp: seconds(timestamp),
  ...event,
  ...(includesData ? details : withoutData(details)),
});

const page = <T>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
  list: string,
  { nextToken: token, maxResults }: z.infer<z.ZodObject<typeof paging>>,
) => pageOf(items, keyOf, { list, token, size: maxResults || undefined, refusal: 'InvalidToken' });

/** The supported operations of Step Functions by name (API reference, 2016-11-23). */
export function createOperations(deps: OperationDependencies): Readonly<Record<string, Operation>> {
  const { machines, store, tokens, clock } = deps;

  const machineOf = ({ stateMachineArn }: z.infer<typeof stateMachine>): Machine => {
    checkArn(stateMachineArn, 'stateMachine');
    const machine = machines.get(stateMachineArn);
    if (machine !== undefined) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  };
  const executionOf = ({ executionArn }: z.infer<typeof execution>): ExecutionRecord => {
    checkArn(executionArn, 'execution');
    const record = store.get(executionArn);
    if (record !== undefined) return record;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  };

  const mapRunOf = (mapRunArn: string): ExecutionRecord[] => {
    checkArn(mapRunArn, 'mapRun');
    const items = store.all().filter((record) => record.mapRunArn === mapRunArn);
    if (items.length > 0) return items;
    throw new AwsError('ResourceNotFound', `Resource not found: '${mapRunArn}'`);
  };

  return {
    /**
     * With the name and the input of a running execution, it returns that execution. With another input, or if that execution is
     * closed, it throws ExecutionAlreadyExists, forever (on AWS for 90 days). Like AWS, it compares inputs as text: `{"a":1}` and
     * `{ "a": 1 }` are different.
     */
    StartExecution: operation(
      stateMachine.extend({ name: text(1, 80).optional(), input: z.string().optional() }),
      (request) => {
        const machine = machineOf(request);
        const { name = randomUUID(), input = '{}' } = request;
        if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
        checkPayload(input, 'InvalidExecutionInput', 'State Machine Execution Input');
        const executionArn = executionArnOf(machine.name, name);
        const taken = store.get(executionArn);
        if (taken !== undefined) {
          if (taken.closure === undefined && taken.input === input) {
            return { executionArn, startDate: seconds(taken.startDate) };
          }
          throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
        }
        const { stateMachineArn } = machine;
        const record = { executionArn, stateMachineArn, roleArn: ROLE_ARN, name, input, startDate: clock() };
        store.create(record);
        deps.run(record, machine);
        return { executionArn, startDate: seconds(record.startDate) };
      },
    ),

    DescribeExecution: operation(
      execution.extend({ includedData: z.enum(['ALL_DATA', 'METADATA_ONLY']).optional() }),
      (request) => {
        const record = executionOf(request);
        const { output, error, cause } = record.closure ?? {};
        const included = { included: true };
        const data = {
          input: record.input,
          inputDetails: included,
          output,
          outputDetails: output === undefined ? undefined : included,
        };
        return {
          ...summaryOf(record),
          ...(request.includedData === 'METADATA_ONLY' ? {} : data),
          error,
          cause,
          redriveStatus: 'NOT_REDRIVABLE',
          redriveStatusReason: 'The local runtime does not redrive executions',
        };
      },
    ),

    /** Newest first. With a Map Run, the executions of its items. */
    ListExecutions: operation(
      z.object({
        stateMachineArn: arn.optional(),
        mapRunArn: arn.optional(),
        statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
        ...paging,
      }),
      (request) => {
        const { statusFilter, stateMachineArn, mapRunArn } = request;
        if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
          throw new AwsError('ValidationException', 'Provide either a stateMachineArn or a mapRunArn, but not both.');
        }
        if (stateMachineArn !== undefined) machineOf({ stateMachineArn });
        else if (mapRunArn !== undefined) mapRunOf(mapRunArn);
        const executions = [...store.all().entries()].filter(
          ([, record]) =>
            (mapRunArn === undefined ? record.stateMachineArn === stateMachineArn : record.mapRunArn === mapRunArn) &&
            (statusFilter === undefined || statusOf(record) === statusFilter),
        );
        const list = `ListExecutions ${stateMachineArn ?? mapRunArn} ${statusFilter ?? ''}`;
        const { items, nextToken } = page(executions, ([number]) => -number, list, request);
        return { executions: items.map(([, record]) => summaryOf(record)), nextToken };
      },
    ),

    /** For a closed execution, only returns its stop date. */
    StopExecution: operation(execution.extend(failure), (request) => {
      const record = executionOf(request);
      deps.stop(record, { status: 'ABORTED', error: request.error, cause: request.cause });
      return { stopDate: seconds(store.get(record.executionArn)?.closure?.stopDate ?? clock()) };
    }),

    GetExecutionHistory: operation(
      execution.extend({
        reverseOrder: z.boolean().default(false),
        includeExecutionData: z.boolean().default(true),
        ...paging,
      }),
      (request) => {
        const record = executionOf(request);
        const { reverseOrder, includeExecutionData } = request;
        const events = store.history(record);
        if (events === undefined) {
          const reason = `Execution Does Not Exist: '${record.executionArn}' (its history was dropped in favor of newer ones)`;
          throw new AwsError('ExecutionDoesNotExist', reason);
        }
        const list = `GetExecutionHistory ${record.executionArn} ${reverseOrder}`;
        const keyOf = ({ id }: HistoryEvent) => (reverseOrder ? -id : id);
        const { items, nextToken } = page(events, keyOf, list, request);
        return { events: items.map((event) => eventOf(event, includeExecutionData)), nextToken };
      },
    ),

    DescribeStateMachine: operation(stateMachine, (request) => {
      const { stateMachineArn, name, definitionText, creationDate } = machineOf(request);
      return {
        stateMachineArn,
        name,
        status: 'ACTIVE',
        definition: definitionText,
        roleArn: ROLE_ARN,
        type: 'STANDARD',
        creationDate: seconds(creationDate),
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      };
    }),

    ListStateMachines: operation(z.object(paging), (request) => {
      const all = [...[...machines.values()].entries()];
      const { items, nextToken } = page(all, ([number]) => number, 'ListStateMachines', request);
      const stateMachines = items.map(([, { stateMachineArn, name, creationDate }]) => ({
        stateMachineArn,
        name,
        type: 'STANDARD',
        creationDate: seconds(creationDate),
      }));
      return { stateMachines, nextToken };
    }),

    SendTaskSuccess: operation(task.extend({ output: z.string() }), ({ taskToken, output }) => {
      checkPayload(output, 'InvalidOutput', 'Output');
      tokens.succeed(taskToken, JSON.parse(output));
      return {};
    }),

    SendTaskFailure: operation(task.extend(failure), ({ taskToken, error, cause }) => {
      tokens.fail(taskToken, error, cause);
      return {};
    }),

    SendTaskHeartbeat: operation(task, ({ taskToken }) => {
      tokens.heartbeat(taskToken);
      return {};
    }),
  };
}
