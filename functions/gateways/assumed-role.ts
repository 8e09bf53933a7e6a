import type { AccountDenial, Role } from '../tracker/accounts.ts';
import { AccessDeniedError, isDenial, isSdkError } from './aws-errors.ts';
import type { RoleCredentials, RoleSessions } from './role-sessions.ts';

/** What a middleware of an SDK client gets besides the call: `commandName` is the operation's name and "Command". */
interface CallContext {
  readonly commandName?: string;
}
type Call = (args: never) => Promise<unknown>;

/** The part of an SDK client that is used here; the clients of all services have it. */
export interface CallingClient {
  readonly middlewareStack: {
    add(
      middleware: (next: Call, context: CallContext) => Call,
      options: { step: 'initialize'; name: string; priority: 'high' },
    ): void;
  };
}

/** Credentials that were taken back or have expired, or of a Region that the account has not enabled. The call did not happen. */
const INVALID_CREDENTIALS: ReadonlySet<string> = new Set([
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

/** The `credentials` of an SDK client that calls with an assumed role. */
export interface RoleCredentialsProvider {
  (): Promise<RoleCredentials>;
  /** The cache is in `sessions`: the SDK's own would keep credentials that were refused. */
  memoized: true;
}

export function credentialsOf(sessions: RoleSessions, role: Role): RoleCredentialsProvider {
  return Object.assign(() => sessions.credentials(role), { memoized: true as const });
}

/**
 * Makes the calls of a client those of an assumed role. A refusal may be about credentials that are cached: sessions of a role can be
 * revoked. So a call that was refused for them is sent once more with new ones; it did not happen. After that a denial names the role
 * and the account.
 */
export function callWithRole<C extends CallingClient>(client: C, sessions: RoleSessions, role: Role): C {
  const { accountId, region, roleArn } = role;
  const denied = (error: { name: string; $metadata?: { requestId?: string } }, operation: string) => {
    const account: AccountDenial = isDenial(error)
      ? { why: 'NOT_PERMITTED', accountId, region, roleArn }
      : { why: 'ROLE_REFUSED', accountId, region, roleArn, awsError: error.name };
    return new AccessDeniedError(operation, error.$metadata?.requestId, account);
  };
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const startedWith = sessions.cached(role);
        try {
          return await next(args);
        } catch (error) {
          if (!isRefused(error)) throw error;
          const operation = commandName.replace(/Command$/, '');
          // They were new for this call.
          if (startedWith === undefined) throw denied(error, operation);
          sessions.forget(role, startedWith);
          try {
            return await next(args);
          } catch (again) {
            throw isRefused(again) ? denied(again, operation) : again;
          }
        }
      },
    { step: 'initialize', name: 'callWithRole', priority: 'high' },
  );
  return client;
}

const isRefused = (error: unknown) => isDenial(error) || (isSdkError(error) && INVALID_CREDENTIALS.has(error.name));

/** Makes a client of which every call is denied before it is sent. */
export function callNowhere<C extends CallingClient>(client: C, account: AccountDenial): C {
  client.middlewareStack.add(
    (_, { commandName = '' }) =>
      async () => {
        throw new AccessDeniedError(commandName.replace(/Command$/, ''), undefined, account);
      },
    { step: 'initialize', name: 'callNowhere', priority: 'high' },
  );
  return client;
}
