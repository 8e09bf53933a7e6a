import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../console/request-log.ts';
import type { JwtAuthorizer, Unauthorized } from '../identity/authorizer.ts';
import type { IamAuthorizer } from '../identity/signature.ts';
import { decodePath, json, type OpenPort, openPort, readBody, send, splitTarget, TOO_LARGE } from '../loopback-port.ts';
import { type Clock, CUT, type WireService } from '../wire.ts';
import type { ApiEvent } from './api-event.ts';
import { type Authorized, joinHeaders, newRequestId, toEvent } from './event.ts';
import type { LambdaAuthorizer } from './lambda-authorizer.ts';
import { type ApiAnswer, toAnswer } from './result.ts';
import { type ApiRoute, type RouteMatch, routeTable } from './routes.ts';

export interface ApiPortOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  readonly routes: readonly ApiRoute[];
  /** The authorizer for routes with tokens. With a Lambda function, it does not check the scopes of the routes. */
  readonly authorizer: JwtAuthorizer | LambdaAuthorizer;
  /** The authorizer for routes with signed requests. Without it, they refuse every request. */
  readonly iam?: IamAuthorizer;
  /** Pages that only the local runtime has (`/docs`), for GET and HEAD. A prefix matches its path and everything below it; `/` matches itself only. */
  readonly extra?: ReadonlyArray<{ readonly prefix: string; readonly service: WireService }>;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** As in PortOptions. */
  readonly checkFolder?: () => void;
  /** Called after each response, except for the pages of `extra`. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** API Gateway's quota for the body of a request. */
const BODY_LIMIT = 10 * 1024 * 1024;

const NOT_FOUND = json(404, 'Not Found');
const FORBIDDEN = json(403, 'Forbidden');
const unauthorized = (challenge: string) => json(401, 'Unauthorized', { 'www-authenticate': challenge });
const SERVER_ERROR = json(500, 'Internal Server Error');
// The answer if the body is within API Gateway's quota but the event exceeds Lambda's. (koki-develop/lgtm-generator, issue 10)
const TOO_LONG = json(413, 'Request Too Long');

/**
 * An HTTP API of API Gateway on a loopback port, with routes, JWT authorizer, IAM authorization, payload format 2.0, and API Gateway's
 * own answers. It checks in API Gateway's order: route (404), token (401), scope or signature (403), body (413), function (500). It
 * always reads the body first, because a client that is still sending would otherwise see a broken connection.
 * @throws Error "port 8787 is in use; choose another with --port"
 */
export function startApiPort(options: ApiPortOptions): Promise<OpenPort> {
  const { port, host, routes, extra = [], clock = Date.now, checkFolder } = options;
  const find = routeTable(routes);
  return openPort({
    port,
    host,
    flag: '--port',
    checkFolder,
    failure: SERVER_ERROR,
    async onRequest(request, response) {
      const requestId = newRequestId();
      response.setHeader('apigw-requestid', requestId);
      const { rawPath, rawQuery } = splitTarget(request.url ?? '/');
      const path = decodePath(rawPath);
      if (path === undefined) return send(response, json(400, 'Bad Request'));
      const page = extra.find(({ prefix }) => path === prefix || (prefix !== '/' && path.startsWith(`${prefix}/`)));
      if (page !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
        const query = new URLSearchParams(rawQuery);
        const answer = await page.service({ method: 'GET', path, query, headers: request.headers, body: Buffer.of() });
        return answer === CUT ? void request.socket.destroy() : send(response, answer);
      }
      const match = find(request.method ?? 'GET', rawPath);
      const ids = { requestId, now: clock() };
      const startedAt = performance.now();
      const body = await readBody(request, BODY_LIMIT);
      const sent = sendValid(response, await answerOf(match, options, request, body, ids));
      options.onExchange?.({
        requestId,
        at: ids.now,
        durationMs: performance.now() - startedAt,
        method: request.method ?? 'GET',
        target: request.url ?? '/',
        request: { headers: joinHeaders(request), body: body === TOO_LARGE ? '' : body },
        status: sent.status,
        response: { headers: { ...sent.headers, 'apigw-requestid': requestId }, body: sent.body },
      });
    },
  });
}

type Body = Buffer | typeof TOO_LARGE;
type Ids = Parameters<typeof toEvent>[4];

async function answerOf(
  match: RouteMatch | undefined,
  options: ApiPortOptions,
  request: IncomingMessage,
  body: Body,
  ids: Ids,
): Promise<ApiAnswer> {
  if (match === undefined) return NOT_FOUND;
  const authorized = await authorize(match, options, request, body, ids);
  if (authorized === 'unauthorized') return json(401, 'Unauthorized');
  if (authorized === 'forbidden') return FORBIDDEN;
  if (authorized === 'failed') return SERVER_ERROR;
  if (authorized !== undefined && 'challenge' in authorized) return unauthorized(authorized.challenge);
  if (body === TOO_LARGE) return json(413, 'Request Entity Too Large');
  return invoke(match, toEvent(request, body, match, authorized, ids));
}

async function authorize(
  match: RouteMatch,
  { authorizer, iam }: ApiPortOptions,
  request: IncomingMessage,
  body: Body,
  ids: Ids,
): Promise<Authorized | Unauthorized | 'unauthorized' | 'forbidden' | 'failed' | undefined> {
  const { authorizer: kind, scopes } = match.route;
  if (kind === 'none') return undefined;
  if (kind === 'iam') return signed(iam, request, body);
  if ('authorize' in authorizer) return authorizer.authorize(toEvent(request, Buffer.of(), match, undefined, ids));
  const token = await authorizer.verify(request.headersDistinct.authorization?.join(','));
  if ('challenge' in token) return token;
  if (scopes.length > 0 && !scopes.some((scope) => token.scopes.includes(scope))) return 'forbidden';
  return { jwt: token };
}

async function signed(
  iam: IamAuthorizer | undefined,
  request: IncomingMessage,
  body: Body,
): Promise<Authorized | 'forbidden'> {
  // The signature of a body that is too large to keep can't be verified.
  if (iam === undefined || body === TOO_LARGE) return 'forbidden';
  const { method = 'GET', url = '/', headersDistinct: headers } = request;
  const signer = await iam.verify({ method, ...splitTarget(url), headers, body });
  return signer === 'forbidden' ? signer : { iam: signer };
}

async function invoke({ route, routeKey }: RouteMatch, event: ApiEvent): Promise<ApiAnswer> {
  let result: unknown;
  try {
    result = await route.invoke(event);
  } catch (error) {
    if (error instanceof Error && error.name === 'RequestTooLargeException') return TOO_LONG;
    console.error(`${routeKey} failed`, error);
    return SERVER_ERROR;
  }
  const made = toAnswer(result);
  if (made === undefined) {
    console.error(`${routeKey} returned a malformed response: check statusCode, headers and body.`);
  }
  return made ?? SERVER_ERROR;
}

/** Sends the answer, or a 500 if HTTP does not allow one of its headers. @returns what was sent */
function sendValid(response: ServerResponse, made: ApiAnswer): ApiAnswer {
  try {
    send(response, made);
    return made;
  } catch (error) {
    // Node throws if HTTP does not allow the name or value of a header.
    if (!(error instanceof TypeError) || response.headersSent) throw error;
    const { rawPath } = splitTarget(response.req.url ?? '/');
    console.error(`The answer to ${response.req.method} ${rawPath} has a header that HTTP does not allow.`);
    for (const name of response.getHeaderNames()) if (name !== 'apigw-requestid') response.removeHeader(name);
    send(response, SERVER_ERROR);
    return SERVER_ERROR;
  }
}
