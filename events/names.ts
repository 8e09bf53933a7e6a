/*
 * The names that events consist of, without their schemas: a function that only writes events does not load those.
 */

/** The `source` of every event of this service. */
export const EVENT_SOURCE = 'event-trackers';
/** The name of a deployment's bus. The bus of the local runtime is called `event-trackers`. */
export const BUS_NAME = 'event-trackers-{stage}-bus';
export const STATE_CHANGE = 'Event Tracker State Change';
export const DRIFT_DETECTED = 'Event Tracker Drift Detected';
export const UPDATED = 'Event Tracker Updated';
export const SCHEMA_VERSION = '1.1';

/** The statuses that Personalize documents for an event tracker. */
export const PERSONALIZE_STATUSES = [
  'CREATE PENDING',
  'CREATE IN_PROGRESS',
  'ACTIVE',
  'CREATE FAILED',
  'DELETE PENDING',
  'DELETE IN_PROGRESS',
] as const;
/** Personalize's statuses, and two of this service: DELETED, and RELEASED (an adopted tracker that it no longer manages). */
export const STATUSES = [...PERSONALIZE_STATUSES, 'DELETED', 'RELEASED'] as const;

/** The one meaning of `retryable`, in a failure and in a problem. */
export const RETRYABLE = 'Whether the same request can succeed later without changes';
