import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { checkDefinition } from '../../../infra/local/step-functions/definition-check.ts';
import { createStepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { lifecycleDefinition, TASKS, type TaskName } from '../../../infra/state-machine.ts';

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:event-trackers-${name}`;
const functionArns = Object.fromEntries(TASKS.map((name) => [name, arnOf(name)])) as Record<TaskName, string>;
const definition = lifecycleDefinition(functionArns);

type Behaviour = Partial<Record<TaskName, (input: Record<string, unknown>, call: number) => unknown>>;

/** Runs the deployable JSON in the local engine, with these for its Lambdas; waits and back-offs a thousandth. */
async function run(behaviour: Behaviour) {
  const visited: string[] = [];
  const inputs: Record<string, unknown>[] = [];
  const service = createStepFunctionsService({
    clock: Date.now,
    timeScale: 0.001,
    stateMachines: [
      {
        name: 'lifecycle',
        definition,
        tasks: Object.fromEntries(
          TASKS.map((name) => [
            arnOf(name),
            async (input: unknown) => {
              visited.push(name);
              inputs.push(input as Record<string, unknown>);
              const made = behaviour[name]?.(
                input as Record<string, unknown>,
                visited.filter((so) => so === name).length,
              );
              return made ?? { action: 'Done', waitSeconds: 1, generation: 1 };
            },
          ]),
        ),
      },
    ],
  });
  const call = async (operation: string, input: object) => {
    const answer = await service.wire({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': `AWSStepFunctions.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    });
    if (typeof answer === 'symbol') throw new Error('cut');
    return JSON.parse(String(answer.body));
  };
  const { executionArn } = await call('StartExecution', {
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:lifecycle',
    name: 'et-x-1',
    input: JSON.stringify({ version: 1, trackerId: 'et-x', epoch: 1 }),
  });
  await expect
    .poll(async () => (await call('DescribeExecution', { executionArn })).status, { timeout: 10_000 })
    .not.toBe('RUNNING');
  const execution = await call('DescribeExecution', { executionArn });
  const { events } = await call('GetExecutionHistory', { executionArn, maxResults: 1000 });
  await service.close();
  return { visited, inputs, execution, states: events.map((event: { type: string }) => event.type) };
}

const then = (action: string, waitSeconds = 1) => ({ action, waitSeconds, generation: 1 });
const fault = (name: string) => {
  throw Object.assign(new Error('for the test'), { name });
};

test('the definition passes asl-validator and the check of what it misses', () => {
  expect(checkDefinition(JSON.parse(definition), new Set(TASKS.map(arnOf)))).toEqual([]);
});

test('every task of the state machine is a file of its name', () => {
  for (const name of TASKS)
    expect(existsSync(join(import.meta.dirname, `../../../functions/workflow/${name}.ts`))).toBe(true);
});

test('the loop: observe, act, observe again, until there is nothing to do', async () => {
  const actions = ['CheckDatasetGroup', 'CreateEventTracker', 'WaitBeforeNextLook', 'PublishEvents', 'Done'];
  const { visited, execution, inputs } = await run({
    Observe: (_, call) => then(actions[call - 1] ?? 'Done'),
    CheckDatasetGroup: () => then('Superseded'),
    CreateEventTracker: () => then('WaitBeforeNextLook'),
    PublishEvents: () => then('Superseded'),
  });
  expect(execution.status).toBe('SUCCEEDED');
  expect(visited).toEqual([
    'Observe',
    'CheckDatasetGroup',
    'Observe',
    'CreateEventTracker',
    'Observe',
    'Observe',
    'PublishEvents',
    'Observe',
  ]);
  // Ids and a version, and the generation that Observe decided on: nothing secret passes through the states.
  for (const input of inputs) {
    expect(Object.keys(input).filter((key) => !['version', 'trackerId', 'epoch', 'generation'].includes(key))).toEqual(
      [],
    );
  }
});

/** DynamoDB's, as its SDK names them and Lambda reports them. */
const DYNAMODB = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
];
const LAMBDA = [
  'ServiceException',
  'ClientExecutionTimeoutException',
  'AWSLambdaException',
  'SdkClientException',
  'TooManyRequestsException',
  'Unknown',
];
const RETRIED = [
  'Throttled',
  'AnswerUnknown',
  ...LAMBDA.map((name) => `Lambda.${name}`),
  'Sandbox.Timedout',
  'States.Timeout',
  ...DYNAMODB,
];

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
  readonly MaxAttempts: number;
  readonly JitterStrategy: string;
}
const tasks = () => {
  const { States } = JSON.parse(definition) as { States: Record<string, { Retry?: Retrier[] }> };
  return TASKS.map((name) => ({ name, retriers: States[name]?.Retry ?? [] }));
};

test('every task retries the same errors, each in one rule, with full jitter', () => {
  for (const { name, retriers } of tasks()) {
    expect([name, retriers]).toEqual([name, tasks()[0]?.retriers]);
    expect(retriers.flatMap(({ ErrorEquals }) => ErrorEquals).sort()).toEqual([...RETRIED].sort());
    expect(retriers.map(({ JitterStrategy }) => JitterStrategy)).toEqual(retriers.map(() => 'FULL'));
  }
});

test('while DynamoDB answers nothing nobody can say that the owner lives: the task is asked again within the lease', () => {
  for (const { retriers } of tasks()) {
    const rule = retriers.find(({ ErrorEquals }) => ErrorEquals.includes('InternalServerError'));
    if (rule === undefined) throw new Error('There is no such rule.');
    const { IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts } = rule;
    const delays = Array.from({ length: MaxAttempts }, (_, attempt) =>
      Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt),
    );
    expect(delays.reduce((sum, delay) => sum + delay, 0) * 1000).toBeLessThan(AWS_SETTINGS.leaseMs);
  }
});

// A rule each; Lambda's own and States.Timeout run through in task-errors.test.ts.
test.each(['Throttled', 'AnswerUnknown', 'Sandbox.Timedout', 'InternalServerError'])(
  '%s is retried by the state machine, that task only',
  async (name) => {
    const { visited, execution } = await run({
      Observe: (_, call) => then(call === 1 ? 'CreateEventTracker' : 'Done'),
      CreateEventTracker: (_, call) => (call <= 3 ? fault(name) : then('Superseded')),
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(visited).toEqual(['Observe', ...Array(4).fill('CreateEventTracker'), 'Observe']);
  },
);

test.each([
  ['an error that nobody planned for', () => fault('TypeError'), 'LifecycleFailed'],
  ['an action that this version does not know', () => then('DanceATango'), 'UnknownAction'],
])('%s ends in Fail, and tells nothing of it', async (_, observe, error) => {
  const { execution, visited } = await run({ Observe: observe });
  expect(execution).toMatchObject({ status: 'FAILED', error });
  expect(visited).toEqual(['Observe']);
});
