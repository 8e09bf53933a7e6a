import type { TrackerStore } from '../store/tracker-store.ts';
import { type EventTrackerRecord, isSettled } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** How many unfinished trackers tenants may have, as one request sees it: a batch counts what its own items began besides. */
export interface Allowance {
  readonly limit: number;
  /** Whether the tenant may begin one more. */
  has(tenantId: string): Promise<boolean>;
  /** The same, and one is taken. */
  take(tenantId: string): Promise<boolean>;
  /** What was taken was for nothing: the tracker was there already. */
  giveBack(tenantId: string): void;
}

/**
 * The allowance of one request. Each tenant is counted once, by a query of at most `limit` index entries.
 * @returns undefined where the deployment has no limit: nothing is counted then
 */
export function createAllowance(
  store: Pick<TrackerStore, 'countUnfinished'>,
  { maxUnfinishedPerTenant }: { readonly maxUnfinishedPerTenant?: number },
): Allowance | undefined {
  if (maxUnfinishedPerTenant === undefined) return undefined;
  const limit: number = maxUnfinishedPerTenant;
  const unfinished = new Map<string, Promise<number>>();
  const taken = new Map<string, number>();
  const takenOf = (tenantId: string) => taken.get(tenantId) ?? 0;
  const count = (tenantId: string): Promise<number> => {
    const counting = unfinished.get(tenantId) ?? store.countUnfinished(tenantId, limit);
    unfinished.set(tenantId, counting);
    return counting;
  };
  return {
    limit,
    has: async (tenantId) => (await count(tenantId)) + takenOf(tenantId) < limit,
    async take(tenantId) {
      const before = await count(tenantId);
      // Nothing may be awaited in between: items of a batch are judged at the same time.
      const isAllowed = before + takenOf(tenantId) < limit;
      if (isAllowed) taken.set(tenantId, takenOf(tenantId) + 1);
      return isAllowed;
    },
    giveBack: (tenantId) => void taken.set(tenantId, takenOf(tenantId) - 1),
  };
}

/** Whether a tracker that is at rest, or not there, is to be made: what is unfinished already is counted, and a deletion never refused. */
export const begins = (before: EventTrackerRecord | undefined, after: EventTrackerRecord): boolean =>
  after.desired === 'PRESENT' && !isSettled(after) && (before === undefined || isSettled(before));

export const tooManyUnfinished = ({ limit }: Allowance): RequestRejected =>
  new RequestRejected({ reason: 'TOO_MANY_UNFINISHED', limit });
