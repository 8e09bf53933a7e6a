/** The entry point `event-trackers/events`, described in docs/events.md. */
export {
  type DetailType,
  DRIFT_DETECTED,
  EVENT_SOURCE,
  type EventTrackerDriftDetected,
  type EventTrackerStateChange,
  type EventTrackerUpdated,
  type Failure,
  SCHEMA_VERSION,
  STATE_CHANGE,
  UPDATED,
} from './contract.ts';
export {
  type DriftDetectedEvent,
  type EventTrackerEvent,
  EventTrackerEventError,
  type EventTrackerStatus,
  isActive,
  type KnownEvent,
  type KnownStatus,
  parseEventTrackerEvent,
  type StateChangeEvent,
  type UnknownEvent,
  type UpdatedEvent,
} from './parse.ts';
export { EVENT_PATTERNS, type EventTrackerPattern, ofTenant } from './patterns.ts';
export {
  createMemoryStore,
  createSubscriber,
  type EventOf,
  type Kept,
  type SubscriberOptions,
  type SubscriberStore,
} from './subscriber.ts';
