import { STATUSES } from '../../events/names.ts';
import { type Caller, resolveListedTenant } from '../requests/caller.ts';
import { belongsTo } from '../requests/visibility.ts';
import type { UnreadableItem } from '../store/item.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import { actualOf } from '../tracker/name-and-tags.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import type { ReadContext } from './context.ts';
import { entranceOf } from './entrance.ts';
import { jsonResponse } from './json-response.ts';
import { pageByChange, sourceOfAllTenants, sourceOfTenant } from './list-by-change.ts';
import { type ListIdentity, type PagePosition, pageToken, readPageToken } from './page-token.ts';
import type { Operation } from './pipeline.ts';
import { type ListEventTrackersQuery, listEventTrackersQuery } from './queries.ts';
import { parseQuery } from './request.ts';
import { resourceOf } from './resource.ts';

/** Index pages that one request reads at most. With a filter that matches little, the page is short and has a nextToken. */
const MAX_READS = 10;
/** A page ends at this size, whatever `maxResults`: a Lambda response may have 6 MB, and escapes the body as a JSON string. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** Logs an item that cannot be read as a record. The list leaves it out. */
type OnUnreadable = (correlationId: string, item: UnreadableItem) => void;

/** What a list shows, and in which order. */
interface List {
  /** Undefined: all tenants. */
  readonly tenantId: string | undefined;
  readonly query: ListEventTrackersQuery;
  readonly statuses: ReadonlySet<EventTrackerRecord['status']>;
  /** Whether the record is on the list, as it is now. */
  readonly fits: (record: EventTrackerRecord) => boolean;
  readonly position: PagePosition | undefined;
  /** Whether the page may grow by this record. Called once for each. */
  readonly hasRoomFor: (record: EventTrackerRecord) => boolean;
  readonly onUnreadable: (item: UnreadableItem) => void;
}

interface Page {
  readonly records: readonly EventTrackerRecord[];
  readonly next?: PagePosition | undefined;
}

/** GET /event-trackers. The tenant comes from the caller, never from the nextToken; only a platform may list all tenants. */
export function listEventTrackers(context: ReadContext, onUnreadable: OnUnreadable): Operation {
  const schema = listEventTrackersQuery(context.scope);
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const query = parseQuery(event, schema);
    const tenantId = resolveListedTenant(caller, query.tenantId);
    const sortBy = orderOf(tenantId, query);
    const identity = identityOf(tenantId, query, sortBy);
    const statuses = statusesOf(query);
    const list: List = {
      tenantId,
      query,
      statuses,
      fits: filterOf(caller, tenantId, query, statuses),
      position: query.nextToken === undefined ? undefined : readPageToken(identity, query.nextToken),
      hasRoomFor: roomOf(context),
      onUnreadable: (item) => onUnreadable(event.requestContext.requestId, item),
    };
    const { records, next } = await pageOf(context, list, sortBy);
    const nextToken = next && pageToken(identity, next);
    const body = { eventTrackers: records.map((record) => resourceOf(record, context.settings)), nextToken };
    if (nextToken === undefined) return jsonResponse(body);
    return jsonResponse(body, { headers: { link: `<${nextUrl(entranceOf(event), query, nextToken)}>; rel="next"` } });
  };
}

type SortBy = NonNullable<ListEventTrackersQuery['sortBy']>;

/** @throws RequestRejected INVALID_REQUEST if all tenants are to be listed by their ids */
function orderOf(tenantId: string | undefined, { sortBy }: ListEventTrackersQuery): SortBy {
  if (tenantId !== undefined) return sortBy ?? 'trackerId';
  if (sortBy !== 'trackerId') return 'lastUpdatedDateTime';
  const rule = 'must be lastUpdatedDateTime, or left out, in a list of all tenants';
  throw new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: 'sortBy', rule }] });
}

const identityOf = (
  tenantId: string | undefined,
  { maxResults: _, nextToken: __, ...filters }: ListEventTrackersQuery,
  sortBy: SortBy,
): ListIdentity => ({ ...filters, sortBy, tenantId, isOfAllTenants: tenantId === undefined });

/** DELETED and RELEASED ones are listed only on request; their own URL always shows them. */
function statusesOf({ status, failureCode }: ListEventTrackersQuery): List['statuses'] {
  if (status !== undefined) return new Set(status);
  const byDefault = STATUSES.filter((each) => each !== 'DELETED' && each !== 'RELEASED');
  return new Set(failureCode === undefined ? byDefault : STATUSES);
}

function filterOf(
  caller: Caller,
  tenantId: string | undefined,
  query: ListEventTrackersQuery,
  statuses: List['statuses'],
): List['fits'] {
  const codes: readonly string[] | undefined = query.failureCode;
  const text = query.nameContains?.toLowerCase();
  return (record) =>
    // A purged record belongs to no tenant.
    (tenantId === undefined ? record.tenantId !== '' : belongsTo(caller, tenantId, record)) &&
    statuses.has(record.status) &&
    (codes === undefined || (record.failure !== undefined && codes.includes(record.failure.code))) &&
    (text === undefined || actualOf(record).name.toLowerCase().includes(text));
}

function roomOf({ settings }: Pick<ReadContext, 'settings'>): List['hasRoomFor'] {
  let size = 0;
  return (record) => {
    size += Buffer.byteLength(JSON.stringify(resourceOf(record, settings)));
    return size <= MAX_EVENT_BYTES;
  };
}

async function pageOf(context: ReadContext, list: List, sortBy: SortBy): Promise<Page> {
  const { tenantId, query, statuses, position, fits, hasRoomFor, onUnreadable } = list;
  if (query.datasetGroupArn !== undefined) return pageOfDatasetGroup(context, list, query.datasetGroupArn);
  if (sortBy === 'trackerId') return pageById(context, list, tenantId ?? '');
  const filter = {
    statuses: [...statuses],
    failureCodes: query.failureCode,
    nameContains: query.nameContains?.toLowerCase(),
  };
  const source =
    tenantId === undefined
      ? sourceOfAllTenants(context, filter, onUnreadable)
      : sourceOfTenant(context, tenantId, onUnreadable);
  const from = { from: position?.changes, now: context.now(), maxResults: query.maxResults };
  const { records, next } = await pageByChange(source, from, fits, hasRoomFor);
  return { records, ...(next && { next: { changes: next } }) };
}

/** A dataset group has one record, whose key is known: no index is needed. */
async function pageOfDatasetGroup(
  { store }: ReadContext,
  { tenantId, position, fits }: List,
  arn: string,
): Promise<Page> {
  if (position !== undefined) return { records: [] };
  const trackerId = trackerIdOf(arn);
  const record = tenantId === undefined ? await store.read(trackerId) : await store.readOf(tenantId, trackerId);
  return { records: record && fits(record) ? [record] : [] };
}

async function pageById({ store }: ReadContext, list: List, tenantId: string): Promise<Page> {
  const { query, position, fits, hasRoomFor, onUnreadable } = list;
  const records: EventTrackerRecord[] = [];
  let after = position?.after;
  for (let read = 0; read < MAX_READS; read++) {
    const page = await store.listOfTenant(tenantId, query.maxResults - records.length, after);
    page.unreadable.forEach(onUnreadable);
    for (const record of page.records.filter(fits)) {
      const last = records.at(-1);
      if (!hasRoomFor(record) && last !== undefined) return { records, next: { after: last.trackerId } };
      records.push(record);
    }
    after = page.last;
    if (after === undefined || records.length >= query.maxResults) break;
  }
  return { records, ...(after !== undefined && { next: { after } }) };
}

function nextUrl(entrance: string, { nextToken: _, ...filters }: ListEventTrackersQuery, nextToken: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, nextToken })) {
    if (value !== undefined) query.set(name, String(value));
  }
  // URLSearchParams encodes a space as +, which API Gateway may not decode; it decodes %20.
  return `${entrance}/event-trackers?${query.toString().replaceAll('+', '%20')}`;
}
