import * as z from 'zod';
import { type FaultInjection, type Faults, oneOf, TIMES } from '../fault-injection.ts';
import { localJson, localRoutes, parseLocalQuery } from '../local-request.ts';
import { AwsError, CUT, type WireService } from '../wire.ts';
import { callerOf } from './callers.ts';
import { isAllowed, statementsOf } from './policy.ts';
import { type Form, parameter, queryService } from './query-protocol.ts';
import { type Role, type Roles, roleArnOf, sessionArnOf } from './roles.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const ROLE_ARN = /^arn:aws:iam::(\d{12}):role((?:\/[\w+=,.@-]+)*\/)([\w+=,.@-]{1,64})$/;
/** A session of a role that assumes a role lasts an hour at most. */
const HOUR_SECONDS = 3600;

const FAULTS = ['throttle', 'server-error', 'access-denied', 'cut'] as const;
/** A fault of AssumeRole, of one role or of all. */
const stsFault = z.strictObject({
  operation: z.literal('AssumeRole', 'must be AssumeRole'),
  roleArn: z.string().regex(ROLE_ARN, 'must be the ARN of a role').optional(),
  times: TIMES,
  fault: z.enum(FAULTS, oneOf(FAULTS)),
});
type StsFault = z.infer<typeof stsFault>;

/** STS: GetCallerIdentity, and AssumeRole with the trust policy and the external id checked. */
export function createSts(roles: Roles, injection: FaultInjection): WireService {
  const faults = injection.of('sts', stsFault);
  return queryService('STS', NAMESPACE, {
    GetCallerIdentity(_, request) {
      const { accountId, callerArn, userId } = callerOf(roles, request);
      return { Arn: callerArn, UserId: userId, Account: accountId };
    },
    AssumeRole(form, request) {
      const caller = callerOf(roles, request);
      const roleArn = parameter(form, 'RoleArn', /^arn:.{16,2044}$/);
      const sessionName = parameter(form, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/);
      const externalId =
        form.ExternalId === undefined ? undefined : parameter(form, 'ExternalId', /^[\w+=,.@:/-]{2,1224}$/);
      const seconds = durationOf(form);
      if (faultOf(faults, roleArn) === 'cut') return CUT;
      const role = roleBy(roles, roleArn);
      const requested = {
        action: 'sts:AssumeRole',
        resource: roleArn,
        principal: caller,
        keys: {
          'sts:ExternalId': externalId,
          'sts:RoleSessionName': sessionName,
          'aws:PrincipalArn': caller.arn,
          'aws:PrincipalAccount': caller.accountId,
        },
      };
      // One answer for every cause, as on AWS: it does not tell whether the role exists.
      if (role === undefined || !isAllowed(statementsOf('trust', role.trust), requested)) {
        throw new AwsError(
          'AccessDenied',
          `User: ${caller.callerArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
          403,
        );
      }
      const session = roles.start(role, sessionName, seconds * 1000);
      return {
        Credentials: {
          AccessKeyId: session.accessKeyId,
          SecretAccessKey: session.secretAccessKey,
          SessionToken: session.sessionToken,
          Expiration: new Date(session.expiresAt).toISOString(),
        },
        AssumedRoleUser: { AssumedRoleId: `${role.roleId}:${sessionName}`, Arn: sessionArnOf(session) },
      };
    },
  });
}

function durationOf({ DurationSeconds = String(HOUR_SECONDS) }: Form): number {
  const seconds = Number(DurationSeconds);
  if (Number.isInteger(seconds) && seconds >= 900 && seconds <= HOUR_SECONDS) return seconds;
  throw new AwsError('ValidationError', `The value at 'DurationSeconds' must be from 900 to ${HOUR_SECONDS}.`);
}

function roleBy(roles: Roles, roleArn: string): Role | undefined {
  const [, accountId = '', , roleName = ''] = ROLE_ARN.exec(roleArn) ?? [];
  const role = roles.role(accountId, roleName);
  return role && roleArnOf(role) === roleArn ? role : undefined;
}

/** @throws AwsError as the fault says, except for a broken connection */
function faultOf(faults: Faults<StsFault>, roleArn: string): 'cut' | undefined {
  const fault = faults.take('AssumeRole', (each) => each.roleArn === undefined || each.roleArn === roleArn)?.fault;
  switch (fault) {
    case 'throttle':
      throw new AwsError('Throttling', 'Rate exceeded');
    case 'server-error':
      throw new AwsError('InternalFailure', 'Injected fault: the call had no effect.', 500);
    case 'access-denied':
      throw new AwsError('AccessDenied', 'Injected fault: the role is refused.', 403);
    default:
      return fault;
  }
}

const chosen = z.strictObject({
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be the id of an account, 12 digits')
    .optional(),
});

/** The control path `/_sts/sessions`: GET lists the sessions, without secrets; DELETE lets them expire. Both accept `?accountId=`. */
export function sessionsWire(roles: Roles): WireService {
  const list = (accountId: string | undefined) =>
    localJson({
      sessions: roles
        .sessions()
        .filter((session) => accountId === undefined || session.accountId === accountId)
        .map((session) => ({ arn: sessionArnOf(session), expiration: new Date(session.expiresAt).toISOString() })),
    });
  return localRoutes({
    '/_sts/sessions': {
      GET: ({ query }) => list(parseLocalQuery(chosen, query).accountId),
      DELETE: ({ query }) => {
        const { accountId } = parseLocalQuery(chosen, query);
        roles.expire((session) => accountId === undefined || session.accountId === accountId);
        return list(accountId);
      },
    },
  });
}
