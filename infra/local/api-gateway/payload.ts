import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Verified } from '../identity/authorizer.ts';
import { splitTarget } from '../loopback-port.ts';
import { ACCOUNT_ID, type WireAnswer } from '../wire.ts';
import type { Matched } from './route-table.ts';

const API_ID = 'local';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A request as API Gateway hands it to a Lambda: payload format 2.0. */
export function payloadOf(
  request: IncomingMessage,
  body: Buffer,
  { route, pathParameters }: Matched<unknown>,
  verified: Verified,
): APIGatewayProxyEventV2WithJWTAuthorizer {
  const { rawPath, rawQuery } = splitTarget(request.url ?? '/');
  const { cookie, ...headers } = joinedHeaders(request);
  const query = joinedQuery(rawQuery);
  const now = new Date();
  const method = request.method ?? 'GET';
  const routeKey = `${route.method} ${route.path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: rawQuery,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(query && { queryStringParameters: query }),
    ...(pathParameters && { pathParameters }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      authorizer: {
        principalId: '',
        integrationLatency: 0,
        // AWS hands over null where the route declares no scopes, which its types do not say.
        jwt: {
          claims: claimsAsText(verified.claims),
          scopes: (route.scopes.length > 0 ? verified.scopes : null) as string[],
        },
      },
      domainName: headers.host ?? '127.0.0.1',
      domainPrefix: API_ID,
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: requestTime(now),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(body, headers['content-type']),
  };
}

/** Lower case, repeated ones joined by comma; cookies by semicolon, as Node joins them. */
function joinedHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === 'cookie' ? '; ' : ','),
    ]),
  );
}

/** Repeated keys joined by comma; nothing where there is no query. */
function joinedQuery(rawQuery: string): Record<string, string> | undefined {
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(rawQuery)) {
    query[key] = Object.hasOwn(query, key) ? `${query[key]},${value}` : value;
  }
  return Object.keys(query).length > 0 ? query : undefined;
}

/** AWS hands every claim over as a string: numbers and booleans as JSON writes them, lists as `[a b]`. */
function claimsAsText(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  const text = (value: unknown): string => {
    if (typeof value === 'string') return value;
    return Array.isArray(value) ? `[${value.map(text).join(' ')}]` : JSON.stringify(value);
  };
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}

/** Text as it is, anything else as base64. */
function bodyOf(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = /^(text\/|application\/(json|javascript|xml|[\w.+-]*\+(json|xml)))/i.test(contentType);
  return isText
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/** `23/Nov/2026:12:00:00 +0000` */
function requestTime(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(two).join(':');
  return `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}:${clock} +0000`;
}

/**
 * What a handler returned, as an HTTP answer: a structured result, or anything else as JSON with 200 (format 2.0 infers it).
 * @returns undefined for a result that API Gateway can't read: it answers 500 itself
 */
export function answerOf(result: unknown): (WireAnswer & { readonly cookies: readonly string[] }) | undefined {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body, cookies: [] };
  }
  const {
    statusCode,
    headers = {},
    body = '',
    isBase64Encoded,
    cookies = [],
  } = result as APIGatewayProxyStructuredResultV2;
  if (
    !Number.isInteger(statusCode) ||
    Number(statusCode) < 100 ||
    Number(statusCode) > 599 ||
    typeof body !== 'string'
  ) {
    return undefined;
  }
  return {
    status: Number(statusCode),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
    cookies,
  };
}
