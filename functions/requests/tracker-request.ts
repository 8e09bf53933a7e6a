import type { TrackerRequest } from '../tracker/desired-state.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { assertMayUse } from '../tracker/tenancy.ts';
import { assertScope, type Caller, resolveTenant, SCOPES } from './caller.ts';
import type { RequestFeatures } from './dependencies.ts';
import type { RequestMetadata } from './update-desired-state.ts';

/** What a caller asks for, validated. A platform names the tenant. */
type AskedFor = Omit<TrackerRequest, keyof RequestMetadata | 'tenantId' | 'trackerId'> & { readonly tenantId?: string };

/**
 * The request of a request that is the caller's to make.
 * @throws RequestRejected for another's dataset group, a scope that is lacking, a tenant that is not the caller's to name
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
  // Said only to who has the scope: others are told that they lack it.
  if (asked.callback && !callbacks) {
    throw new RequestRejected({ reason: 'NOT_ENABLED', settings: ['callbacks'], field: 'callback' });
  }
  return { ...asked, ...metadata, tenantId, trackerId: trackerIdOf(asked.datasetGroupArn) };
}
