import { RequestRefused } from '../tracker/refusals.ts';
import { TENANT_PATTERN } from '../tracker/tenancy.ts';
import type { ApiEvent } from './request.ts';
import { SCOPES } from './routes.ts';

/** Who calls: a tenant by its token, or a platform, which acts for any tenant that it names. */
export interface Caller {
  /** The tenant that the token is; a platform may have none. */
  readonly tenantId?: string;
  readonly isPlatform: boolean;
  readonly scopes: ReadonlySet<string>;
  /** Names or ARNs, where the token lists the dataset groups that its tenant may use; else the naming rule says. */
  readonly datasetGroups?: readonly string[];
}

/**
 * The caller of a request behind the JWT authorizer. The tenant is the claim and nothing else.
 * @param claimName the name of the claim that is the tenant
 * @throws RequestRefused TENANT_NOT_ALLOWED when that claim is missing (of who is no platform), empty, a list or off the pattern
 */
export function callerOf(event: ApiEvent, claimName: string): Caller {
  const { claims } = event.requestContext.authorizer.jwt;
  const scopes = new Set(
    String(claims.scope ?? claims.scp ?? '')
      .replace(/^\[|\]$/g, '')
      .split(' '),
  );
  const isPlatform = scopes.has(SCOPES.platform);
  const tenantId = claims[claimName];
  const datasetGroups = listOf(claims.datasetGroups);
  const caller = { isPlatform, scopes, ...(datasetGroups && { datasetGroups }) };
  if (tenantId === undefined && isPlatform) return caller;
  if (typeof tenantId !== 'string' || !TENANT_PATTERN.test(tenantId)) {
    throw new RequestRefused({ reason: 'TENANT_NOT_ALLOWED' });
  }
  return { ...caller, tenantId };
}

/** API Gateway hands a list over as the text `[a b]`. */
function listOf(claim: unknown): string[] | undefined {
  if (typeof claim !== 'string') return undefined;
  const text = /^\[(.*)\]$/s.exec(claim)?.[1] ?? claim;
  return text.split(/[\s,]+/).filter(Boolean);
}

/** @throws RequestRefused SCOPE_REQUIRED */
export function assertScope({ scopes }: Caller, scope: string): void {
  if (!scopes.has(scope)) throw new RequestRefused({ reason: 'SCOPE_REQUIRED', scope });
}
