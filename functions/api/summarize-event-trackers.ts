import { STATUSES } from '../../events/names.ts';
import { assertPlatform, SCOPES } from '../requests/caller.ts';
import { callerOf } from './caller.ts';
import type { ReadContext } from './context.ts';
import { jsonResponse } from './json-response.ts';
import type { Operation } from './pipeline.ts';
import { summarizeEventTrackersQuery, summaryOf } from './queries.ts';
import { parseQuery } from './request.ts';

/** GET /event-trackers/summary, for platforms: counts from the status index, which is eventually consistent. */
export function summarizeEventTrackers(context: ReadContext): Operation {
  const schema = summarizeEventTrackersQuery(context.scope);
  return async (event) => {
    assertPlatform(callerOf(event, context.tenancy), SCOPES.read);
    const { tenantId } = parseQuery(event, schema);
    const tenants = tenantId === undefined ? undefined : [tenantId];
    return jsonResponse(summaryOf(await context.statusIndex.count({ statuses: STATUSES, tenants })));
  };
}
