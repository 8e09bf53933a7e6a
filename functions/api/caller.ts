import { type Caller, SCOPES } from '../requests/caller.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isTenantName, roleOf, type Tenancy } from '../tracker/tenancy.ts';
import type { ApiEvent } from './request.ts';

/** What API Gateway's authorizers say of the caller: the JWT's of one entrance, IAM's of the other. */
interface Authorized {
  readonly jwt?: TokenContext;
  readonly iam?: { readonly userArn: string };
}

/** A token as API Gateway's JWT authorizer hands it over: every claim is a text, a list is `[a b]`. */
interface TokenContext {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The token's scopes, entry by entry; null on a route that declares none. */
  readonly scopes?: readonly unknown[] | null;
}

/**
 * The caller of a request. A tenant is its token's claim and nothing else; a platform is a token with the scope for it, or a
 * role of the deployment's list, which has every scope.
 * @throws RequestRejected TENANT_NOT_ALLOWED when the claim is missing (of who is no platform), empty, a list or off the pattern;
 * SCOPE_REQUIRED when the role is not on the list, or the caller is no role: it is no platform
 */
export function callerOf(event: ApiEvent, tenancy: Tenancy): Caller {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return platformCaller(iam.userArn, tenancy);
  if (jwt) return tokenCaller(jwt, tenancy);
  throw new Error(`The route ${event.routeKey} has no authorizer, and its operation asks who calls.`);
}

const authorizedOf = ({ requestContext }: { requestContext: { authorizer?: Authorized } }): Authorized =>
  requestContext.authorizer ?? {};

function platformCaller(userArn: string, tenancy: Tenancy): Caller {
  const role = roleOf(userArn);
  if (role === undefined || !tenancy.platformRoles.has(role)) {
    throw new RequestRejected({ reason: 'SCOPE_REQUIRED', scope: SCOPES.platform });
  }
  return { isPlatform: true, scopes: new Set(Object.values(SCOPES)), tenancy };
}

function tokenCaller(token: TokenContext, tenancy: Tenancy): Caller {
  const { claims } = token;
  const scopes = scopesOf(token);
  const isPlatform = scopes.has(SCOPES.platform);
  const tenantId = claims[tenancy.claimName];
  const datasetGroups = claims.datasetGroups === undefined ? undefined : datasetGroupsOf(claims.datasetGroups);
  const caller = { isPlatform, scopes, ...(datasetGroups && { datasetGroups }), tenancy };
  if (tenantId === undefined && isPlatform) return caller;
  if (typeof tenantId !== 'string' || !isTenantName(tenantId, tenancy)) {
    throw new RequestRejected({ reason: 'TENANT_NOT_ALLOWED' });
  }
  return { ...caller, tenantId };
}

/**
 * The scopes of a token. A text is split at single spaces and at nothing else (RFC 6749). A claim that was a list comes as the
 * text `[a b]`, in which an entry that holds a space looks like two: what API Gateway hands over entry by entry counts then.
 */
function scopesOf({ claims, scopes }: TokenContext): ReadonlySet<string> {
  const claim = claims.scope ?? claims.scp ?? '';
  const entries: readonly unknown[] = isList(claim)
    ? (scopes ?? [])
    : typeof claim === 'string'
      ? claim.split(' ')
      : [];
  return new Set(entries.filter((entry): entry is string => typeof entry === 'string' && entry !== ''));
}

const isList = (claim: unknown): boolean =>
  Array.isArray(claim) || (typeof claim === 'string' && claim.startsWith('['));

/** A dataset group's name or ARN. */
const DATASET_GROUP = /^(?:arn:[a-z-]+:personalize:[a-z0-9-]+:\d{12}:dataset-group\/)?[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;

/**
 * The dataset groups that a claim lists, as the text `[a b]` or `a b`. No name holds a space, so they are split at single spaces. A
 * claim with an entry that is no name or ARN lists nothing: whoever signed it meant something else.
 */
function datasetGroupsOf(claim: unknown): string[] {
  const text = typeof claim === 'string' ? (/^\[(.*)\]$/s.exec(claim)?.[1] ?? claim) : '';
  const entries = text.split(' ');
  return entries.every((entry) => DATASET_GROUP.test(entry)) ? entries : [];
}

/** That the request is a platform's, and whose, for its line in the log; nothing of a tenant's or an anonymous one. */
export function actingOf(event: ApiEvent): { actingAs?: 'platform'; principal?: string } {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return { actingAs: 'platform', principal: iam.userArn };
  if (!jwt || !scopesOf(jwt).has(SCOPES.platform)) return {};
  const { sub, client_id: clientId } = jwt.claims;
  return { actingAs: 'platform', principal: String(sub ?? clientId ?? 'unnamed') };
}
