import { ACCESS_KEYS } from '../identity/access-keys.ts';
import type { SessionOf } from '../identity/signature.ts';
import type { PersonalizeCall } from '../personalize/wires.ts';
import { ACCOUNT_ID, AwsError, type Place, REGION, type WireRequest } from '../wire.ts';
import { credentialsIn } from './credentials.ts';
import { isAllowed, type Principal, type Requested, statementsOf } from './policy.ts';
import { type Role, type Roles, roleArnOf, type Session, sessionArnOf } from './roles.ts';

/** Who signs a request. */
export interface Caller extends Principal {
  /** As GetCallerIdentity shows it: of a role, that of the session. */
  readonly callerArn: string;
  readonly userId: string;
  /** The role and session of temporary credentials, whose policies apply. Other callers may do everything in their account. */
  readonly assumed?: { readonly role: Role; readonly session: Session };
}

/** The access key of the functions: their role has the prefix that the roles of a deployed stack have. */
export const functionsKeyOf = (deployment: string): string => `event-trackers-${deployment}`;
const FUNCTIONS_KEY = /^event-trackers-[a-z][a-z0-9-]{0,15}$/;

/**
 * The access key decides, as in LocalStack: one of twelve digits is an account's own, one of AssumeRole belongs to its role. Any other is of
 * the local runtime's account.
 * @throws AwsError as `Roles.sessionOf`
 */
export function callerOf(roles: Roles, request: Pick<WireRequest, 'headers' | 'query'>): Caller {
  const { accessKeyId, sessionToken } = credentialsIn(request);
  if (/^\d{12}$/.test(accessKeyId)) {
    const arn = `arn:aws:iam::${accessKeyId}:root`;
    return { accountId: accessKeyId, arn, callerArn: arn, userId: accessKeyId };
  }
  if (/^ASIA[0-9A-F]{16}$/.test(accessKeyId)) {
    const assumed = roles.sessionOf(accessKeyId, sessionToken);
    const { role, session } = assumed;
    return {
      accountId: role.accountId,
      arn: roleArnOf(role),
      callerArn: sessionArnOf(session),
      userId: `${role.roleId}:${session.sessionName}`,
      assumed,
    };
  }
  const roleName = FUNCTIONS_KEY.test(accessKeyId)
    ? `${accessKeyId}-functions`
    : ACCESS_KEYS.find((key) => key.accessKeyId === accessKeyId)?.roleName;
  if (roleName === undefined) {
    const arn = `arn:aws:iam::${ACCOUNT_ID}:user/local`;
    return { accountId: ACCOUNT_ID, arn, callerArn: arn, userId: 'AIDALOCAL' };
  }
  return {
    accountId: ACCOUNT_ID,
    arn: `arn:aws:iam::${ACCOUNT_ID}:role/${roleName}`,
    callerArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${accessKeyId}`,
    userId: `AROALOCAL${roleName.toUpperCase()}:${accessKeyId}`,
  };
}

/** The sessions of AssumeRole that can sign requests to the API: an HTTP API accepts those of its own account only. */
export const apiSessions =
  (roles: Roles): SessionOf =>
  (accessKeyId, sessionToken) => {
    try {
      const { session } = roles.sessionOf(accessKeyId, sessionToken);
      return session.accountId === ACCOUNT_ID ? session : undefined;
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  };

const REGION_NAME = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

/** Whose Personalize a request is for, and whether the policies of an assumed role allow it. */
export function personalizeAuthorizer(roles: Roles) {
  return {
    placeOf(request: WireRequest): Place {
      const { region = REGION } = credentialsIn(request);
      if (!REGION_NAME.test(region)) {
        throw new AwsError('InvalidSignatureException', 'Credential should be scoped to a valid region.');
      }
      return { accountId: callerOf(roles, request).accountId, region };
    },
    authorize(request: WireRequest, call: PersonalizeCall): void {
      const { assumed, callerArn } = callerOf(roles, request);
      if (assumed === undefined) return;
      const statements = Object.values(assumed.role.policies).flatMap((text) => statementsOf('permissions', text));
      for (const requested of requestedBy(call)) {
        if (isAllowed(statements, requested)) continue;
        const { action, resource } = requested;
        const message = `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`;
        throw new AwsError('AccessDeniedException', message);
      }
    },
  };
}

/** Actions without resource-level permissions, by the Service Authorization Reference. */
const WITHOUT_RESOURCE = /^(List(?!TagsForResource)|Put)/;

/** What a call needs: its action on each of its resources, and for tags in a creation also TagResource. */
function requestedBy({ operation, input, core }: PersonalizeCall): Requested[] {
  const tags = Array.isArray(input.tags) ? (input.tags as { tagKey?: unknown; tagValue?: unknown }[]) : [];
  const ofRequest = Object.fromEntries(
    tags.map(({ tagKey, tagValue }) => [`aws:RequestTag/${tagKey}`, String(tagValue)] as const),
  );
  const tagKeys = [...tags.map(({ tagKey }) => tagKey), ...(Array.isArray(input.tagKeys) ? input.tagKeys : [])].map(
    String,
  );
  const on = (action: string, resource: string): Requested => ({
    action: `personalize:${action}`,
    resource,
    keys: {
      ...ofRequest,
      ...Object.fromEntries(
        core.tagsOf(resource).map(({ tagKey, tagValue }) => [`aws:ResourceTag/${tagKey}`, tagValue]),
      ),
      'aws:RequestedRegion': core.place.region,
      ...(tagKeys.length > 0 && { 'aws:TagKeys': tagKeys }),
    },
  });
  if (WITHOUT_RESOURCE.test(operation)) return [on(operation, '*')];
  const arns = Object.entries(input).flatMap(([name, value]) =>
    /Arn$/.test(name) && typeof value === 'string' && value.includes(':personalize:') ? value : [],
  );
  const created = /^Create(\w+)$/.exec(operation)?.[1];
  if (created === undefined) return arns.map((arn) => on(operation, arn));
  const kind = created.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const { accountId, region } = core.place;
  const made = `arn:aws:personalize:${region}:${accountId}:${kind}/new`;
  return [...[...arns, made].map((arn) => on(operation, arn)), ...(tags.length > 0 ? [on('TagResource', made)] : [])];
}
