/** Scopes as Cognito names them: the resource server before each. */
export const SCOPES = {
  read: 'event-trackers/read',
  write: 'event-trackers/write',
  events: 'event-trackers/events',
  adopt: 'event-trackers/adopt',
  callback: 'event-trackers/callback',
  platform: 'event-trackers/platform',
} as const;

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
}

/** Where platforms come in, with roles instead of tokens: the same operations, each path below this one. */
export const PLATFORM_ENTRANCE = '/platform';

/**
 * Every route of the API at both entrances: the API Gateway routes, the local front's table, the Lambdas' routers and the OpenAPI
 * document are made from it.
 */
export const ROUTES: readonly Route[] = OPERATIONS.flatMap((route): Route[] => {
  if (route.scopes.length === 0) return [{ ...route, authorizer: 'none' }];
  return [
    { ...route, authorizer: 'jwt' },
    { ...route, path: `${PLATFORM_ENTRANCE}${route.path}`, authorizer: 'iam' },
  ];
});
