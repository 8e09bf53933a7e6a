import { RequestRejected } from '../tracker/request-error.ts';
import { isTenantName, type Tenancy } from '../tracker/tenancy.ts';

/** In Cognito's form: the name of the resource server, then the scope. */
export const SCOPES = {
  read: 'event-trackers/read',
  write: 'event-trackers/write',
  events: 'event-trackers/events',
  adopt: 'event-trackers/adopt',
  callback: 'event-trackers/callback',
  platform: 'event-trackers/platform',
} as const;

/** A tenant, or a platform, which may act for any tenant. */
export interface Caller {
  /** The tenant of the token; a platform may have none. */
  readonly tenantId?: string;
  readonly isPlatform: boolean;
  readonly scopes: ReadonlySet<string>;
  /** The names or ARNs that the token lists. Without a list, the naming rule applies. */
  readonly datasetGroups?: readonly string[];
  readonly tenancy: Tenancy;
}

/**
 * For operations over all tenants. API Gateway lets only platforms call their routes; this is the second check.
 * @throws RequestRejected SCOPE_REQUIRED if the caller is no platform, or lacks the scope for what it does
 */
export function assertPlatform({ isPlatform, scopes }: Pick<Caller, 'isPlatform' | 'scopes'>, scope: string): void {
  if (!isPlatform) throw new RequestRejected({ reason: 'SCOPE_REQUIRED', scope: SCOPES.platform });
  assertScope({ scopes }, scope);
}

/** @throws RequestRejected SCOPE_REQUIRED */
export function assertScope({ scopes }: Pick<Caller, 'scopes'>, scope: string): void {
  if (!scopes.has(scope)) throw new RequestRejected({ reason: 'SCOPE_REQUIRED', scope });
}

/**
 * The tenant that a request is for: the caller's own, or the one that a platform names.
 * @throws RequestRejected INVALID_REQUEST if a tenant names one, or a platform names none or an invalid one
 */
export function resolveTenant({ tenantId, isPlatform, tenancy }: Caller, named: string | undefined): string {
  if (!isPlatform) {
    if (named !== undefined)
      throw invalidTenant('must be left out: only platforms name a tenant, others have the tenant of their token');
    if (tenantId === undefined) throw new RequestRejected({ reason: 'TENANT_NOT_ALLOWED' });
    return tenantId;
  }
  const chosen = named ?? tenantId;
  if (chosen === undefined) throw invalidTenant('is required: a platform must name the tenant to act for');
  if (!isTenantName(chosen, tenancy)) throw invalidTenant(`must be the name of a tenant: ${tenancy.pattern.source}`);
  return chosen;
}

/**
 * The tenant whose event trackers are listed; undefined stands for all tenants, if a platform names none.
 * @throws RequestRejected as `resolveTenant`
 */
export const resolveListedTenant = (caller: Caller, named: string | undefined): string | undefined =>
  caller.isPlatform && (named ?? caller.tenantId) === undefined ? undefined : resolveTenant(caller, named);

const invalidTenant = (rule: string) =>
  new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: 'tenantId', rule }] });
