/** Scopes as Cognito names them: the resource server before each. */
export const SCOPES = {
  read: 'event-trackers/read',
  write: 'event-trackers/write',
  events: 'event-trackers/events',
  adopt: 'event-trackers/adopt',
  callback: 'event-trackers/callback',
  platform: 'event-trackers/platform',
} as const;

/**
 * Every route of the API: the API Gateway routes, the local front's table, the Lambdas' routers and the OpenAPI document are
 * made from it. `privilege` names the Lambda that serves it: one that only reads has no grant to write. `scopes`: the token
 * needs one of them; with none, the route is open to everybody.
 */
export const ROUTES = [
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
  {
    operation: 'PutEvents',
    method: 'POST',
    path: '/event-trackers/{trackerId}/events',
    privilege: 'events',
    scopes: [SCOPES.events],
  },
] as const;

export type Route = (typeof ROUTES)[number];
export type Privilege = Route['privilege'];
export type OperationName = Route['operation'];
export type OperationOf<P extends Privilege> = Extract<Route, { privilege: P }>['operation'];
