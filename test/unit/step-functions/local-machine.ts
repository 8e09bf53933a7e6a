import { createStepFunctionsService, type StepFunctionsOptions } from '../../../infra/local/step-functions/service.ts';
import { CUT } from '../../../infra/local/wire.ts';

export const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:work';
export const MACHINE_ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:machine';
export const executionArn = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:machine:${name}`;

export type Answer = Record<string, unknown>;
type Tasks = StepFunctionsOptions['stateMachines'][number]['tasks'];

/** The service with one state machine named `machine`, called without sockets. */
export function localMachine(
  states: Record<string, object>,
  tasks: Tasks | Tasks[string] = {},
  options: Partial<StepFunctionsOptions> & { timeoutSeconds?: number } = {},
) {
  const { timeoutSeconds, ...rest } = options;
  const definition = JSON.stringify({
    StartAt: Object.keys(states)[0],
    States: states,
    ...(timeoutSeconds === undefined ? {} : { TimeoutSeconds: timeoutSeconds }),
  });
  const handlers = typeof tasks === 'function' ? { [LAMBDA]: tasks } : tasks;
  const service = createStepFunctionsService({
    clock: Date.now,
    timeScale: 0.001,
    stateMachines: [{ name: 'machine', definition, tasks: handlers }],
    ...rest,
  });
  const call = async (operation: string, input: object): Promise<Answer> => {
    const response = await service.wire({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': `AWSStepFunctions.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from(JSON.stringify(input)),
    });
    if (response === CUT) throw new Error('cut');
    return JSON.parse(response.body.toString());
  };
  const start = (name: string, input: unknown = {}) =>
    call('StartExecution', { stateMachineArn: MACHINE_ARN, name, input: JSON.stringify(input) });
  const describe = (name: string) => call('DescribeExecution', { executionArn: executionArn(name) });
  /** Starts an execution and waits for its end. */
  const ended = async (name: string): Promise<Answer> => {
    for (;;) {
      const execution = await describe(name);
      if (execution.status !== 'RUNNING') return execution;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const run = async (input: unknown = {}, name = 'run') => {
    await start(name, input);
    return await ended(name);
  };
  const history = async (name = 'run') => {
    const { events } = await call('GetExecutionHistory', { executionArn: executionArn(name), maxResults: 1000 });
    return events as Answer[];
  };
  return { service, call, start, describe, ended, run, history };
}
