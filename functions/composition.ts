import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { connectTimeoutMs, deploymentName, required } from './environment.ts';
import { createPersonalizeGateway, type OfDatasetGroup, type PersonalizeGateway } from './gateways/personalize.ts';
import { createWorkflowGateway, type WorkflowGateway } from './gateways/workflow.ts';
import { createDriftCursor, type DriftCursor } from './store/drift-cursor.ts';
import { createIdempotencyStore, type IdempotencyStore } from './store/idempotency-store.ts';
import { createTrackerStore, type TrackerStore } from './store/tracker-store.ts';

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

let client: DynamoDBDocumentClient | undefined;

/** One client per process: its connections serve records and Idempotency-Keys. */
function documents(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: REQUEST_HANDLER }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return client;
}

export const trackerStore = (): TrackerStore => createTrackerStore(documents(), required('TABLE_NAME'));

export const idempotencyStore = (): IdempotencyStore => createIdempotencyStore(documents(), required('TABLE_NAME'));

export const driftCursor = (): DriftCursor => createDriftCursor(documents(), required('TABLE_NAME'));

export const workflowGateway = (): WorkflowGateway =>
  createWorkflowGateway(new SFNClient({ requestHandler: REQUEST_HANDLER }), required('STATE_MACHINE_ARN'));

/**
 * The gateway for a record or a request.
 * One attempt a call: a throttle is waited out by the state machine, and a create must never be sent twice by one permission.
 */
export function personalizeGateways(): (of: OfDatasetGroup) => PersonalizeGateway {
  const gateway = createPersonalizeGateway(
    new PersonalizeClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
    deploymentName(),
  );
  return () => gateway;
}
