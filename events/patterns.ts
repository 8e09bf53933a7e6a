import { DRIFT_DETECTED, EVENT_SOURCE, STATE_CHANGE } from './contract.ts';

/** An EventBridge event pattern on this service's events; fields join by AND, the values of a field by OR. */
export interface EventTrackerPattern {
  readonly source: readonly [typeof EVENT_SOURCE];
  readonly 'detail-type'?: readonly string[];
  readonly detail?: {
    readonly metadata?: Readonly<Record<string, readonly unknown[]>>;
    readonly data?: Readonly<Record<string, readonly unknown[] | Readonly<Record<string, readonly unknown[]>>>>;
  };
}

const source = [EVENT_SOURCE] as const;
const stateChange = { source, 'detail-type': [STATE_CHANGE] } as const;

/** Patterns of common subscriptions, by the names of their files in events/patterns. */
export const EVENT_PATTERNS = {
  /** Everything that this service says. */
  all: { source },
  /** Every outcome: what a subscriber needs that keeps each tracker's state. */
  'state-changes': stateChange,
  /** A tracking ID may be used from now on. */
  active: { ...stateChange, detail: { data: { status: ['ACTIVE'] } } },
  /** A creation failed, or a tracker was lost. `exists` looks at leaves only, and each failure has a code. */
  failures: { ...stateChange, detail: { data: { failure: { code: [{ exists: true }] } } } },
  /** A tracker is not this service's any more: deleted, or let go of. */
  gone: { ...stateChange, detail: { data: { status: ['DELETED', 'RELEASED'] } } },
  /** A tracker is not as recorded, and not by this service's doing. */
  drift: { source, 'detail-type': [DRIFT_DETECTED] },
} as const satisfies Readonly<Record<string, EventTrackerPattern>>;

/** The same pattern, for the trackers of one tenant. */
export function ofTenant(tenantId: string, pattern: EventTrackerPattern = EVENT_PATTERNS.all): EventTrackerPattern {
  const metadata = { ...pattern.detail?.metadata, tenantId: [tenantId] };
  return { ...pattern, detail: { ...pattern.detail, metadata } };
}
