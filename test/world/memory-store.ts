import { positionOf } from '../../functions/store/item.ts';
import type { ListedQuery, StatusCount, StatusIndex } from '../../functions/store/status-index.ts';
import type { TrackerStore } from '../../functions/store/tracker-store.ts';
import { placeName, placeOf } from '../../functions/tracker/accounts.ts';
import { actualOf } from '../../functions/tracker/name-and-tags.ts';
import { type EventTrackerRecord, isSettled } from '../../functions/tracker/record.ts';

/** An in-memory store. test/contract/store.test.ts runs the same tests against it and the real one. */
export class MemoryStore implements TrackerStore {
  readonly records = new Map<string, EventTrackerRecord>();
  writes = 0;

  async read(trackerId: string) {
    const record = this.records.get(trackerId);
    return record && structuredClone(record);
  }
  async readOf(tenantId: string, trackerId: string) {
    const record = await this.read(trackerId);
    return record?.tenantId === tenantId ? record : undefined;
  }
  async readMany(trackerIds: readonly string[]) {
    const read = await Promise.all(trackerIds.map((trackerId) => this.read(trackerId)));
    return { records: read.filter((record) => record !== undefined), unreadable: [] };
  }
  async create(record: EventTrackerRecord) {
    if (this.records.has(record.trackerId)) return false;
    this.writes++;
    this.records.set(record.trackerId, structuredClone(record));
    return true;
  }
  async save(before: EventTrackerRecord, after: EventTrackerRecord) {
    if (this.records.get(before.trackerId)?.rev !== before.rev) return undefined;
    this.writes++;
    const saved = { ...structuredClone(after), rev: before.rev + 1 };
    this.records.set(before.trackerId, saved);
    return structuredClone(saved);
  }
  async listOfTenant(tenantId: string, limit: number, after = '') {
    const of = [...this.records.values()]
      .filter((record) => record.tenantId === tenantId && record.trackerId > after)
      .sort((left, right) => (left.trackerId < right.trackerId ? -1 : 1));
    const records = structuredClone(of.slice(0, limit));
    return { records, unreadable: [], ...(of.length > limit && { last: records.at(-1)?.trackerId }) };
  }
  async countUnfinished(tenantId: string, limit: number) {
    const unfinished = [...this.records.values()].filter((each) => each.tenantId === tenantId && !isSettled(each));
    return Math.min(limit, unfinished.length);
  }
  async listDue(lane: 'urgent' | 'routine', by: number, limit: number) {
    return [...this.records.values()]
      .filter(({ due }) => due.lane === lane && due.at <= by)
      .sort((left, right) => left.due.at - right.due.at)
      .slice(0, limit)
      .map(({ trackerId }) => trackerId);
  }
  async listWaiting(place: string, limit: number) {
    return [...this.records.values()]
      .filter(({ due, datasetGroupArn }) => due.lane === 'admission' && isIn(datasetGroupArn, place))
      .sort((left, right) => left.due.at - right.due.at)
      .slice(0, limit)
      .map(({ trackerId }) => trackerId);
  }
}

function isIn(datasetGroupArn: string, place: string): boolean {
  const its = placeOf(datasetGroupArn);
  return its !== undefined && placeName(its) === place;
}

/** The status index of an in-memory store; it never lags. */
export class MemoryStatusIndex implements StatusIndex {
  readonly #store: MemoryStore;
  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async list({ statuses, failureCodes, tenants, nameContains = '', order, after }: ListedQuery, limit: number) {
    const isOldest = order === 'oldest first';
    const entries = [...this.#store.records.values()]
      .filter(({ tenantId, status }) => tenantId !== '' && statuses.includes(status))
      .filter(({ tenantId }) => tenants === undefined || tenants.includes(tenantId))
      .filter(({ failure }) => failureCodes === undefined || failureCodes.includes(failure?.code ?? ''))
      .filter((record) => actualOf(record).name.toLowerCase().includes(nameContains))
      .map(({ trackerId, tenantId, lastUpdatedDateTime }) => {
        return { trackerId, tenantId, position: positionOf(lastUpdatedDateTime, trackerId) };
      })
      .filter(({ position }) => after === undefined || (isOldest ? position > after : position < after))
      .sort((one, other) => (one.position < other.position === isOldest ? -1 : 1));
    const page = entries.slice(0, limit);
    return { entries: page, ...(entries.length > limit && { after: page.at(-1)?.position ?? '' }) };
  }
  async count({ statuses, tenants }: Pick<ListedQuery, 'statuses' | 'tenants'>) {
    return [...this.#store.records.values()]
      .filter(({ tenantId, status }) => tenantId !== '' && statuses.includes(status))
      .filter(({ tenantId }) => tenants === undefined || tenants.includes(tenantId))
      .map(({ status, failure }): StatusCount => ({ status, count: 1, ...(failure && { failureCode: failure.code }) }));
  }
}
