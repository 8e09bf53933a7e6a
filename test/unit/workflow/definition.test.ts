import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StoreUnreachable, ThrottledError, UnknownOutcomeError } from '../../../functions/gateways/aws-errors.ts';
import { MAX_WAIT_MS } from '../../../functions/tracker/pacing.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { LOCAL_SECONDS } from '../../../infra/local/handlers.ts';
import { checkDefinition } from '../../../infra/local/step-functions/definition-check.ts';
import { createStepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { delaysOf, isRenewing, RENEWING_ERRORS, shortestLease, silenceOfRule } from '../../../infra/longest-silence.ts';
import { lifecycleDefinition, TASKS, type TaskName, taskStates } from '../../../infra/state-machine.ts';
import { STATE_MACHINES } from '../../../tools/state-machine/state-machines.ts';

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:event-trackers-${name}`;
const functionArns = Object.fromEntries(TASKS.map((name) => [name, arnOf(name)])) as Record<TaskName, string>;
const definition = lifecycleDefinition(functionArns);

type Behaviour = Partial<Record<TaskName, (input: Record<string, unknown>, call: number) => unknown>>;

/** Runs the deployed JSON in the local Step Functions with these task functions. Waits and backoffs take a thousandth of their time. */
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
              return made ?? { action: 'Done', waitSeconds: 1, generation: 1, round: 1 };
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
    .poll(async () => (await call('DescribeExecution', { executionArn })).status, { timeout: 60_000 })
    .not.toBe('RUNNING');
  const execution = await call('DescribeExecution', { executionArn });
  const { events } = await call('GetExecutionHistory', { executionArn, maxResults: 1000 });
  await service.close();
  return { visited, inputs, execution, states: events.map((event: { type: string }) => event.type) };
}

const then = (action: string, waitSeconds = 1) => ({ action, waitSeconds, generation: 1, round: 1 });
const fault = (name: string) => {
  throw Object.assign(new Error('injected failure'), { name });
};

test('the definition passes asl-validator and our own checks', () => {
  expect(checkDefinition(JSON.parse(definition), new Set(TASKS.map(arnOf)))).toEqual([]);
});

test('every task of the state machine has a file with its name', () => {
  for (const name of TASKS)
    expect(existsSync(join(import.meta.dirname, `../../../functions/workflow/${name}.lambda.ts`))).toBe(true);
});

test('the loop observes, acts, and observes again, until there is nothing to do', async () => {
  const actions = ['CheckDatasetGroup', 'CreateEventTracker', 'WaitBeforeNextPoll', 'PublishEvents', 'Done'];
  const { visited, execution, inputs } = await run({
    Observe: (_, call) => then(actions[call - 1] ?? 'Done'),
    CheckDatasetGroup: () => then('ObserveAgain'),
    CreateEventTracker: () => then('WaitBeforeNextPoll'),
    PublishEvents: () => then('ObserveAgain'),
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
  // Only ids, a version and counters pass through the states, and no secret. Observe gets the whole last result.
  const known = ['version', 'trackerId', 'epoch', 'generation', 'round'];
  for (const input of inputs) {
    const { next, ...given } = input;
    expect(Object.keys(given).filter((key) => !known.includes(key))).toEqual([]);
    expect(Object.keys(next ?? {}).filter((key) => !['action', 'waitSeconds', ...known].includes(key))).toEqual([]);
  }
  expect(inputs[1]).toMatchObject({ generation: 1, round: 1 });
});

/** DynamoDB's errors, by the names that its SDK and Lambda report. */
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
  'ThrottledError',
  'UnknownOutcomeError',
  ...LAMBDA.map((name) => `Lambda.${name}`),
  'Sandbox.Timedout',
  'States.Timeout',
  'StoreUnreachable',
  ...DYNAMODB,
];

test('every task retries the same errors with full jitter, each in one rule', () => {
  const { States } = JSON.parse(definition) as { States: Record<string, { Retry?: { JitterStrategy?: string }[] }> };
  for (const { name, Retry } of taskStates()) {
    expect([name, Retry]).toEqual([name, taskStates()[0]?.Retry]);
    expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals).sort()).toEqual([...RETRIED].sort());
    expect(States[name]?.Retry?.map(({ JitterStrategy }) => JitterStrategy)).toEqual(Retry.map(() => 'FULL'));
  }
});

test.each(Object.entries(STATE_MACHINES))('the committed %s is up to date (npm run state-machine)', (file, text) => {
  expect(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')).toBe(text);
});

describe('no live execution is silent for longer than its lease', () => {
  const LEASES = {
    'on AWS': AWS_SETTINGS.leaseMs / 1000,
    locally: Number({ LEASE_SECONDS: AWS_SETTINGS.leaseMs / 1000, ...LOCAL_SECONDS }.LEASE_SECONDS),
  };
  const rules = taskStates().flatMap((state) => state.Retry.map((rule) => ({ state, rule })));

  test.each(Object.entries(LEASES))('%s, while any one rule uses up its retries', (_, lease) => {
    const silent = rules.filter(({ rule }) => !isRenewing(rule));
    expect(silent.length).toBeGreaterThanOrEqual(3 * TASKS.length);
    for (const { state, rule } of silent) {
      expect(silenceOfRule(rule, state), `${state.name}: ${rule.ErrorEquals}`).toBeLessThan(lease);
    }
  });

  test.each(Object.entries(LEASES))('%s, while all rules use up their retries after a slow start', (_, lease) => {
    expect(shortestLease(taskStates())).toBeLessThan(lease);
  });

  test('no retry delay after an error that renews the lease exceeds the renewed time', () => {
    for (const { rule } of rules.filter(({ rule }) => isRenewing(rule))) {
      expect(Math.max(...delaysOf(rule)) * 1000).toBeLessThanOrEqual(MAX_WAIT_MS);
    }
  });

  test('no rule mixes errors that renew the lease with others', () => {
    for (const { rule } of rules)
      expect(new Set(rule.ErrorEquals.map((name) => RENEWING_ERRORS.has(name))).size).toBe(1);
  });

  test('StoreUnreachable does not renew the lease', () => {
    expect(RENEWING_ERRORS).toEqual(new Set([new ThrottledError('x').name, new UnknownOutcomeError('x', 'y').name]));
    expect(RENEWING_ERRORS.has(new StoreUnreachable('x').name)).toBe(false);
  });
});

// One error per rule. task-errors.test.ts covers Lambda's own errors and States.Timeout.
test.each([
  ['ThrottledError', 3],
  ['UnknownOutcomeError', 3],
  ['Lambda.TooManyRequestsException', 6],
  ['Sandbox.Timedout', 1],
  ['InternalServerError', 2],
])('the state machine retries only the task that fails with %s, %i times', async (name, times) => {
  const { visited, execution } = await run({
    Observe: (_, call) => then(call === 1 ? 'CreateEventTracker' : 'Done'),
    CreateEventTracker: (_, call) => (call <= times ? fault(name) : then('ObserveAgain')),
  });
  expect(execution.status).toBe('SUCCEEDED');
  expect(visited).toEqual(['Observe', ...Array(times + 1).fill('CreateEventTracker'), 'Observe']);
});

test.each([
  ['an unexpected error', () => fault('TypeError'), 'LifecycleFailed'],
  ['an unknown action', () => then('DanceATango'), 'UnknownAction'],
])('%s ends in Fail without details', async (_, observe, error) => {
  const { execution, visited } = await run({ Observe: observe });
  expect(execution).toMatchObject({ status: 'FAILED', error });
  expect(visited).toEqual(['Observe']);
});
