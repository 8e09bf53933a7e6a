/** The entry point `event-trackers/client`, described in docs/client.md. */
export { EventTrackersError, type Problem, type Reason } from './errors.ts';
export {
  type CallOptions,
  type CreateCallOptions,
  type CreateEventTrackerInput,
  createEventTrackersClient,
  type EventTracker,
  type EventTrackerFailure,
  type EventTrackerOutput,
  type EventTrackerStatus,
  type EventTrackersClient,
  type EventTrackersClientOptions,
  type HeldCallOptions,
  type KeyedCallOptions,
  type ListEventTrackersInput,
  type Output,
  type PutEventsInput,
  type ResponseMetadata,
  type UpdateEventTrackerInput,
} from './event-trackers-client.ts';
export { type PaginationConfiguration, paginateListEventTrackers } from './paginate.ts';
export type {
  EventTrackerSummary,
  Operation,
  OperationOutput,
  RetryEventTrackersInput,
} from './platform-calls.ts';
export {
  EventTrackerWaitError,
  type WaiterConfiguration,
  type WaiterInput,
  type WaiterResult,
  type WaiterState,
  waitUntilEventTrackerActive,
  waitUntilEventTrackerDeleted,
  waitUntilEventTrackerUpdated,
} from './waiters.ts';
