import { SCOPES } from '../requests/caller.ts';
import type { Features, RouteFeature } from './features.ts';

/** The operations with their paths for tenants. */
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
  /** In the syntax of API Gateway: `/event-trackers/{trackerId}`. */
  readonly path: string;
  /** Chooses the Lambda function: one that only reads has no permission to write. */
  readonly privilege: Privilege;
  /** With `jwt`, the token needs one of them. Platform roles have every scope. */
  readonly scopes: readonly string[];
  /** How callers authenticate: with a token, with SigV4 (`execute-api`), or not at all. */
  readonly authorizer: 'jwt' | 'iam' | 'none';
  /** The route exists only if these features are on. */
  readonly needs: readonly RouteFeature[];
}

/** Platforms call the same operations under this prefix, signed with SigV4. */
export const PLATFORM_PREFIX = '/platform';

/**
 * Every route of the API, whatever features are on. The routes of a deployment are `offeredRoutes`: from these API Gateway, the local
 * runtime and the OpenAPI document are built.
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

/** The features that the route needs and that are off, by the names of their settings. */
export const lacking = ({ needs }: Route, features: Features): readonly RouteFeature[] =>
  needs.filter((need) => !features[need]);

/** The routes of a deployment. */
export const offeredRoutes = (features: Features): readonly Route[] =>
  ROUTES.filter((route) => lacking(route, features).length === 0);
