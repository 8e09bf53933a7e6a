import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { connectTimeoutMs, deployedAccounts, deploymentName, required } from './environment.ts';
import {
  type CallingClient,
  callNowhere,
  callWithRole,
  credentialsOf,
  type RoleCredentialsProvider,
} from './gateways/assumed-role.ts';
import {
  type Access,
  createPersonalizeGateway,
  type OfDatasetGroup,
  type PersonalizeGateway,
} from './gateways/personalize.ts';
import { createRoleSessions, type RoleSessions } from './gateways/role-sessions.ts';
import { createWorkflowGateway, type WorkflowGateway } from './gateways/workflow.ts';
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

/** @param place as in `createDriftCursor` */
export const driftCursor = (place?: string): DriftCursor =>
  createDriftCursor(documents(), required('TABLE_NAME'), place);

export const workflowGateway = (): WorkflowGateway =>
  createWorkflowGateway(new SFNClient({ requestHandler: REQUEST_HANDLER }), required('STATE_MACHINE_ARN'));

/**
 * The gateway for a record or a request: the account and Region of its dataset group, if the settings allow them to its tenant.
 * One attempt a call: a throttle is waited out by the state machine, and a create must never be sent twice by one permission.
 */
export function personalizeGateways(): (of: OfDatasetGroup) => PersonalizeGateway {
  const accounts = deployedAccounts();
  const gatewayTo = personalizeByAccess((client) => createPersonalizeGateway(client, deploymentName()));
  return (of) => gatewayTo(accounts.accessFor(of));
}

/** Makes a gateway to Personalize for each account and Region, at its first use. */
export const personalizeByAccess = <Gateway>(gatewayOf: (client: PersonalizeClient) => Gateway) =>
  gatewaysByAccess(
    (options: CallOptions) => new PersonalizeClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER, ...options }),
    gatewayOf,
  );

/** What another account and Region changes in a client; nothing at home. */
export interface CallOptions {
  readonly region?: string;
  readonly credentials?: RoleCredentialsProvider;
}

/**
 * Makes gateways by the access to an account and Region, each at its first use. All clients of an environment share the sessions of
 * the roles.
 */
export function gatewaysByAccess<Client extends CallingClient, Gateway>(
  clientWith: (options: CallOptions) => Client,
  gatewayOf: (client: Client) => Gateway,
): (access: Access) => Gateway {
  const gateways = new Map<string, Gateway>();
  const clientFor = (access: Access): Client => {
    switch (access.kind) {
      case 'HOME':
        return clientWith({});
      case 'ROLE': {
        const { role } = access;
        const client = clientWith({ region: role.region, credentials: credentialsOf(roleSessions(), role) });
        return callWithRole(client, roleSessions(), role);
      }
      case 'NOT_ALLOWED':
        return callNowhere(clientWith({}), { why: 'NOT_ALLOWED', ...access.place });
    }
  };
  return (access) => {
    const key = JSON.stringify(access);
    const gateway = gateways.get(key) ?? gatewayOf(clientFor(access));
    gateways.set(key, gateway);
    return gateway;
  };
}

let sessions: RoleSessions | undefined;

/** The regional endpoint of STS: its tokens are valid in every Region, also in those that accounts have to enable. */
function roleSessions(): RoleSessions {
  sessions ??= createRoleSessions(
    // One attempt, as for Personalize: a throttle is waited out by the state machine.
    new STSClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
    deploymentName(),
    Date.now,
  );
  return sessions;
}
