/** Scopes as Cognito names them: the resource server before each. */
export const SCOPES = {
  read: 'event-trackers/read',
  write: 'event-trackers/write',
  adopt: 'event-trackers/adopt',
} as const;

/**
 * Every route of the API: the API Gateway routes, the local front's table and the Lambdas' routers are made from it.
 * `privilege` names the Lambda that serves it: one that only reads has no grant to write.
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
    operation: 'DescribeEventTracker',
    method: 'GET',
    path: '/event-trackers/{trackerId}',
    privilege: 'read',
    scopes: [SCOPES.read],
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
] as const;

export type Route = (typeof ROUTES)[number];
export type Privilege = Route['privilege'];
export type OperationOf<P extends Privilege> = Extract<Route, { privilege: P }>['operation'];
