import { SCOPES } from '../requests/caller.ts';
import type { Features, RouteFeature } from './features.ts';

/**
 * The operations with their paths for tenants. An `open` one needs no authentication. One over `allTenants` is for platforms only: their
 * roles call it below /platform, and tokens need the scope for platforms.
 */
const OPERATIONS = [
  { operation: 'CreateEventTracker', method: 'POST', path: '/event-trackers', privilege: 'write' },
  { operation: 'BatchCreateEventTrackers', method: 'POST', path: '/event-trackers/batch', privilege: 'write' },
  { operation: 'UpdateEventTracker', method: 'PATCH', path: '/event-trackers/{trackerId}', privilege: 'write' },
  { operation: 'DeleteEventTracker', method: 'DELETE', path: '/event-trackers/{trackerId}', privilege: 'write' },
  { operation: 'RetryEventTracker', method: 'POST', path: '/event-trackers/{trackerId}/retry', privilege: 'write' },
  { operation: 'ListEventTrackers', method: 'GET', path: '/event-trackers', privilege: 'read' },
  {
    operation: 'SummarizeEventTrackers',
    method: 'GET',
    path: '/event-trackers/summary',
    privilege: 'read',
    allTenants: true,
  },
  {
    operation: 'RetryEventTrackers',
    method: 'POST',
    path: '/event-trackers/retry',
    privilege: 'write',
    allTenants: true,
  },
  { operation: 'ListOperations', method: 'GET', path: '/operations', privilege: 'read', allTenants: true },
  {
    operation: 'DescribeOperation',
    method: 'GET',
    path: '/operations/{operationId}',
    privilege: 'read',
    allTenants: true,
  },
  {
    operation: 'CancelOperation',
    method: 'POST',
    path: '/operations/{operationId}/cancel',
    privilege: 'write',
    allTenants: true,
  },
  { operation: 'DescribeEventTracker', method: 'GET', path: '/event-trackers/{trackerId}', privilege: 'read' },
  {
    operation: 'GetEventTrackerHistory',
    method: 'GET',
    path: '/event-trackers/{trackerId}/history',
    privilege: 'read',
  },
  { operation: 'GetHealth', method: 'GET', path: '/health', privilege: 'read', open: true },
  { operation: 'GetOpenApi', method: 'GET', path: '/openapi.json', privilege: 'read', open: true },
  { operation: 'GetProblem', method: 'GET', path: '/problems/{reason}', privilege: 'read', open: true },
  { operation: 'PutEvents', method: 'POST', path: '/event-trackers/{trackerId}/events', privilege: 'events' },
] as const;

type Operation = (typeof OPERATIONS)[number];
export type Privilege = Operation['privilege'];
export type OperationName = Operation['operation'];
export type OperationOf<P extends Privilege> = Extract<Operation, { privilege: P }>['operation'];

export interface Route {
  readonly operation: OperationName;
  readonly method: Operation['method'];
  /** In the syntax of API Gateway: `/event-trackers/{trackerId}`. */
  readonly path: string;
  /** Chooses the Lambda function: one that only reads has no permission to write. */
  readonly privilege: Privilege;
  /** With `jwt`, the token needs one of them. Platform roles have every scope. */
  readonly scopes: readonly string[];
  /** Only platforms may call it. */
  readonly isForAllTenants: boolean;
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
export const ROUTES: readonly Route[] = OPERATIONS.flatMap(
  ({ operation, method, path, privilege, ...rest }): Route[] => {
    const isForAllTenants = 'allTenants' in rest;
    const route = { operation, method, path, privilege, isForAllTenants };
    if ('open' in rest) return [{ ...route, scopes: [], authorizer: 'none', needs: [] }];
    // API Gateway accepts a token with any one scope of a list, so the function checks the privilege's scope itself.
    const scopes = [isForAllTenants ? SCOPES.platform : SCOPES[privilege]];
    const needs: readonly RouteFeature[] = privilege === 'events' ? ['events'] : [];
    return [
      { ...route, scopes, authorizer: 'jwt', needs },
      { ...route, path: `${PLATFORM_PREFIX}${path}`, scopes, authorizer: 'iam', needs: [...needs, 'platformRoles'] },
    ];
  },
);

/** The scopes that a token needs for the route, all of them. */
export const scopesNeeded = ({ scopes, privilege, isForAllTenants }: Route): readonly string[] =>
  isForAllTenants ? [...scopes, SCOPES[privilege]] : scopes;

/** The features that the route needs and that are off, by the names of their settings. */
export const lacking = ({ needs }: Route, features: Features): readonly RouteFeature[] =>
  needs.filter((need) => !features[need]);

/** The routes of a deployment. */
export const offeredRoutes = (features: Features): readonly Route[] =>
  ROUTES.filter((route) => lacking(route, features).length === 0);
