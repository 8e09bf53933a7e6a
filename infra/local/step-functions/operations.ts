import { randomUUID } from 'node:crypto';
import { AwsError, type Clock } from '../wire.ts';
import { arn, executionArnOf, isName, ROLE_ARN } from './arns.ts';
import { type ExecutionRecord, type ExecutionStore, statusOf } from './execution-store.ts';
import type { Closure, Details, HistoryEvent } from './history.ts';
import type { Machine } from './machine.ts';
import { flag, jsonText, oneOf, optionalText, pageOf, type Request, text } from './request-fields.ts';
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
/** Returns the output of an operation, or throws an AwsError. */
export type Operation = (request: Request) => object;

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;
const ERROR = { max: 256 };
const CAUSE = { max: 32_768 };
const TOKEN = { min: 1, max: 2048 };

/** The protocol represents dates in seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000;

const summaryOf = (record: ExecutionRecord) => ({
  executionArn: record.executionArn,
  stateMachineArn: record.stateMachineArn,
  name: record.name,
  status: statusOf(record),
  startDate: seconds(record.startDate),
  ...(record.closure === undefined ? {} : { stopDate: seconds(record.closure.stopDate) }),
  redriveCount: 0,
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

/** The supported operations of Step Functions by name (API reference, 2016-11-23). */
export function createOperations(deps: OperationDependencies): Readonly<Record<string, Operation>> {
  const { machines, store, tokens, clock } = deps;

  const machineOf = (request: Request): Machine => {
    const stateMachineArn = arn(request, 'stateMachineArn', 'stateMachine');
    const machine = machines.get(stateMachineArn);
    if (machine !== undefined) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  };
  const executionOf = (request: Request): ExecutionRecord => {
    const executionArn = arn(request, 'executionArn', 'execution');
    const record = store.get(executionArn);
    if (record !== undefined) return record;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  };

  return {
    /**
     * With the name and the input of a running execution, it returns that execution. With another input, or if that execution is
     * closed, it throws ExecutionAlreadyExists, forever (on AWS for 90 days). Like AWS, it compares inputs as text: `{"a":1}` and
     * `{ "a": 1 }` are different.
     */
    StartExecution(request) {
      const machine = machineOf(request);
      const name = optionalText(request, 'name', { min: 1, max: 80, isShown: true }) ?? randomUUID();
      if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
      const input = optionalText(request, 'input', { max: Number.POSITIVE_INFINITY }) ?? '{}';
      jsonText(input, 'InvalidExecutionInput', 'State Machine Execution Input');
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

    DescribeExecution(request) {
      const record = executionOf(request);
      const includesData = oneOf(request, 'includedData', ['ALL_DATA', 'METADATA_ONLY']) !== 'METADATA_ONLY';
      const { output, error, cause } = record.closure ?? {};
      const data = {
        input: record.input,
        inputDetails: { included: true },
        ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
      };
      return {
        ...summaryOf(record),
        ...(includesData ? data : {}),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'The local runtime does not redrive executions',
      };
    },

    /** Newest first. */
    ListExecutions(request) {
      const { stateMachineArn } = machineOf(request);
      const status = oneOf(request, 'statusFilter', STATUSES);
      const executions = store
        .all()
        .filter((record) => record.stateMachineArn === stateMachineArn)
        .reverse();
      const list = ['ListExecutions', stateMachineArn, status];
      const { items, nextToken } = pageOf(
        request,
        list,
        executions,
        ({ name }) => name,
        (record) => status === undefined || statusOf(record) === status,
      );
      return { executions: items.map(summaryOf), nextToken };
    },

    /** For a closed execution, only returns its stop date. */
    StopExecution(request) {
      const record = executionOf(request);
      const error = optionalText(request, 'error', ERROR);
      const cause = optionalText(request, 'cause', CAUSE);
      deps.stop(record, {
        status: 'ABORTED',
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      });
      return { stopDate: seconds(store.get(record.executionArn)?.closure?.stopDate ?? clock()) };
    },

    GetExecutionHistory(request) {
      const record = executionOf(request);
      const isReversed = flag(request, 'reverseOrder', false);
      const includesData = flag(request, 'includeExecutionData', true);
      if (record.historyDropped) {
        const reason = `Execution Does Not Exist: '${record.executionArn}' (its history was dropped in favor of newer ones)`;
        throw new AwsError('ExecutionDoesNotExist', reason);
      }
      const events = store.history(record);
      if (isReversed) events.reverse();
      const list = ['GetExecutionHistory', record.executionArn, isReversed];
      const { items, nextToken } = pageOf(request, list, events, ({ id }) => id);
      return { events: items.map((event) => eventOf(event, includesData)), nextToken };
    },

    DescribeStateMachine(request) {
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
    },

    ListStateMachines(request) {
      const { items, nextToken } = pageOf(request, ['ListStateMachines'], [...machines.values()], ({ name }) => name);
      const stateMachines = items.map(({ stateMachineArn, name, creationDate }) => ({
        stateMachineArn,
        name,
        type: 'STANDARD',
        creationDate: seconds(creationDate),
      }));
      return { stateMachines, nextToken };
    },

    SendTaskSuccess(request) {
      const token = text(request, 'taskToken', TOKEN);
      const output = text(request, 'output', { max: Number.POSITIVE_INFINITY });
      jsonText(output, 'InvalidOutput', 'Output');
      tokens.succeed(token, JSON.parse(output));
      return {};
    },

    SendTaskFailure(request) {
      const token = text(request, 'taskToken', TOKEN);
      tokens.fail(token, optionalText(request, 'error', ERROR), optionalText(request, 'cause', CAUSE));
      return {};
    },

    SendTaskHeartbeat(request) {
      tokens.heartbeat(text(request, 'taskToken', TOKEN));
      return {};
    },
  };
}
