/** Where the tracking IDs of ACTIVE trackers can be kept, each by a function of its own. */
export const TRACKING_ID_PLACES = ['parameters', 'secrets'] as const;
export type TrackingIdPlace = (typeof TRACKING_ID_PLACES)[number];
