import * as z from 'zod';
import { type Learned, learned } from './admission-learning.ts';

/**
 * Who may make its calls to Personalize next, and how fast trackers are admitted (docs/protocol.md, "Admission"). Pure: the store
 * makes the writes, each under its condition (admission-writes.ts). All times are milliseconds since the epoch; rates are trackers a second.
 */

/** Milliseconds since the epoch; 0 before the first one. */
const time = z.number().default(0);
const count = z.int().min(0).default(0);

const counters = { throttledCalls: count, throttledPolls: count, pollSlots: count, created: count };

/** The admission item of an account and Region, without its key. It stays below 1 KB, because tasks write it often. */
const admissionSchema = z.object({
  /** The number of the execution that governs, and the number and time of its last tick. */
  governor: count,
  tick: count,
  tickAt: time,
  /** Until then somebody waits, so nobody passes without a place; 0 if nobody does. */
  governedUntil: time,
  /** How many ticks in a row found nobody waiting. */
  emptyTicks: count,
  /** Trackers a second; absent until it was learned. The others are explained in admission-learning.ts. */
  rate: z.number().positive().optional(),
  ceiling: z.number().positive().optional(),
  calmWindows: count,
  pollsPerTracker: z.number().positive().default(1),
  /** How many trackers may be admitted now; below 0 while throttled calls are to be made up for. */
  credit: z.number().default(0),
  /** The highest place that was admitted. */
  virtualTime: z.number().default(0),
  /** `throttledCalls` at the last tick. */
  throttledSeen: count,
  /** Since when the present window counts, for which governor, how many it has admitted, and the counters as they were then. */
  window: z
    .object({ governor: count, since: time, admitted: count, ...counters })
    .readonly()
    .optional(),
  /** When the next tracker may pass without a place. */
  freeAt: time,
  /** The last poll slot that was taken. */
  nextPollSlotAt: time,
  ...counters,
});
type StoredAdmission = Readonly<z.infer<typeof admissionSchema>>;
/** An admission item with its rate: the learned one, or that of the deployment. */
export type Admission = StoredAdmission & Learned;

/**
 * @param item the attributes as read; none if there is no item
 * @param rate the setting `admissionRate`
 * @throws ZodError if an attribute is not valid
 */
export function toAdmission(item: Record<string, unknown> | undefined, rate: number): Admission {
  const stored = admissionSchema.parse(item ?? {});
  const learnedRate = stored.rate ?? rate;
  return { ...stored, rate: learnedRate, ceiling: stored.ceiling ?? learnedRate };
}

const SECOND = 1_000;
/** For how long one tick keeps newcomers from passing; longer than a tick may be late. */
export const GOVERNED_MS = 30 * SECOND;
/** A governor that has not ticked for so long is dead for a task that notices it; the sweep waits twice as long. */
export const GOVERNOR_SILENT_MS = 15 * SECOND;
export const isGoverned = ({ governedUntil }: Admission, now: number): boolean => governedUntil > now;

/** Somebody waits or is about to, and no governor lives: whoever sees this starts the next one. */
export const needsGovernor = (admission: Admission, now: number, silentMs = GOVERNOR_SILENT_MS): boolean =>
  !isGoverned(admission, now) || now - admission.tickAt > silentMs;

/** The time between two admissions, in milliseconds. */
export const gapMs = ({ rate }: Pick<Admission, 'rate'>): number => SECOND / rate;

/** How far ahead trackers may pass: two gaps, so three at the same time; at high rates those of half a second. */
export const roomMs = (gap: number): number => Math.max(2 * gap, SECOND / 2);

/** The place of a tenant's next tracker, and of the one after it. @param next the tenant's stored next place */
export const placeAfter = (next: number | undefined, virtualTime: number): { place: number; next: number } => {
  const place = next !== undefined && next >= virtualTime ? next : virtualTime;
  return { place, next: place + 1 };
};

/** Not before then is a tracker in this place admitted: each place has at least one tracker. */
export const admissionNotBefore = ({ virtualTime, rate }: Admission, place: number, now: number): number =>
  now + Math.max(0, (place - virtualTime) / rate) * SECOND;

/** Trackers that were admitted lately, by tenant. Each counts less with time. */
export interface RecentAdmissions {
  readonly at: number;
  readonly tenants: Readonly<Record<string, number>>;
}
export const NONE_RECENT: RecentAdmissions = { at: 0, tenants: {} };

const RECENT_MS = 30 * SECOND;
const FORGOTTEN = 0.1;

const decayed = ({ at, tenants }: RecentAdmissions, now: number): RecentAdmissions => {
  const share = Math.exp(-Math.max(0, now - at) / RECENT_MS);
  const left = Object.entries(tenants).map(([tenant, admitted]) => [tenant, admitted * share] as const);
  return { at: now, tenants: Object.fromEntries(left.filter(([, admitted]) => admitted >= FORGOTTEN)) };
};

/** Whether a tenant had at most half as many admissions lately as the mean of all. Alone, a tenant has not. */
function isLightTenant({ tenants }: RecentAdmissions, tenantId: string): boolean {
  const others = Object.entries(tenants).filter(([tenant]) => tenant !== tenantId);
  const own = tenants[tenantId] ?? 0;
  const mean = (others.reduce((sum, [, admitted]) => sum + admitted, 0) + own) / (others.length + 1);
  return others.length > 0 && own <= mean / 2;
}

/** A tracker in the lane `admission`. */
export interface Waiting {
  readonly trackerId: string;
  readonly tenantId: string;
  readonly place: number;
}
export interface Admitted extends Waiting {
  /** Its tenant has few trackers under way, so its polls are put off less. */
  readonly isLight: boolean;
}

export interface Tick {
  /** What to save, under the condition that nobody else governs (`saveTick`). */
  readonly admission: Admission;
  readonly recent: RecentAdmissions;
  /** The trackers to admit once it is saved, in this order. */
  readonly admitted: readonly Admitted[];
  /** Nobody waits: the governor ends without another tick. */
  readonly isLast: boolean;
  /** The wait before the next tick, in whole seconds. */
  readonly waitSeconds: number;
}

const MAX_TICK_MS = 5 * SECOND;

/** How many trackers the next tick may admit, with fractions. */
export function creditAt({ credit, rate, tickAt }: Admission, now: number): number {
  const passed = clamp(now - tickAt, 0, MAX_TICK_MS) / SECOND;
  return Math.min(credit + rate * passed, 1 + 2 * rate);
}

const EMPTY_TICKS = 5;
const CLOSING_SECONDS = 3;

/**
 * One tick of the governor.
 * @param waiting the trackers with the lowest places, lowest first; one too many shows that somebody is left
 */
export function tickOf(before: Admission, recent: RecentAdmissions, waiting: readonly Waiting[], now: number): Tick {
  const credit = creditAt(before, now);
  const chosen = waiting.slice(0, Math.max(0, Math.floor(credit)));
  const { lately, admitted } = admittedOf(decayed(recent, now), chosen);
  const emptyTicks = waiting.length > 0 ? 0 : before.emptyTicks + 1;
  const hadClosed = before.governedUntil === 0;
  // Polls that were put off still need the slots in their order.
  const pollsAreDue = before.nextPollSlotAt >= now + 6 * SECOND;
  const closes = waiting.length === 0 && (hadClosed || (emptyTicks >= EMPTY_TICKS && !pollsAreDue));
  const counted: Admission = {
    ...before,
    credit: credit - chosen.length,
    virtualTime: Math.max(before.virtualTime, ...chosen.map(({ place }) => place)),
    tick: before.tick + 1,
    tickAt: now,
    emptyTicks,
    governedUntil: closes ? 0 : now + GOVERNED_MS,
  };
  const admission = {
    ...counted,
    ...learned(counted, { admitted: chosen.length, isSomebodyWaiting: waiting.length > 0 }, now),
  };
  return {
    admission,
    recent: lately,
    admitted,
    isLast: closes && hadClosed,
    // A newcomer that read the item before it was closed may still take a place: look once more before the end.
    waitSeconds: closes ? CLOSING_SECONDS : Math.round(clamp(1 / admission.rate - 0.3, 1, 3)),
  };
}

function admittedOf(recent: RecentAdmissions, chosen: readonly Waiting[]) {
  let lately = recent;
  const admitted: Admitted[] = [];
  for (const waiting of chosen) {
    const { tenantId } = waiting;
    admitted.push({ ...waiting, isLight: isLightTenant(lately, tenantId) });
    lately = { ...lately, tenants: { ...lately.tenants, [tenantId]: (lately.tenants[tenantId] ?? 0) + 1 } };
  }
  return { lately, admitted };
}

/** The earliest poll slot, and the shortest wait that a light tenant's tracker is put off to. */
export const FIRST_POLL_SLOT_MS = 5 * SECOND;
/** With the longest series of retries (docs/protocol.md, "The lease"), still within the shortest `heartbeatSeconds`. */
const MAX_POLL_WAIT_MS = 100 * SECOND;

/** The time between two poll slots, in milliseconds. */
export const pollGapMs = ({ pollsPerTracker, rate }: Admission): number => SECOND / (pollsPerTracker * rate);

/**
 * The wait before the next poll while somebody waits for admission, in milliseconds.
 * @param wanted the wait by the polling policy (pacing.ts)
 * @param slotAt the poll slot that was taken
 * @param elapsedMs for how long the creation or deletion has been under way
 */
export function pacedWaitMs(
  { wanted, slotAt, isLight, elapsedMs }: { wanted: number; slotAt: number; isLight: boolean; elapsedMs: number },
  now: number,
): number {
  const putOff = slotAt - now;
  const bounded = isLight ? Math.min(putOff, Math.max(FIRST_POLL_SLOT_MS, elapsedMs)) : putOff;
  return Math.min(MAX_POLL_WAIT_MS, Math.max(wanted, bounded));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
