import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { STSClient } from '@aws-sdk/client-sts';
import { REQUEST_HANDLER } from '../composition.ts';
import { deployedAccounts, deploymentName } from '../environment.ts';
import {
  type CallingClient,
  callNowhere,
  callWithRole,
  credentialsOf,
  type RoleCredentialsProvider,
} from './assumed-role.ts';
import { type Access, createPersonalizeGateway, type OfDatasetGroup, type PersonalizeGateway } from './personalize.ts';
import { createRoleSessions, type RoleSessions } from './role-sessions.ts';

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
