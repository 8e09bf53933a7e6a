import { SCOPES } from '../requests/caller.ts';
import type { Features, RouteFeature } from './features.ts';

/** The operations, as a tenant's token reaches them. */
const OPERATIONS = [
  {
    operation: 'CreateEventTracker',
    method: 'POST',
    path: '/event-trackers',
    privilege: 'write',
    scopes: [SCOPES.write],
  },
  {
    operation: 'BatchCreateEventTrackers',
    method: 'POST',
    path: '/event-trackers/batch',
    privilege: 'write',
    scopes: [SCOPES.write],
  },
  {
    operation: 'DeleteEventTracker',
    method: 'DELETE',
    path: '/event-trackers/{trackerId}',
    privilege: 'write',
    scopes: [SCOPES.write],
  },
  {
    operation: 'RetryEventTracker',
    method: 'POST',
    path: '/event-trackers/{trackerId}/retry',
    privilege: 'write',
    scopes: [SCOPES.write],
  },
  {
    operation: 'ListEventTrackers',
    method: 'GET',
    path: '/event-trackers',
    privilege: 'read',
    scopes: [SCOPES.read],
  },
  {
    operation: 'DescribeEventTracker',
    method: 'GET',
    path: '/event-trackers/{trackerId}',
    privilege: 'read',
    scopes: [SCOPES.read],
  },
  {
    operation: 'GetEventTrackerHistory',
    method: 'GET',
    path: '/event-trackers/{trackerId}/history',
    privilege: 'read',
    scopes: [SCOPES.read],
  },
  { operation: 'GetHealth', method: 'GET', path: '/health', privilege: 'read', scopes: [] },
  { operation: 'GetOpenApi', method: 'GET', path: '/openapi.json', privilege: 'read', scopes: [] },
  { operation: 'GetProblem', method: 'GET', path: '/problems/{reason}', privilege: 'read', scopes: [] },
  {
    operation: 'PutEvents',
    method: 'POST',
    path: '/event-trackers/{trackerId}/events',
    privilege: 'events',
    scopes: [SCOPES.events],
  },
] as const;

export type Privilege = (typeof OPERATIONS)[number]['privilege'];
export type OperationName = (typeof OPERATIONS)[number]['operation'];
export type OperationOf<P extends Privilege> = Extract<(typeof OPERATIONS)[number], { privilege: P }>['operation'];

export interface Route {
  readonly operation: OperationName;
  readonly method: (typeof OPERATIONS)[number]['method'];
  /** As API Gateway writes it: `/event-trackers/{trackerId}`. */
  readonly path: string;
  /** The Lambda that serves it: one that only reads has no grant to write. */
  readonly privilege: Privilege;
  /** With `jwt`: the token needs one of them. A platform's role has them all. */
  readonly scopes: readonly string[];
  /** Who is let in: the holder of a token, an IAM role that signs (SigV4, `execute-api`), or everybody. */
  readonly authorizer: 'jwt' | 'iam' | 'none';
  /** A deployment without one of these does not have the route. */
  readonly needs: readonly RouteFeature[];
}

/** Where platforms come in, with roles instead of tokens: the same operations, each path below this one. */
export const PLATFORM_PREFIX = '/platform';

/**
 * Every route of the API at both entrances, whatever a deployment has. `offeredRoutes` says which are its own: the API Gateway
 * routes, the local front's table and the OpenAPI document are made from those.
 */
export const ROUTES: readonly Route[] = OPERATIONS.flatMap((route): Route[] => {
  if (route.scopes.length === 0) return [{ ...route, authorizer: 'none', needs: [] }];
  const needs: readonly RouteFeature[] = route.privilege === 'events' ? ['events'] : [];
  return [
    { ...route, authorizer: 'jwt', needs },
    {
      ...route,
      path: `${PLATFORM_PREFIX}${route.path}`,
      authorizer: 'iam',
      needs: [...needs, 'platformRoles'],
    },
  ];
});

/** What the route needs and the deployment lacks, by the settings' names. */
export const lacking = ({ needs }: Route, features: Features): readonly RouteFeature[] =>
  needs.filter((need) => !features[need]);

/** The routes of a deployment. */
export const offeredRoutes = (features: Features): readonly Route[] =>
  ROUTES.filter((route) => lacking(route, features).length === 0);
