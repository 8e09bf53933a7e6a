import { positionOf, type UnreadableItem } from '../store/item.ts';
import type { ListedFilter } from '../store/status-index.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import type { ReadContext } from './context.ts';
import type { ChangesPosition } from './page-token.ts';

/** Records in the order of their last change, fresh from the table. */
interface Source {
  page(
    order: 'newest first' | 'oldest first',
    after: string | undefined,
    limit: number,
  ): Promise<{
    readonly found: readonly { readonly position: string; readonly record: EventTrackerRecord }[];
    /** Where the next page starts; undefined at the end. */
    readonly after?: string | undefined;
  }>;
}

type OnUnreadable = (item: UnreadableItem) => void;

/** All tenants' records: ids by filter and order from the status index, records consistently from the table. */
export function sourceOfAllTenants(
  { store, statusIndex }: Pick<ReadContext, 'store' | 'statusIndex'>,
  filter: ListedFilter,
  onUnreadable: OnUnreadable,
): Source {
  return {
    async page(order, after, limit) {
      const page = await statusIndex.list({ ...filter, order, after }, limit);
      const { records, unreadable } = await store.readMany([
        ...new Set(page.entries.map(({ trackerId }) => trackerId)),
      ]);
      unreadable.forEach(onUnreadable);
      const byId = new Map(records.map((record) => [record.trackerId, record]));
      const found = page.entries.flatMap(({ trackerId, position }) => {
        const record = byId.get(trackerId);
        return record ? [{ position, record }] : [];
      });
      return { found, after: page.after };
    },
  };
}

/** No index has one tenant's changes in order, so its trackers are sorted here: as many as ten pages have. */
const MAX_SORTED = 1000;
const READ_AT_ONCE = 100;

/**
 * One tenant's records.
 * @throws RequestRejected INVALID_REQUEST if the tenant has too many to sort
 */
export function sourceOfTenant(
  { store }: Pick<ReadContext, 'store'>,
  tenantId: string,
  onUnreadable: OnUnreadable,
): Source {
  let sorted: Promise<{ position: string; record: EventTrackerRecord }[]> | undefined;
  async function readSorted() {
    const records: EventTrackerRecord[] = [];
    let after: string | undefined;
    do {
      const page = await store.listOfTenant(tenantId, READ_AT_ONCE, after);
      page.unreadable.forEach(onUnreadable);
      records.push(...page.records);
      if (records.length > MAX_SORTED) {
        const rule = `must be trackerId, or left out, because the tenant has more than ${MAX_SORTED} event trackers`;
        throw new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: 'sortBy', rule }] });
      }
      after = page.last;
    } while (after !== undefined);
    return records
      .map((record) => ({ position: positionOf(record.lastUpdatedDateTime, record.trackerId), record }))
      .sort((one, other) => (one.position < other.position ? -1 : 1));
  }
  return {
    async page(order, after, limit) {
      sorted ??= readSorted();
      const oldestFirst = await sorted;
      const ordered = order === 'oldest first' ? oldestFirst : oldestFirst.toReversed();
      const isBeyond = (position: string) =>
        after === undefined || (order === 'oldest first' ? position > after : position < after);
      const rest = ordered.filter(({ position }) => isBeyond(position));
      const found = rest.slice(0, limit);
      return { found, after: rest.length > limit ? found.at(-1)?.position : undefined };
    },
  };
}

/** Pages of a source that one request reads at most. With a filter that matches little, the page is short and has a nextToken. */
const MAX_READS = 10;
/**
 * A change is recorded with the time at which it was decided, and can be seen in the index a little later: after the longest call of
 * DynamoDB (8 s), and the index's lag.
 */
const SETTLING_MS = 10_000;

export interface ChangesPage {
  readonly records: readonly EventTrackerRecord[];
  readonly next?: ChangesPosition;
}

/**
 * One page in the order of changes, latest first. What changes while the pages are read moves to the front, which was read already. So
 * after the last page, everything that changed since the first one follows, oldest change first: a record may come twice, but is not lost.
 * @param fits the filter, applied to the fresh record
 * @param hasRoomFor whether the page may grow by this record
 */
export async function pageByChange(
  source: Source,
  {
    from,
    now,
    maxResults,
  }: { readonly from: ChangesPosition | undefined; readonly now: number; readonly maxResults: number },
  fits: (record: EventTrackerRecord) => boolean,
  hasRoomFor: (record: EventTrackerRecord) => boolean,
): Promise<ChangesPage> {
  const since = from?.since ?? new Date(now - SETTLING_MS).toISOString();
  const records = new Map<string, EventTrackerRecord>();
  let isAgain = from?.isAgain ?? false;
  let after = from?.after;
  const pageUpTo = (position: string): ChangesPage => ({
    records: [...records.values()],
    next: { since, after: position, ...(isAgain && { isAgain }) },
  });
  for (let read = 0; read < MAX_READS; read++) {
    const page = await source.page(isAgain ? 'oldest first' : 'newest first', after, maxResults - records.size);
    let last = after;
    for (const { position, record } of page.found) {
      if (fits(record) && !records.has(record.trackerId)) {
        // The next page starts with this record.
        if (!hasRoomFor(record) && records.size > 0 && last !== undefined) return pageUpTo(last);
        records.set(record.trackerId, record);
      }
      last = position;
    }
    if (page.after !== undefined) after = page.after;
    // Whoever reads a single page sees everything at one time.
    else if (isAgain || from === undefined) return { records: [...records.values()] };
    else {
      isAgain = true;
      after = since;
    }
    if (records.size >= maxResults) break;
  }
  return after === undefined ? { records: [...records.values()] } : pageUpTo(after);
}
