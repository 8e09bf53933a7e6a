import { type Caller, resolveTenant } from '../requests/caller.ts';
import { belongsTo } from '../requests/visibility.ts';
import type { UnreadableItem } from '../store/item.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { callerOf } from './caller.ts';
import type { ApiContext } from './context.ts';
import { entranceOf } from './entrance.ts';
import { jsonResponse } from './json-response.ts';
import { pageToken, readPageToken } from './page-token.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery } from './request.ts';
import { resourceOf } from './resource.ts';
import { listEventTrackersQuery } from './schemas.ts';

/** Index pages that one request reads at most. With a filter that matches little, the page is short and has a nextToken. */
const MAX_READS = 10;
/** A page ends at this size, whatever `maxResults`: a Lambda response may have 6 MB, and escapes the body as a JSON string. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

type Query = ReturnType<ReturnType<typeof listEventTrackersQuery>['parse']>;

/** Logs an item that cannot be read as a record. The list leaves it out. */
type OnUnreadable = (correlationId: string, item: UnreadableItem) => void;

/** GET /event-trackers. The tenant comes from the caller, never from the nextToken. */
export function listEventTrackers(context: ApiContext, onUnreadable: OnUnreadable): Operation {
  const schema = listEventTrackersQuery(context.scope);
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const query = parseQuery(event, schema);
    const tenantId = resolveTenant(caller, query.tenantId);
    const { records, nextToken } = await pageOf(context, caller, tenantId, query, (item) =>
      onUnreadable(event.requestContext.requestId, item),
    );
    const body = { eventTrackers: records.map((record) => resourceOf(record, context.settings)), nextToken };
    if (nextToken === undefined) return jsonResponse(body);
    return jsonResponse(body, { headers: { link: `<${nextUrl(entranceOf(event), query, nextToken)}>; rel="next"` } });
  };
}

async function pageOf(
  { store, settings }: ApiContext,
  caller: Caller,
  tenantId: string,
  { status, datasetGroupArn, maxResults, nextToken }: Query,
  onUnreadable: (item: UnreadableItem) => void,
): Promise<{ records: EventTrackerRecord[]; nextToken?: string }> {
  const list = { tenantId, ...(status && { status }), ...(datasetGroupArn && { datasetGroupArn }) };
  let after = nextToken === undefined ? undefined : readPageToken(list, nextToken);
  // DELETED and RELEASED ones are listed only on request; their own URL always shows them.
  const fits = (record: EventTrackerRecord) =>
    belongsTo(caller, tenantId, record) &&
    (status === undefined ? record.status !== 'DELETED' && record.status !== 'RELEASED' : record.status === status);
  if (datasetGroupArn !== undefined) {
    // A dataset group has one record, whose key is known: the index is not needed.
    const record = after === undefined ? await store.readOf(tenantId, trackerIdOf(datasetGroupArn)) : undefined;
    return { records: record && fits(record) ? [record] : [] };
  }
  const records: EventTrackerRecord[] = [];
  let size = 0;
  for (let read = 0; read < MAX_READS; read++) {
    const page = await store.listOfTenant(tenantId, maxResults - records.length, after);
    page.unreadable.forEach(onUnreadable);
    for (const record of page.records.filter(fits)) {
      size += Buffer.byteLength(JSON.stringify(resourceOf(record, settings)));
      const last = records.at(-1);
      if (size > MAX_EVENT_BYTES && last !== undefined) return { records, nextToken: pageToken(list, last.trackerId) };
      records.push(record);
    }
    after = page.last;
    if (after === undefined || records.length >= maxResults) break;
  }
  return { records, ...(after !== undefined && { nextToken: pageToken(list, after) }) };
}

function nextUrl(entrance: string, { status, maxResults, tenantId }: Query, nextToken: string): string {
  const query = new URLSearchParams({ ...(status && { status }), ...(tenantId && { tenantId }) });
  query.set('maxResults', String(maxResults));
  query.set('nextToken', nextToken);
  // URLSearchParams encodes a space as +, which API Gateway may not decode; it decodes %20.
  return `${entrance}/event-trackers?${query.toString().replaceAll('+', '%20')}`;
}
