import { DETAIL_TYPES, type DetailType, EVENT_SOURCE, EVENT_TYPES, STATE_CHANGE } from './contract.ts';

/** An EventBridge event pattern for this service's events. All fields must match, each with any of its values. */
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

/** For each event type, a pattern that matches all of its events. */
const ofEachType = Object.fromEntries(
  DETAIL_TYPES.map((detailType) => [
    EVENT_TYPES[detailType].pattern,
    { source, 'detail-type': [detailType] as const } as const,
  ]),
) as Readonly<
  Record<
    (typeof EVENT_TYPES)[DetailType]['pattern'],
    { readonly source: typeof source; readonly 'detail-type': readonly [DetailType] }
  >
>;

/** Patterns of common subscriptions, by the names of their files in events/patterns. */
export const EVENT_PATTERNS = {
  /** All events of this service. */
  all: { source },
  ...ofEachType,
  /** A tracker became ACTIVE: its tracking ID is usable. */
  active: { ...stateChange, detail: { data: { status: ['ACTIVE'] } } },
  /** A creation failed, or a tracker is missing. `exists` matches leaf fields only; every failure has a code. */
  failures: { ...stateChange, detail: { data: { failure: { code: [{ exists: true }] } } } },
  /** The service no longer manages a tracker: it was deleted or released. */
  gone: { ...stateChange, detail: { data: { status: ['DELETED', 'RELEASED'] } } },
} as const satisfies Readonly<Record<string, EventTrackerPattern>>;

/** Restricts a pattern to the trackers of one tenant. */
export function ofTenant(tenantId: string, pattern: EventTrackerPattern = EVENT_PATTERNS.all): EventTrackerPattern {
  const metadata = { ...pattern.detail?.metadata, tenantId: [tenantId] };
  return { ...pattern, detail: { ...pattern.detail, metadata } };
}
