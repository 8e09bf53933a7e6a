import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { claimStrings } from '../../../functions/authorizer/claims.ts';
import type { Verified } from '../identity/authorizer.ts';
import type { Signer } from '../identity/signature.ts';
import { splitTarget } from '../loopback-port.ts';
import { ACCOUNT_ID } from '../wire.ts';
import type { ApiEvent } from './api-event.ts';
import type { RouteMatch } from './routes.ts';

export const API_ID = 'localapi00';

/** The caller that the route's authorizer accepted. */
export type Authorized =
  | { readonly jwt: Verified }
  | { readonly iam: Signer }
  /** The context that the Lambda authorizer returned. */
  | { readonly lambda: unknown };

/** Headers that never reach a Lambda function: they belong to one connection, or, like cookies, have their own field. */
const NOT_IN_EVENT = new Set([
  'connection',
  'cookie',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The content types whose body a function receives as text. Any other body is base64, including forms and bodies without a content
 * type. Measured on AWS (ministackorg/ministack, pull request 766), because the documentation says only "binary".
 */
const TEXT_TYPE = /^\s*(text\/[^;]+|application\/(json|xml|javascript))\s*(;|$)/i;

/** A request id in API Gateway's format. Every response has one, including API Gateway's own. */
export const newRequestId = (): string => `${randomBytes(11).toString('base64url')}=`;

/**
 * Builds the event that API Gateway sends for an HTTP API (payload format 2.0). `rawPath` is decoded, but `rawQueryString` is not.
 * Repeated query keys and headers are joined with commas. Claims are strings. `scopes` is null if the route declares none.
 */
export function toEvent(
  request: IncomingMessage,
  body: Buffer,
  { route, routeKey, pathParameters }: RouteMatch,
  authorized: Authorized | undefined,
  { requestId, now }: { readonly requestId: string; readonly now: number },
): ApiEvent {
  const { rawPath: encodedPath, rawQuery } = splitTarget(request.url ?? '/');
  const rawPath = decodeURIComponent(encodedPath);
  const headers = joinHeaders(request);
  const cookies = (request.headersDistinct.cookie ?? []).flatMap((line) => line.split(/;\s*/)).filter(Boolean);
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const text = isText(headers['content-type'], headers['content-encoding']);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: rawQuery,
    ...(cookies.length > 0 && { cookies }),
    headers: {
      ...headers,
      'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
      'x-forwarded-port': String(request.socket.localPort ?? ''),
      'x-forwarded-proto': 'http',
    },
    ...(rawQuery !== '' && { queryStringParameters: joinQuery(rawQuery) }),
    ...(pathParameters !== undefined && { pathParameters }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      ...(authorized !== undefined && { authorizer: authorizerOf(authorized, route) }),
      domainName: host,
      domainPrefix: host.split('.')[0] ?? host,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 && { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

function authorizerOf(authorized: Authorized, { scopes }: RouteMatch['route']) {
  if ('iam' in authorized) return { iam: authorized.iam };
  if ('lambda' in authorized) return { lambda: authorized.lambda };
  const { claims, scopes: given } = authorized.jwt;
  return { jwt: { claims: claimStrings(claims), scopes: scopes.length > 0 ? [...given] : null } };
}

/** The headers that reach a function; repeated ones are joined with commas. */
export function joinHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (!NOT_IN_EVENT.has(name) && values !== undefined) headers[name] = values.join(',');
  }
  return headers;
}

function joinQuery(rawQuery: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(rawQuery)) {
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

const isText = (type = '', encoding = ''): boolean => encoding === '' && TEXT_TYPE.test(type);

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
