import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { JwtAuthorizer } from '../identity/authorizer.ts';
import { json, type OpenPort, openPort, readBody, send, splitTarget, TOO_LARGE } from '../loopback-port.ts';
import { answerOf, payloadOf } from './payload.ts';
import { createRouteTable, type Route } from './route-table.ts';

/** A Lambda behind a route. */
export type ApiFunction = (event: APIGatewayProxyEventV2WithJWTAuthorizer) => Promise<unknown>;

export interface ApiPortOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  readonly authorizer: JwtAuthorizer;
  readonly routes: readonly Route<ApiFunction>[];
}

/** API Gateway's own limit on a request's body, in bytes. */
const BODY_LIMIT = 10 * 1024 * 1024;

const INTERNAL = json(500, 'Internal Server Error');

/**
 * The HTTP API with a JWT authorizer, as API Gateway is one: the route is found first, then the token is checked, then the
 * Lambda called with payload 2.0. What is answered before the Lambda has AWS's own `{"message"}`.
 * @throws Error "port 8787 is in use; choose another with --port"
 */
export function startApiPort({ port, host, authorizer, routes }: ApiPortOptions): Promise<OpenPort> {
  const find = createRouteTable(routes);
  return openPort({
    port,
    host,
    flag: '--port',
    failure: INTERNAL,
    async onRequest(request, response) {
      const body = await readBody(request, BODY_LIMIT);
      if (body === TOO_LARGE) return send(response, json(413, 'Request Entity Too Large'));
      const matched = find(request.method ?? 'GET', splitTarget(request.url ?? '/').rawPath);
      if (matched === undefined) return send(response, json(404, 'Not Found'));
      const verified = await authorizer.verify(request.headers.authorization);
      if (verified === 'unauthorized') {
        return send(response, json(401, 'Unauthorized', { 'www-authenticate': 'Bearer' }));
      }
      const { scopes } = matched.route;
      if (scopes.length > 0 && !scopes.some((scope) => verified.scopes.includes(scope))) {
        return send(response, json(403, 'Forbidden'));
      }
      await answer(request, response, matched.route.handler, payloadOf(request, body, matched, verified));
    },
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: ApiFunction,
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): Promise<void> {
  const answered = answerOf(await handler(event));
  if (answered === undefined) return send(response, INTERNAL);
  if (answered.cookies.length > 0) response.setHeader('set-cookie', [...answered.cookies]);
  // API Gateway gives every answer its request's id.
  response.setHeader('apigw-requestid', event.requestContext.requestId);
  send(response, request.method === 'HEAD' ? { ...answered, body: '' } : answered);
}
