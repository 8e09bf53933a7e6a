import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { tokenOfLambda } from './caller.ts';
import type { ApiEvent } from './request.ts';
import type { Route } from './routes.ts';

/** A response of API Gateway's JWT authorizer. */
const refusal = (statusCode: number, message: string, headers = {}): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message }),
});
const EXPIRED = refusal(401, 'Unauthorized', { 'www-authenticate': 'Bearer scope="" error="invalid_token"' });
const FORBIDDEN = refusal(403, 'Forbidden');

/**
 * What API Gateway's JWT authorizer checks with each request, but a Lambda authorizer once for all routes, as API Gateway keeps its
 * answer: that the token has not expired and has a scope of the route. The responses are those of the JWT authorizer.
 * @param now milliseconds since the epoch
 * @returns undefined if the token may be used, or came by another way
 */
export function refusalOfToken(
  event: ApiEvent,
  { scopes }: Pick<Route, 'scopes'>,
  now: number,
): APIGatewayProxyStructuredResultV2 | undefined {
  const token = tokenOfLambda(event);
  if (token === undefined) return undefined;
  if (token.expiresAt <= now) return EXPIRED;
  return scopes.some((scope) => token.scopes.includes(scope)) ? undefined : FORBIDDEN;
}
