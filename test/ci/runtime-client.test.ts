import { mkdtempSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { toItem } from '../../functions/store/item.ts';
import type { Bundles } from '../../infra/aws/bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/aws/function-names.ts';
import { lifecycleDefinition, TASKS, type TaskName } from '../../infra/state-machine.ts';
import { ACTIVE, asAttributes, CALLS, TRACKER_ID } from '../infra/bundle-calls.ts';
import { bundled, FULL, type Synthesized, synthesize, temporary } from '../infra/synthesized.ts';
import { startWireStub, type WireStub } from '../infra/wire-stub.ts';
import { type LambdaFunction, startFunction } from './runtime-api.ts';

/* Run by `npm run test:ci`. Every function's bundle runs under AWS's own runtime client, in the template's configuration. */

/** The folder of `aws-lambda-ric`, set by test/ci/run.ts. */
const CLIENT = process.env.RUNTIME_CLIENT;

const propertiesSchema = z.object({
  Handler: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  Timeout: z.number(),
  FunctionName: z.string(),
});

describe.skipIf(CLIENT === undefined)("under AWS's runtime client", () => {
  let stub: WireStub;
  let bundles: Bundles;
  let full: Synthesized;
  const started: LambdaFunction[] = [];

  beforeAll(async () => {
    stub = await startWireStub();
    bundles = await bundled();
    full = synthesize(FULL, bundles, { isValidated: false });
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.close()));
  });
  afterAll(() => stub.close());

  /** A function as the template configures it, in a folder with nothing but its code. */
  async function deploy(name: FunctionName, changes: Record<string, string | undefined> = {}): Promise<LambdaFunction> {
    const code = mkdtempSync(join(temporary, 'task-'));
    await cp(bundles[name].folder, code, { recursive: true });
    const { Handler, Environment, Timeout, FunctionName } = propertiesSchema.parse(
      full.resources[`${name}/Function`]?.Properties,
    );
    const variables = {
      ...Environment.Variables,
      // A reference in the template.
      ...('ACCOUNT_ID' in Environment.Variables && { ACCOUNT_ID: '123456789012' }),
      AWS_ENDPOINT_URL: stub.url,
      ...changes,
    };
    const defined = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const deployed = await startFunction(String(CLIENT), {
      ...{ code, handler: Handler, functionName: FunctionName, timeoutSeconds: Timeout },
      variables: Object.fromEntries(defined),
    });
    started.push(deployed);
    return deployed;
  }

  test.each(FUNCTION_NAMES)('%s starts, and answers two events in one execution environment', async (name) => {
    const { event, answers = {}, result, sends } = CALLS[name];
    const fn = await deploy(name);
    for (const time of ['first', 'second']) {
      stub.answer(answers);
      const invoked = await fn.invoke(event);
      expect(invoked, invoked.output).toEqual(expect.objectContaining({ result }));
      expect([...new Set(stub.sent().map(({ action }) => action))].sort()).toEqual(
        // In the second event the sessions in other accounts are still valid.
        time === 'first' ? sends : sends.filter((action) => action !== 'sts:AssumeRole'),
      );
      // X-Ray puts the calls below the invocation only if the SDK finds its trace ID where the client leaves it.
      for (const { action, traceId } of stub.sent()) expect(traceId, action).toBe(invoked.traceId);
      expect(invoked.output).not.toContain('a-tracking-id');
    }
    expect(fn.inits()).toBe(1);
  });

  describe('an error', () => {
    interface State {
      readonly Retry: readonly { readonly ErrorEquals: readonly string[] }[];
    }
    const arns = Object.fromEntries(TASKS.map((name) => [name, name])) as Record<TaskName, string>;
    const { States } = JSON.parse(lifecycleDefinition(arns)) as { States: Record<TaskName, State> };
    const retried = (name: TaskName): string[] => States[name].Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
    const eventTrackerArn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1';
    const { trackingId: _, ...others } = ACTIVE;
    const inProgress = { ...others, epoch: 1, status: 'CREATE IN_PROGRESS', eventTrackerArn } as const;
    const FOUND = { 'dynamodb:GetItem': { body: { Item: asAttributes(toItem(inProgress)) } } };
    const TASK = { version: 1, trackerId: TRACKER_ID, epoch: 1 };

    test.each(TASKS)('of DynamoDB in %s has a name that the state machine retries', async (name) => {
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      stub.answer({ 'dynamodb:GetItem': { status: 400, body: { __type, message: 'slow down' } } });
      const fn = await deploy(name);
      const invoked = await fn.invoke(TASK);
      const errorType = 'ProvisionedThroughputExceededException';
      expect(invoked, invoked.output).toMatchObject({ error: { errorType, errorMessage: 'slow down' } });
      expect(retried(name)).toContain(errorType);
    });

    test('of Personalize is named by this service, and the trace names its sources', async () => {
      const __type = 'ThrottlingException';
      stub.answer({ ...FOUND, 'personalize:DescribeEventTracker': { status: 400, body: { __type, message: 'no' } } });
      const fn = await deploy('Observe');
      const invoked = await fn.invoke(TASK);
      expect(invoked, invoked.output).toMatchObject({ error: { errorType: 'ThrottledError' } });
      expect(retried('Observe')).toContain('ThrottledError');
      const { trace } = (invoked as { error: { trace: string[] } }).error;
      expect(trace.join('\n')).toMatch(/functions\/gateways\/aws-errors\.ts:\d+:\d+/);
      // The next event has the same environment, and no trace of the error.
      stub.answer({});
      expect(await fn.invoke(TASK)).toMatchObject({ result: { action: 'Done' } });
      expect(fn.inits()).toBe(1);
    });

    test('of a lost connection to DynamoDB is named by this service', async () => {
      const fn = await deploy('Observe', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
      expect(await fn.invoke(TASK)).toMatchObject({ error: { errorType: 'StoreUnreachable' } });
      expect(retried('Observe')).toContain('StoreUnreachable');
    });

    test('of an event that no task knows is not retried', async () => {
      const fn = await deploy('Observe');
      expect(await fn.invoke({})).toMatchObject({ error: { errorType: 'ZodError' } });
      expect(retried('Observe')).not.toContain('ZodError');
    });

    test('in a request is a problem document, not an error of the function', async () => {
      stub.answer({ 'dynamodb:PutItem': { status: 400, body: { __type: 'ValidationException', message: 'broken' } } });
      const fn = await deploy('api-write');
      const { event } = CALLS['api-write'];
      const invoked = await fn.invoke(event);
      expect(invoked, invoked.output).toMatchObject({
        result: { statusCode: 500, headers: { 'content-type': 'application/problem+json' } },
      });
      expect(JSON.stringify(invoked)).not.toMatch(/"body":"[^"]*broken/);
    });

    test('of a missing variable names it, for each function that has one', async () => {
      for (const name of ['api-read', 'Observe', 'sweep', 'operations', 'drift'] as const) {
        const fn = await deploy(name, { TABLE_NAME: undefined });
        const invoked = await fn.invoke(CALLS[name].event);
        const message = 'The environment variable TABLE_NAME is not set.';
        // The handlers of the API are made at the initialization, the others when they are called first.
        const error = { errorType: 'Error', errorMessage: message };
        expect(invoked, name).toMatchObject(name === 'api-read' ? { initError: error } : { error });
      }
    });

    test('of code that cannot be loaded is reported by INIT', async () => {
      const code = mkdtempSync(join(temporary, 'empty-'));
      const nothing = { code, handler: 'index.handler', functionName: 'empty', variables: {}, timeoutSeconds: 5 };
      const fn = await startFunction(String(CLIENT), nothing);
      started.push(fn);
      expect(await fn.invoke({})).toMatchObject({ initError: { errorType: 'Runtime.ImportModuleError' } });
    });
  });

  describe('a time-out', () => {
    test('ends the execution environment; the next event starts another and finds nothing half done', async () => {
      stub.answer({ 'dynamodb:PutItem': { body: {}, isSilent: true } });
      const fn = await deploy('api-write');
      const { event, answers = {}, result } = CALLS['api-write'];
      expect(await fn.invoke(event, 1.5)).toMatchObject({ timedOut: 'Task timed out after 1.50 seconds' });
      stub.answer(answers);
      expect(await fn.invoke(event)).toMatchObject({ result });
      expect(fn.inits()).toBe(2);
    });
  });
});
