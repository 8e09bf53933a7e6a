import { isActive, parseEventTrackerEvent } from 'event-trackers/events';

/** A subscriber that keeps the tracking ID of each ACTIVE event tracker, here in memory. */
export function createSubscriber() {
  const trackingIds = new Map();
  return {
    trackingIds,
    handler: async (event) => {
      const parsed = parseEventTrackerEvent(event);
      if (isActive(parsed)) trackingIds.set(parsed.detail.data.trackerId, parsed.detail.data.trackingId);
    },
  };
}
