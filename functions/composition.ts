import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { admissionRate, connectTimeoutMs, isEnabled, required } from './environment.ts';
import { createGovernorGateway, type GovernorGateway } from './gateways/governors.ts';
import { createTaskHeartbeatGateway, type TaskHeartbeatGateway } from './gateways/task-heartbeats.ts';
import { createWorkflowGateway, type WorkflowGateway } from './gateways/workflow.ts';
import { type AdmissionStore, createAdmissionStore } from './store/admission-store.ts';
import { createIdempotencyStore, type IdempotencyStore } from './store/idempotency-store.ts';
import { createTrackerStore, type TrackerStore } from './store/tracker-store.ts';

/*
 * The clients, and what a request for an event tracker needs. What it does not need is in bulk-composition.ts, so that the function that
 * creates event trackers does not load it at its start.
 */

/**
 * Time-outs of an SDK client, in milliseconds. An answer must arrive while the Lambda (30 s) can still record it. Without
 * `throwOnRequestTimeout` the SDK only warns. The connection time-out is configurable (`CONNECT_SECONDS`), because the SDK counts
 * waiting for a free socket as connecting. The local runtime serves many requests in parallel and has such waits; a Lambda
 * environment has none.
 */
export const REQUEST_HANDLER = {
  // Read when a client is created: this module may be loaded before the environment is set.
  get connectionTimeout() {
    return connectTimeoutMs();
  },
  requestTimeout: 8_000,
  throwOnRequestTimeout: true,
  httpAgent: { maxSockets: 512, keepAlive: true },
} as const;

/**
 * The client with one `User-Agent` for all its calls, which CloudTrail shows. The SDK would put another one together for each call, to tell
 * its authors which features are used.
 */
function withUserAgent<Client extends { readonly middlewareStack: unknown }>(client: Client): Client {
  // The stacks of all clients have the same methods.
  const stack = client.middlewareStack as SFNClient['middlewareStack'];
  stack.remove('getUserAgentMiddleware');
  stack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['user-agent'] = 'event-trackers';
      return next(args);
    },
    { step: 'build', name: 'userAgent' },
  );
  return client;
}

let client: DynamoDBDocumentClient | undefined;

/** One client per process: its connections serve records and Idempotency-Keys. */
export function documents(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(withUserAgent(new DynamoDBClient({ requestHandler: REQUEST_HANDLER })), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return client;
}

export const trackerStore = (): TrackerStore => createTrackerStore(documents(), required('TABLE_NAME'));

export const idempotencyStore = (): IdempotencyStore => createIdempotencyStore(documents(), required('TABLE_NAME'));

export const admissionStore = (): AdmissionStore =>
  createAdmissionStore(documents(), required('TABLE_NAME'), admissionRate());

export const workflowGateway = (): WorkflowGateway =>
  createWorkflowGateway(
    withUserAgent(new SFNClient({ requestHandler: REQUEST_HANDLER })),
    required('STATE_MACHINE_ARN'),
  );

export const governorGateway = (): GovernorGateway =>
  createGovernorGateway(new SFNClient({ requestHandler: REQUEST_HANDLER }), required('ADMISSION_STATE_MACHINE_ARN'));

/** One short attempt: it must not delay a task, and the next task sends another. Undefined if the deployment may not answer task tokens. */
export function taskHeartbeatGateway(): TaskHeartbeatGateway | undefined {
  return isEnabled('CALLBACKS')
    ? createTaskHeartbeatGateway(
        new SFNClient({ maxAttempts: 1, requestHandler: { ...REQUEST_HANDLER, requestTimeout: 3_000 } }),
      )
    : undefined;
}
