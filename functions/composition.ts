import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { admissionRate, connectTimeoutMs, isEnabled, required } from './environment.ts';
import { createGovernorGateway, type GovernorGateway } from './gateways/governors.ts';
import { createTaskHeartbeatGateway, type TaskHeartbeatGateway } from './gateways/task-heartbeats.ts';
import { createWorkflowGateway, type WorkflowGateway } from './gateways/workflow.ts';
import { type AdmissionStore, createAdmissionStore } from './store/admission-store.ts';
import { createDriftCursor, type DriftCursor } from './store/drift-cursor.ts';
import { createIdempotencyStore, type IdempotencyStore } from './store/idempotency-store.ts';
import { createOperationStore, type OperationStore } from './store/operation-store.ts';
import { createStatusIndex, type StatusIndex } from './store/status-index.ts';
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

export const statusIndex = (): StatusIndex => createStatusIndex(documents(), required('TABLE_NAME'));

export const operationStore = (): OperationStore => createOperationStore(documents(), required('TABLE_NAME'));

export const idempotencyStore = (): IdempotencyStore => createIdempotencyStore(documents(), required('TABLE_NAME'));

export const admissionStore = (): AdmissionStore =>
  createAdmissionStore(documents(), required('TABLE_NAME'), admissionRate());

/** @param place as in `createDriftCursor` */
export const driftCursor = (place?: string): DriftCursor =>
  createDriftCursor(documents(), required('TABLE_NAME'), place);

export const workflowGateway = (): WorkflowGateway =>
  createWorkflowGateway(new SFNClient({ requestHandler: REQUEST_HANDLER }), required('STATE_MACHINE_ARN'));

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
