/** The package event-trackers-cdk. */
export { ConfigError } from '../aws/config-error.ts';
export { EventTrackerBus, type EventTrackerBusProps } from './event-tracker-bus.ts';
export {
  EventTrackerSubscriber,
  type EventTrackerSubscriberProps,
  type SubscribedStatus,
} from './event-tracker-subscriber.ts';
export { EventTrackers } from './event-trackers.ts';
export type {
  AccountProps,
  ApiDomain,
  EventTrackersProps,
  EventTrackersResources,
  EventTrackersSettings,
  FunctionNetwork,
  LifecycleProps,
  SubscriberBusProps,
  TenancyProps,
  Throttle,
  TrackingIdsProps,
} from './event-trackers-props.ts';
export { TrackingIdHandOver, type TrackingIdHandOverProps } from './tracking-id-hand-over.ts';
export type { TrackingIdPlace } from './tracking-id-store.ts';
