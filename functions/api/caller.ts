import { RequestRefused } from '../tracker/refusals.ts';
import { roleOf, type Tenancy } from '../tracker/tenancy.ts';
import { deployedTenancy } from './environment.ts';
import type { ApiEvent } from './request.ts';
import { SCOPES } from './routes.ts';

/** Who calls: a tenant by its token, or a platform, by its token or its role, which acts for any tenant that it names. */
export interface Caller {
  /** The tenant that the token is; a platform may have none. */
  readonly tenantId?: string;
  readonly isPlatform: boolean;
  readonly scopes: ReadonlySet<string>;
  /** Names or ARNs, where the token lists the dataset groups that may be used; else the naming rule says. */
  readonly datasetGroups?: readonly string[];
  readonly tenancy: Tenancy;
}

/** What API Gateway's authorizers say of the caller: the JWT's of one entrance, IAM's of the other. */
interface Authorized {
  readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
  readonly iam?: { readonly userArn: string };
}

/**
 * The caller of a request. A tenant is its token's claim and nothing else; a platform is a token with the scope for it, or a
 * role of the deployment's list, which has every scope.
 * @param claimName the name of the claim that is the tenant
 * @throws RequestRefused TENANT_NOT_ALLOWED when the claim is missing (of who is no platform), empty, a list or off the pattern;
 * SCOPE_REQUIRED when the role is not on the list, or the caller is no role: it is no platform
 */
export function callerOf(event: ApiEvent, claimName: string, tenancy: Tenancy = deployedTenancy()): Caller {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return platformOf(iam.userArn, tenancy);
  if (jwt) return holderOf(jwt.claims, claimName, tenancy);
  throw new Error(`The route ${event.routeKey} has no authorizer, and its operation asks who calls.`);
}

const authorizedOf = ({ requestContext }: { requestContext: { authorizer?: Authorized } }): Authorized =>
  requestContext.authorizer ?? {};

function platformOf(userArn: string, tenancy: Tenancy): Caller {
  const role = roleOf(userArn);
  if (role === undefined || !tenancy.platformRoles.has(role)) {
    throw new RequestRefused({ reason: 'SCOPE_REQUIRED', scope: SCOPES.platform });
  }
  return { isPlatform: true, scopes: new Set(Object.values(SCOPES)), tenancy };
}

function holderOf(claims: Readonly<Record<string, unknown>>, claimName: string, tenancy: Tenancy): Caller {
  const scopes = scopesOf(claims);
  const isPlatform = scopes.has(SCOPES.platform);
  const tenantId = claims[claimName];
  const datasetGroups = claims.datasetGroups === undefined ? undefined : listOf(claims.datasetGroups);
  const caller = { isPlatform, scopes, ...(datasetGroups && { datasetGroups }), tenancy };
  if (tenantId === undefined && isPlatform) return caller;
  if (typeof tenantId !== 'string' || !tenancy.pattern.test(tenantId)) {
    throw new RequestRefused({ reason: 'TENANT_NOT_ALLOWED' });
  }
  return { ...caller, tenantId };
}

/** Parted at spaces only, as API Gateway parts them: a comma may be in a scope's name (RFC 6749). */
const scopesOf = ({ scope, scp }: Readonly<Record<string, unknown>>): ReadonlySet<string> =>
  new Set(listOf(scope ?? scp ?? '', /\s+/));

/** API Gateway hands a list over as the text `[a b]`. What is no list of names lists nothing. */
function listOf(claim: unknown, separator = /[\s,]+/): string[] {
  if (Array.isArray(claim)) return claim.filter((entry) => typeof entry === 'string');
  if (typeof claim !== 'string') return [];
  const text = /^\[(.*)\]$/s.exec(claim)?.[1] ?? claim;
  return text.split(separator).filter(Boolean);
}

/** @throws RequestRefused SCOPE_REQUIRED */
export function assertScope({ scopes }: Pick<Caller, 'scopes'>, scope: string): void {
  if (!scopes.has(scope)) throw new RequestRefused({ reason: 'SCOPE_REQUIRED', scope });
}

/** That the request is a platform's, and whose, for its line in the log; nothing of a tenant's or an anonymous one. */
export function actingOf(event: ApiEvent): { actingAs?: 'platform'; principal?: string } {
  const { jwt, iam } = authorizedOf(event);
  if (iam) return { actingAs: 'platform', principal: iam.userArn };
  if (!jwt || !scopesOf(jwt.claims).has(SCOPES.platform)) return {};
  const { sub, client_id: clientId } = jwt.claims;
  return { actingAs: 'platform', principal: String(sub ?? clientId ?? 'unnamed') };
}
