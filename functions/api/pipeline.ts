import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Log } from '../log.ts';
import { isTrackerId } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { refusalOfToken } from './cached-token.ts';
import { actingOf } from './caller.ts';
import { entranceOf } from './entrance.ts';
import { INTERNAL_ERROR, problemOf, problemResponse } from './problem.ts';
import { type ApiEvent, traceparentOf } from './request.ts';
import { type OperationOf, type Privilege, ROUTES } from './routes.ts';

/** One operation: it parses the request, calls one domain function, and returns the response. */
export type Operation = (event: ApiEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** The Lambda of one privilege: its operations by API Gateway's route keys, which the route table gives. */
export function apiHandler<P extends Privilege>(
  privilege: P,
  operations: Readonly<Record<OperationOf<P>, Operation>>,
  log: Log,
  otherwise: Operation = noSuchRoute,
): (event: ApiEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2> {
  const byName = new Map<string, Operation>(Object.entries<Operation>(operations));
  const byRouteKey = new Map(
    ROUTES.filter((route) => route.privilege === privilege).map((route) => [`${route.method} ${route.path}`, route]),
  );
  const answer: Operation = async (event) => {
    const route = byRouteKey.get(event.routeKey);
    const operation = route && byName.get(route.operation);
    if (route === undefined || operation === undefined) return otherwise(event);
    return refusalOfToken(event, route, Date.now()) ?? operation(event);
  };
  return (
    // No early time-out: the abandoned handler could continue to write when the environment is reused.
    middy<ApiEvent, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: 0 })
      .use(problemsAndLog(log))
      // API Gateway has chosen the route; requests without one arrive as $default.
      .handler(answer)
  );
}

const noSuchRoute: Operation = async () => {
  throw new RequestRejected({ reason: 'NOT_FOUND' });
};

/** Only values in the form of an id are logged: anything else may be a secret that was pasted into the path. */
function trackerIn({ pathParameters }: ApiEvent): { trackerId?: string } {
  const { trackerId = '' } = pathParameters ?? {};
  return isTrackerId(trackerId) ? { trackerId } : {};
}

/** Turns errors into problems and logs one line per request, without body, token or tracking ID. */
function problemsAndLog(log: Log): middy.MiddlewareObj<ApiEvent, APIGatewayProxyStructuredResultV2> {
  const line = (event: ApiEvent, status: number | undefined) => ({
    correlationId: event.requestContext.requestId,
    traceparent: traceparentOf(event),
    route: event.routeKey,
    status,
    ...trackerIn(event),
    ...actingOf(event),
  });
  return {
    after: ({ event, response }) => log.info('request', line(event, response?.statusCode)),
    onError: (request) => {
      const { event, error } = request;
      const problem = error instanceof RequestRejected ? problemOf(error.refused, entranceOf(event)) : INTERNAL_ERROR;
      request.response = problemResponse(problem, event.requestContext.requestId);
      if (problem === INTERNAL_ERROR) log.error('request', error, line(event, 500));
      else log.info('request', { ...line(event, problem.status), reason: problem.reason });
    },
  };
}
