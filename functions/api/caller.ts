import { type AuthorizedToken, tokenOf } from '../authorizer/context.ts';
import { type Caller, SCOPES } from '../requests/caller.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isTenantName, roleOf, type Tenancy } from '../tracker/tenancy.ts';
import type { ApiEvent } from './request.ts';

/** The result of API Gateway's authorizer: JWT or a Lambda function, or IAM under `/platform`. */
interface Authorized {
  readonly jwt?: TokenContext;
  readonly iam?: { readonly userArn: string };
  /** As the Lambda authorizer returned it. */
  readonly lambda?: unknown;
}

/** A token as API Gateway's JWT authorizer passes it on: every claim is a string, and a list is `[a b]`. */
interface TokenContext {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The scopes of the token as a list; null on a route without scopes. */
  readonly scopes?: readonly unknown[] | null;
}

/**
 * The caller of a request. A tenant is its token's claim and nothing else; a platform is a token with the scope for it, or a
 * role of the deployment's list, which has every scope.
 * @throws RequestRejected TENANT_NOT_ALLOWED if the claim is not a tenant name, or is missing and the token is not a platform's;
 * SCOPE_REQUIRED if the caller is not one of the roles on the list
 */
export function callerOf(event: ApiEvent, tenancy: Tenancy): Caller {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return platformCaller(iam.userArn, tenancy);
  if (jwt) return tokenCaller(jwt, tenancy);
  throw new Error(`The route ${event.routeKey} has no authorizer, and its operation asks who calls.`);
}

/** With the token of a Lambda authorizer in the form of the JWT authorizer. */
function authorizedOf(event: { requestContext: { authorizer?: Authorized } }): Omit<Authorized, 'lambda'> {
  const token = tokenOfLambda(event);
  return token === undefined ? (event.requestContext.authorizer ?? {}) : { jwt: token };
}

/** The token that a Lambda authorizer accepted; undefined for any other caller. @throws ZodError if it is not in the authorizer's form */
export function tokenOfLambda({
  requestContext: { authorizer },
}: {
  requestContext: { authorizer?: Authorized };
}): AuthorizedToken | undefined {
  return authorizer?.lambda === undefined ? undefined : tokenOf(authorizer.lambda);
}

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
 * The scopes of a token. A string is split at single spaces only (RFC 6749). A list arrives as the string `[a b]`, in which an entry with
 * a space looks like two entries; so for a list, API Gateway's own list of scopes is used.
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

/** The name or ARN of a dataset group. */
const DATASET_GROUP = /^(?:arn:[a-z-]+:personalize:[a-z0-9-]+:\d{12}:dataset-group\/)?[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;

/**
 * The dataset groups of a claim, which arrives as the string `[a b]` or `a b`. If an entry is neither a name nor an ARN, the claim was not
 * meant as such a list and allows nothing.
 */
function datasetGroupsOf(claim: unknown): string[] {
  const text = typeof claim === 'string' ? (/^\[(.*)\]$/s.exec(claim)?.[1] ?? claim) : '';
  const entries = text.split(' ');
  return entries.every((entry) => DATASET_GROUP.test(entry)) ? entries : [];
}

/** For the log: that a platform made the request, and which one. Empty for tenants and anonymous requests. */
export function actingOf(event: ApiEvent): { actingAs?: 'platform'; principal?: string } {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return { actingAs: 'platform', principal: iam.userArn };
  if (!jwt || !scopesOf(jwt).has(SCOPES.platform)) return {};
  const { sub, client_id: clientId } = jwt.claims;
  return { actingAs: 'platform', principal: String(sub ?? clientId ?? 'unnamed') };
}
