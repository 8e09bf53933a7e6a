import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import type { ApiEvent } from '../../functions/api/request.ts';
import type { Privilege } from '../../functions/api/routes.ts';
import type { AuthorizerEvent } from '../../functions/authorizer/authorize.lambda.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { AUTHORIZER_CACHE_SECONDS, AUTHORIZER_TIMEOUT_SECONDS } from '../authorizer-times.ts';
import { OPERATIONS_TIMEOUT_SECONDS } from '../longest-silence.ts';
import { ADMISSION_TASK, admissionDefinition, lifecycleDefinition, TASKS, type TaskName } from '../state-machine.ts';
import { apiRoutes } from './api-gateway/api-routes.ts';
import { createLambdaAuthorizer } from './api-gateway/lambda-authorizer.ts';
import { startApiPort } from './api-gateway/port.ts';
import { startAwsPort } from './aws-port.ts';
import { CHANGES_PATH, CONSOLE_PREFIX, createConsole } from './console/service.ts';
import { dataFolderError } from './data-folder.ts';
import { createDocsPage, redirectTo } from './docs-page.ts';
import { createDynamoDbService } from './dynamodb/service.ts';
import { createEventBridgeService } from './eventbridge/service.ts';
import { createExamples, NO_EXAMPLES } from './examples.ts';
import { FaultInjection } from './fault-injection.ts';
import {
  ADMISSION_STATE_MACHINE_NAME,
  checkFunctionEnvironment,
  FUNCTION_TIMEOUT_MS,
  functionArnOf,
  functionNameOf,
  loadHandlers,
  STATE_MACHINE_NAME,
  setFunctionEnvironment,
  TABLE_NAME,
} from './handlers.ts';
import { createIdentity } from './identity/service.ts';
import { invokeAsLambda, type LambdaFunction } from './lambda.ts';
import { createLambdaService } from './lambda-service.ts';
import type { Options } from './options.ts';
import { ownAccounts } from './own-accounts.ts';
import { loadOwnTargets } from './own-targets.ts';
import { checkRuntimeAt, sharedAccounts } from './personalize/of-another-runtime.ts';
import { runNow } from './run-now.ts';
import { claimDataFolder } from './runtime-file.ts';
import { startScheduler } from './scheduler.ts';
import { createSecretsManagerService } from './secrets-manager/service.ts';
import { createSqsService } from './sqs/service.ts';
import { createParameterStoreService } from './ssm/service.ts';
import { createStepFunctionsService } from './step-functions/service.ts';
import { targetsOf } from './targets.ts';
import { createTrackingIds } from './tracking-ids.ts';

/** API Gateway gives up after 30 s. */
const API_TIMEOUT_MS = 29_000;
type Limits = Pick<LambdaFunction<unknown, unknown>, 'timeoutMs' | 'concurrency'>;

export interface Runtime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly pid: number;
  /** Stops all executions, connections and timers, and removes runtime.json. */
  stop(): Promise<void>;
}

/**
 * Starts the local runtime: one port with all AWS services that the service uses, and one with the API and its deployed handlers.
 * The state is in the data folder and survives `kill -9`.
 * @throws Error with a message for the user if a port is in use, or another runtime uses the data folder
 */
export async function startRuntime(options: Options): Promise<Runtime> {
  const folder = await claimDataFolder(options).catch((error: unknown) => {
    throw dataFolderError(options.data, error) ?? error;
  });
  const stops: (() => Promise<void> | void)[] = [() => folder.release()];
  const stop = async () => {
    // An error in one part must not prevent the others from stopping, or the data folder from being released.
    const errors: unknown[] = [];
    for (const each of stops.reverse()) {
      try {
        await each();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some parts of the runtime did not stop cleanly');
  };
  try {
    return { ...(await start(options, folder, stops)), stop };
  } catch (error) {
    await stop();
    throw dataFolderError(options.data, error) ?? error;
  }
}

type Stops = (() => Promise<void> | void)[];
type DataFolder = Awaited<ReturnType<typeof claimDataFolder>>;

async function start(options: Options, folder: DataFolder, stops: Stops): Promise<Omit<Runtime, 'stop'>> {
  const clock = Date.now;
  const directory = (name: string) => {
    const path = join(options.data, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };

  const faults = new FaultInjection(join(options.data, 'faults.jsonl'));
  stops.push(() => faults.close());
  // The URL of the API is unknown until its port is open.
  let apiUrl = '';
  const trackingIdPath = options.trackingIds.length > 0 ? `/event-trackers/${options.deployment}` : undefined;
  const examples = options.examples ? createExamples(() => apiUrl, trackingIdPath) : NO_EXAMPLES;
  const trackingIds = createTrackingIds(options.trackingIds);
  const consolePage = createConsole({ tableName: TABLE_NAME, identity: directory('identity'), clock });
  stops.push(() => consolePage.close());
  const dynamodb = await createDynamoDbService({
    directory: directory('dynamodb'),
    onWrite: consolePage.onWrite,
    tables: [{ TableName: TABLE_NAME, ...tableSchema() }, ...examples.tables, ...trackingIds.tables],
    faults,
    checkFolder: folder.check,
  });
  stops.push(() => dynamodb.close());
  if (options.personalizeUrl !== undefined) await checkRuntimeAt(options.personalizeUrl);
  const { accounts, personalize } =
    options.personalizeUrl === undefined
      ? ownAccounts({ clock, directory, faults })
      : sharedAccounts(options.personalizeUrl);
  stops.push(() => accounts.close());
  const identity = await createIdentity(directory('identity'), clock, accounts.sessionOf);
  stops.push(() => personalize.close());
  const parameterStore = createParameterStoreService({ clock, directory: directory('ssm'), faults });
  stops.push(() => parameterStore.close());
  const secretsManager = createSecretsManagerService({ clock, directory: directory('secrets-manager'), faults });
  stops.push(() => secretsManager.close());
  const queues = createSqsService({ clock, directory: directory('sqs') });
  stops.push(() => queues.close());

  // The handlers are loaded at their first call, because the environment that they read names a port that is not open yet.
  let handlers: ReturnType<typeof loadHandlers> | undefined;
  const functions = () => {
    handlers ??= loadHandlers();
    return handlers;
  };
  const asLambda = (
    name: string,
    handler: (event: unknown, context: Context) => Promise<unknown>,
    limits: Partial<Limits> = {},
  ) => invokeAsLambda({ functionName: functionNameOf(name), timeoutMs: FUNCTION_TIMEOUT_MS, ...limits, handler });

  const functionArns = Object.fromEntries(TASKS.map((name) => [name, functionArnOf(name)])) as Record<TaskName, string>;
  const stepFunctions = createStepFunctionsService({
    clock,
    directory: directory('step-functions'),
    timeScale: options.timeScale,
    faults,
    stateMachines: [
      {
        name: STATE_MACHINE_NAME,
        definition: lifecycleDefinition(functionArns),
        tasks: Object.fromEntries(
          TASKS.map((name) => [
            functionArns[name],
            asLambda(name, async (event: unknown) => (await functions()).tasks[name](event)),
          ]),
        ),
      },
      {
        name: ADMISSION_STATE_MACHINE_NAME,
        definition: admissionDefinition(functionArnOf(ADMISSION_TASK)),
        tasks: {
          [functionArnOf(ADMISSION_TASK)]: asLambda(ADMISSION_TASK, async (event: unknown) =>
            (await functions()).admitWaiting(event),
          ),
        },
      },
      ...examples.stateMachines({ personalize: personalize.control, dynamodb: dynamodb.wire }),
    ],
  });
  const targets = { ...examples.functions, ...trackingIds.functions, ...(await loadOwnTargets(options.targets)) };
  const { callerOf } = accounts;
  const eventBridge = createEventBridgeService({
    clock,
    directory: directory('eventbridge'),
    faults,
    ...(callerOf && {
      callerOf: (request) => {
        const { accountId, arn } = callerOf(request);
        return { account: accountId, arn };
      },
    }),
    ...targetsOf(stepFunctions.wire, queues, targets),
  });
  stops.push(() => eventBridge.close());
  trackingIds.subscribe(eventBridge.core);

  const scheduler = startScheduler({
    sweep: asLambda('sweep', async (event) => (await functions()).sweep(event)),
    drift: asLambda('drift', async (event) => (await functions()).drift(event)),
    operations: asLambda('operations', async (event) => (await functions()).operations(event), {
      timeoutMs: OPERATIONS_TIMEOUT_SECONDS * 1000,
    }),
  });

  let awsUrl = '';
  const { wire: page, changes } = consolePage.start({
    dynamodb: dynamodb.client,
    executions: stepFunctions.store,
    machines: stepFunctions.machines,
    lastEvent: () => eventBridge.core.log.last,
    faults,
    personalize,
    urls: () => ({ apiUrl, awsUrl }),
  });
  const awsPort = await startAwsPort({
    port: options.awsPort,
    host: '127.0.0.1',
    checkFolder: folder.check,
    services: {
      dynamodb: dynamodb.wire,
      stepFunctions: stepFunctions.wire,
      eventBridge: eventBridge.wire,
      personalize: personalize.control,
      personalizeEvents: personalize.events,
      parameterStore: parameterStore.wire,
      secretsManager: secretsManager.wire,
      queues: queues.wire,
      lambda: createLambdaService(targets),
      sts: accounts.sts,
      iam: accounts.iam,
    },
    page,
    local: [
      { prefix: CONSOLE_PREFIX, service: page },
      { prefix: '/_simulator', service: personalize.script },
      { prefix: '/_sts', service: accounts.script },
      { prefix: '/_events', service: eventBridge.script },
      { prefix: '/_faults', service: faults.wire },
      { prefix: '/_issuer', service: identity.issuer },
      {
        prefix: '/_local',
        service: runNow({
          sweep: scheduler.sweepNow,
          drift: scheduler.driftNow,
          operations: scheduler.operationsNow,
        }),
      },
    ],
    streams: { '/_events': eventBridge.watch, [CHANGES_PATH]: changes },
  });
  stops.push(() => awsPort.close());
  awsUrl = awsPort.url;
  // Must stop before the port that its tasks call.
  stops.push(() => stepFunctions.close());
  setFunctionEnvironment(awsPort.url, options);
  checkFunctionEnvironment();
  const { api } = await functions();
  const apiFunction = (privilege: Privilege, limits?: Partial<Limits>) =>
    asLambda(`api-${privilege}`, (event, context) => api[privilege](event as ApiEvent, context), {
      timeoutMs: API_TIMEOUT_MS,
      ...limits,
    });
  const apiFunctions: Record<Privilege, (event: unknown) => Promise<unknown>> = {
    // Requests with Prefer: wait are mostly idle, so many can run in parallel.
    read: apiFunction('read', { concurrency: 64 }),
    write: apiFunction('write'),
    events: apiFunction('events'),
  };

  const lambdaAuthorizer = () =>
    createLambdaAuthorizer({
      // Loaded only by who uses it.
      invoke: asLambda(
        'api-authorizer',
        async (event) =>
          (await import('../../functions/authorizer/authorize.lambda.ts')).handler(event as AuthorizerEvent),
        { timeoutMs: AUTHORIZER_TIMEOUT_SECONDS * 1000 },
      ),
      ttlMs: AUTHORIZER_CACHE_SECONDS * 1000,
      clock,
    });
  const apiPort = await startApiPort({
    port: options.port,
    host: '127.0.0.1',
    checkFolder: folder.check,
    authorizer: options.authorizer === 'FUNCTION' ? lambdaAuthorizer() : identity.authorizer,
    iam: identity.iam,
    extra: [
      { prefix: '/docs', service: createDocsPage() },
      { prefix: '/', service: redirectTo(awsUrl) },
    ],
    onExchange: (exchange) => consolePage.requests.add(exchange),
    routes: apiRoutes(options.features, apiFunctions),
  });
  stops.push(() => apiPort.close());
  apiUrl = apiPort.url;
  stops.push(() => scheduler.stop());

  // Nothing is running yet, so all unfinished records were left by an earlier runtime. They are resumed regardless of their due time.
  await scheduler.takeUpEverything();
  await trackingIds.catchUp();

  const running = { apiUrl, awsUrl, pid: process.pid };
  folder.publish(running);
  return running;
}
