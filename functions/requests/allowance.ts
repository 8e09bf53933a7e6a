import type { TrackerStore } from '../store/tracker-store.ts';
import { type EventTrackerRecord, isSettled } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** How many unfinished event trackers each tenant may have, within one API request: a batch also counts what it has started itself. */
export interface Allowance {
  readonly limit: number;
  /** Whether the tenant may start one more. */
  has(tenantId: string): Promise<boolean>;
  /** The same, and counts one more if so. */
  take(tenantId: string): Promise<boolean>;
  /** Undoes `take`: nothing was started. */
  giveBack(tenantId: string): void;
}

/**
 * The allowance for one API request. Each tenant is counted once, with a query of at most `limit` index entries.
 * @returns undefined if the deployment has no limit
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
      // No await between the check and the count: requests of a batch run in parallel.
      const isAllowed = before + takenOf(tenantId) < limit;
      if (isAllowed) taken.set(tenantId, takenOf(tenantId) + 1);
      return isAllowed;
    },
    giveBack: (tenantId) => void taken.set(tenantId, takenOf(tenantId) - 1),
  };
}

/** Whether the change starts a creation on a settled or new record. Unfinished ones are already counted; deletions are never limited. */
export const begins = (before: EventTrackerRecord | undefined, after: EventTrackerRecord): boolean =>
  after.desired === 'PRESENT' && !isSettled(after) && (before === undefined || isSettled(before));

export const tooManyUnfinished = ({ limit }: Allowance): RequestRejected =>
  new RequestRejected({ reason: 'TOO_MANY_UNFINISHED', limit });
