import type { RequestMetadata, TrackerRequest } from '../tracker/desired-state.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { assertMayUse } from '../tracker/tenancy.ts';
import { assertScope, type Caller, resolveTenant, SCOPES } from './caller.ts';
import type { RequestFeatures } from './dependencies.ts';

/** The validated body of a request. A platform names the tenant. */
type AskedFor = Omit<TrackerRequest, keyof RequestMetadata | 'tenantId' | 'trackerId'> & { readonly tenantId?: string };

/**
 * The request for the domain, if the caller is allowed to make it.
 * @throws RequestRejected for a dataset group or tenant that the caller may not use, a missing scope, or a feature that is off
 */
export function trackerRequestOf(
  { callbacks }: Pick<RequestFeatures, 'callbacks'>,
  caller: Caller,
  { tenantId: named, ...asked }: AskedFor,
  metadata: RequestMetadata,
): TrackerRequest {
  const tenantId = resolveTenant(caller, named);
  const { isPlatform, datasetGroups, tenancy } = caller;
  assertMayUse({ tenantId, ...(!isPlatform && { datasetGroups }) }, asked.datasetGroupArn, tenancy);
  if (asked.adoptExisting) assertScope(caller, SCOPES.adopt);
  if (asked.callback) assertScope(caller, SCOPES.callback);
  // After the check of the scope: a caller without it learns only that it is missing.
  if (asked.callback && !callbacks) {
    throw new RequestRejected({ reason: 'NOT_ENABLED', settings: ['callbacks'], field: 'callback' });
  }
  return { ...asked, ...metadata, tenantId, trackerId: trackerIdOf(asked.datasetGroupArn) };
}
