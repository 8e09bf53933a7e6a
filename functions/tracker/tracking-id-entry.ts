import { type EventTrackerEvent, STATE_CHANGE } from '../../events/index.ts';

/**
 * What a subscriber knows about a tracker from its newest State Change: the domain of functions/tracking-ids, which keeps the tracking ID of
 * each ACTIVE tracker at a path of its tenant and name.
 */
export interface TrackingIdEntry {
  readonly tenantId: string;
  readonly trackerId: string;
  /** Of the newest State Change. */
  readonly sequence: number;
  readonly name: string;
  readonly datasetGroupArn: string;
  /** Present exactly while the tracker is ACTIVE. A secret. */
  readonly trackingId?: string;
  /** Since when it is ACTIVE, in ISO 8601. Present with `trackingId`. */
  readonly activeSince?: string;
  /** Names that the tracker had before, whose paths are checked again with every event. `until` is in milliseconds since the epoch. */
  readonly formerNames?: readonly { readonly name: string; readonly until: number }[];
  /** When the entry of a tracker that is gone may be dropped, in seconds since the epoch: DynamoDB's time to live. */
  readonly expiresAt?: number;
}

/** The facts of a State Change. */
export type TrackerState = Omit<TrackingIdEntry, 'formerNames' | 'expiresAt'>;

/** The statuses that end the life of a tracking ID. */
const GONE: readonly string[] = ['CREATE FAILED', 'DELETED', 'RELEASED'];

const DAY_MS = 86_400_000;
/** Longer than Lambda, a dead-letter queue (14 days) and its redrive can hold an event of that name. */
const FORMER_NAME_MS = 30 * DAY_MS;
/** Longer than a replay can reach back: an archive keeps events for at most 90 days. */
const GONE_MS = 120 * DAY_MS;

/**
 * The facts of an event, or undefined if it says nothing about a tracking ID. Only a State Change does: `sequence` also counts drift and types
 * that are added later, and one of them must not hide a State Change that arrives after it (docs/events.md).
 */
export function stateOf(event: EventTrackerEvent): TrackerState | undefined {
  if (event.detailType !== STATE_CHANGE) return undefined;
  const { metadata, data } = event.detail;
  const { tenantId, sequence, occurredAt } = metadata;
  const { trackerId, name, datasetGroupArn, status, trackingId } = data;
  const state = { tenantId, trackerId, sequence, name, datasetGroupArn };
  if (status === 'ACTIVE' && trackingId !== undefined) return { ...state, trackingId, activeSince: occurredAt };
  return GONE.includes(status) ? state : undefined;
}

/** The entry after this state, or undefined if it is not newer. @param now milliseconds since the epoch */
export function updatedEntry(
  entry: TrackingIdEntry | undefined,
  state: TrackerState,
  now: number,
): TrackingIdEntry | undefined {
  if (entry !== undefined && entry.sequence >= state.sequence) return undefined;
  const renamed = entry === undefined || entry.name === state.name ? [] : [{ name: entry.name, until: now }];
  const formerNames = [...(entry?.formerNames ?? []), ...renamed].filter(
    ({ name, until }) => name !== state.name && until > now - FORMER_NAME_MS,
  );
  return {
    ...state,
    ...(formerNames.length > 0 && { formerNames }),
    ...(state.trackingId === undefined && { expiresAt: Math.ceil((now + GONE_MS) / 1000) }),
  };
}

/** The names whose paths this tracker may have touched. */
export const namesOf = (entry: TrackingIdEntry, state: TrackerState): string[] => [
  ...new Set([state.name, entry.name, ...(entry.formerNames ?? []).map(({ name }) => name)]),
];

/**
 * Of a tenant's trackers with one name, the one whose tracking ID belongs at the path: the one that has been ACTIVE for longest. So a second
 * tracker of the same name never replaces the first. This depends on the newest states only, not on the order in which they arrived.
 * @param entries the entries of one tenant and name
 */
export function holderOf(entries: readonly TrackingIdEntry[]): Holder | undefined {
  return entries.filter(isActive).sort(byAge)[0];
}

export type Holder = TrackingIdEntry & Required<Pick<TrackingIdEntry, 'trackingId' | 'activeSince'>>;

export const isActive = (entry: TrackingIdEntry): entry is Holder =>
  entry.trackingId !== undefined && entry.activeSince !== undefined;

const ageOf = ({ activeSince, trackerId }: Holder): string => `${activeSince} ${trackerId}`;
const byAge = (one: Holder, other: Holder): number => (ageOf(one) < ageOf(other) ? -1 : 1);

/**
 * Where the tracking ID of a tenant's tracker is kept. The parts are valid for Parameter Store and Secrets Manager, and the path has at most
 * 160 characters.
 * @throws RangeError naming the part and its rule
 */
export function pathOf(deployment: string, tenantId: string, name: string): string {
  for (const [part, text] of Object.entries({ deployment, tenantId, name })) {
    if (!/^[A-Za-z0-9_-]{1,63}$/.test(text)) {
      throw new RangeError(`${part} must be 1 to 63 letters, digits, - and _ to be part of a path.`);
    }
  }
  return `${PATH_ROOT}/${deployment}/${tenantId}/${name}`;
}

/** Every path of every deployment begins with it. */
export const PATH_ROOT = '/event-trackers';
