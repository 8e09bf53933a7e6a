import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createDynamoDbService, type DynamoDbService } from '../../../infra/local/dynamodb/service.ts';
import { createExamples } from '../../../infra/local/examples.ts';
import { FaultInjection } from '../../../infra/local/fault-injection.ts';
import { createPersonalizeService } from '../../../infra/local/personalize/service.ts';
import { createStepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { CUT, type WireRequest, type WireResponse, type WireService } from '../../../infra/local/wire.ts';

/**
 * The onboarding state machines in the local Step Functions, with the simulated Personalize, the local DynamoDB and a scripted API. Waits,
 * retry delays and heartbeats take a thousandth of their time.
 */

export interface ApiCall {
  readonly isDryRun: boolean;
  readonly body: Readonly<Record<string, unknown>> & { readonly callback?: { readonly taskToken: string } };
}
export interface ApiAnswer {
  readonly status: number;
  readonly body: object | string;
}
type Outcome = { readonly status: string; readonly error?: string; readonly cause?: string; readonly output?: string };

export const TRACKER = { trackerId: 'et-1', status: 'ACTIVE', eventTrackerArn: 'arn:x:event-tracker/1' };
/** A dry run that shows the tracker, as the API does; its tracking ID is a secret. */
export const ACCEPTED = {
  status: 200,
  body: { wouldSucceed: true, outcome: 'CREATE', findings: [], eventTracker: { trackingId: 'secret-tracking-id' } },
};
export const tenant = (name = 'acme', more: object = {}) => ({
  tenantId: name,
  name: 'shop',
  datasetGroup: `${name}-books`,
  ...more,
});
export const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-books';

/** The table is shared by all tests of a file; each test has runs of its own. */
export async function startTable() {
  const faults = new FaultInjection();
  const { tables } = createExamples(() => '');
  return { dynamodb: await createDynamoDbService({ tables, faults }), faults };
}

export interface WorldOptions {
  /** Answers a call of the API. By default it accepts each, and completes the task immediately. */
  readonly api?: (call: ApiCall, world: World) => ApiAnswer | undefined | Promise<ApiAnswer | undefined>;
  readonly edit?: (definition: string) => string;
  readonly timeScale?: number;
  /** Where the deployment keeps the tracking IDs. */
  readonly trackingIdPath?: string;
  /** Runs around each call of a service. */
  readonly around?: (operation: string, call: () => Promise<WireResponse>, world: World) => Promise<WireResponse>;
}
export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld(dynamodb: DynamoDbService, options: WorldOptions = {}) {
  const {
    api = () => undefined,
    edit = (definition) => definition,
    around = (_, call) => call(),
    timeScale = 0.001,
  } = options;
  const personalize = createPersonalizeService({ clock: Date.now });
  personalize.core.setTiming({ datasetGroupMs: 10 });
  const calls: ApiCall[] = [];
  const operations: string[] = [];
  const observed =
    (wire: WireService): WireService =>
    (request: WireRequest) => {
      const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
      operations.push(operation);
      return around(operation, () => wire(request), world);
    };

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const call: ApiCall = { isDryRun: request.url?.endsWith('?dryRun=true') === true, body: JSON.parse(text) };
    calls.push(call);
    operations.push(call.isDryRun ? 'DryRun' : 'Request');
    let answer: ApiAnswer = call.isDryRun
      ? ACCEPTED
      : { status: 202, body: { trackerId: 'et-1', status: 'CREATE PENDING' } };
    const reply = await around(
      call.isDryRun ? 'DryRun' : 'Request',
      async () => {
        const given = await api(call, world);
        if (given === undefined && !call.isDryRun) await world.succeed(call);
        answer = given ?? answer;
        return { status: answer.status, headers: {}, body: '' };
      },
      world,
    );
    const { status, body } = answer;
    if (reply === CUT) request.socket.destroy();
    else response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const examples = createExamples(() => apiUrl, options.trackingIdPath);
  const stepFunctions = createStepFunctionsService({
    clock: Date.now,
    timeScale,
    stateMachines: examples
      .stateMachines({ personalize: observed(personalize.control), dynamodb: observed(dynamodb.wire) })
      .map((source) => ({ ...source, definition: edit(source.definition) })),
  });

  const send = async (wire: WireService, target: string, input: object): Promise<Record<string, unknown>> => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await wire({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {
        'x-amz-target': target,
        'content-type': 'application/x-amz-json-1.0',
        authorization,
        'x-amz-date': '20260101T000000Z',
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    if (answer === CUT) throw new Error('cut');
    return JSON.parse(String(answer.body) || '{}');
  };
  const states = (operation: string, input: object) => send(stepFunctions.wire, `AWSStepFunctions.${operation}`, input);
  const executionArn = (name: string, machine: string) =>
    `arn:aws:states:us-east-1:123456789012:execution:event-trackers-${machine}:${name}`;

  const world = {
    calls,
    /** The calls of all services, in their order. */
    operations,
    personalize: personalize.core,
    states,
    succeed: ({ body }: ApiCall, output: object = TRACKER) =>
      states('SendTaskSuccess', { taskToken: body.callback?.taskToken, output: JSON.stringify(output) }),
    fail: ({ body }: ApiCall, error: string, cause: string) =>
      states('SendTaskFailure', { taskToken: body.callback?.taskToken, error, cause }),
    start: (name: string, input: object = tenant(), machine = 'onboarding') =>
      states('StartExecution', {
        stateMachineArn: `arn:aws:states:us-east-1:123456789012:stateMachine:event-trackers-${machine}`,
        name,
        input: JSON.stringify(input),
      }),
    stop: (name: string, machine = 'onboarding') =>
      states('StopExecution', { executionArn: executionArn(name, machine) }),
    async ended(name: string, machine = 'onboarding'): Promise<Outcome> {
      for (;;) {
        const execution = await states('DescribeExecution', { executionArn: executionArn(name, machine) });
        if (execution.status !== 'RUNNING') return execution as unknown as Outcome;
        await pause(2);
      }
    },
    async run(name: string, input: object = tenant(), machine = 'onboarding'): Promise<Outcome> {
      await world.start(name, input, machine);
      return await world.ended(name, machine);
    },
    async history(name: string, machine = 'onboarding') {
      const { events } = await states('GetExecutionHistory', {
        executionArn: executionArn(name, machine),
        maxResults: 1000,
      });
      return events as Record<string, unknown>[];
    },
    /** The line of the report for a run of one tenant. */
    async line(run: string): Promise<Record<string, unknown> | undefined> {
      const Key = { run: { S: run }, position: { N: '0' } };
      const { Item } = await send(dynamodb.wire, 'DynamoDB_20120810.GetItem', {
        TableName: 'event-trackers-onboarding',
        Key,
        ConsistentRead: true,
      });
      if (Item === undefined) return undefined;
      const { position: _, ...line } = Item as Record<string, object>;
      return Object.fromEntries(Object.entries(line).map(([key, value]) => [key, Object.values(value)[0]]));
    },
    async close() {
      await stepFunctions.close();
      personalize.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return world;
}
