import type { FaultInjection } from '../fault-injection.ts';
import type { SessionOf } from '../identity/signature.ts';
import type { Authorizer } from '../personalize/wires.ts';
import type { Clock, WireRequest, WireService } from '../wire.ts';
import { apiSessions, type Caller, callerOf, personalizeAuthorizer } from './callers.ts';
import { createIam } from './iam.ts';
import { Roles } from './roles.ts';
import { createSts, sessionsWire } from './sts.ts';

/** The local accounts: who calls, and which roles they have. */
export interface AccountsService {
  readonly sts: WireService;
  readonly iam: WireService;
  /** `/_sts/sessions`. */
  readonly script: WireService;
  readonly authorizer: Authorizer;
  /** Who signs a request. @throws AwsError as `callerOf` */
  readonly callerOf: (request: WireRequest) => Caller;
  /** The sessions of AssumeRole that can sign requests to the API. */
  readonly sessionOf: SessionOf;
  close(): void;
}

/** @param options `directory`: the folder of roles and sessions, which must exist; absent: in memory */
export function createAccountsService(options: {
  readonly clock: Clock;
  readonly faults: FaultInjection;
  readonly directory?: string;
}): AccountsService {
  const roles = new Roles(options.directory, options.clock);
  return {
    sts: createSts(roles, options.faults),
    iam: createIam(roles),
    script: sessionsWire(roles),
    authorizer: personalizeAuthorizer(roles),
    callerOf: (request) => callerOf(roles, request),
    sessionOf: apiSessions(roles),
    close: () => roles.close(),
  };
}
