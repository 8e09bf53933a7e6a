import type { RequestFeatures } from '../requests/dependencies.ts';

/** What a deployment may leave out of the API; each is a setting of its configuration, of the same name. */
export interface Features extends RequestFeatures {
  /** POST …/events passes interactions on. */
  readonly events: boolean;
  /** Roles come in by /platform: there are some. */
  readonly platformRoles: boolean;
  /** How long GET holds its answer for who asks by `Prefer: wait`, in seconds, at most; 0: not at all. */
  readonly preferWaitSeconds: number;
}

/** A feature that a route needs. */
export type RouteFeature = 'events' | 'platformRoles';

/** API Gateway gives up after 30 s, so no answer is held longer, in seconds. */
export const MAX_PREFER_WAIT_SECONDS = 25;

/** A deployment with everything turned on: the typed client is made for it. */
export const EVERY_FEATURE: Features = {
  events: true,
  callbacks: true,
  destroyAdopted: true,
  platformRoles: true,
  preferWaitSeconds: MAX_PREFER_WAIT_SECONDS,
  maxUnfinishedPerTenant: 100,
};
