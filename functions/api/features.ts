import type { RequestFeatures } from '../requests/dependencies.ts';

/** Optional parts of the API. Each is a setting of the same name in the configuration. */
export interface Features extends RequestFeatures {
  /** Whether POST …/events exists. */
  readonly events: boolean;
  /** Whether there are platform roles, and with them the routes under /platform. */
  readonly platformRoles: boolean;
  /** The maximum of `Prefer: wait=N` in seconds; 0 turns it off. */
  readonly preferWaitSeconds: number;
}

/** A feature that a route may depend on. */
export type RouteFeature = 'events' | 'platformRoles';

/** In seconds. API Gateway's integration time-out is 30 s. */
export const MAX_PREFER_WAIT_SECONDS = 25;

/** All features are on: the typed client is generated for this. */
export const EVERY_FEATURE: Features = {
  events: true,
  callbacks: true,
  destroyAdopted: true,
  platformRoles: true,
  preferWaitSeconds: MAX_PREFER_WAIT_SECONDS,
  maxUnfinishedPerTenant: 100,
};
