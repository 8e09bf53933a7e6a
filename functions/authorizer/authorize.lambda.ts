import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { authorizerSettings } from '../environment.ts';
import { createLog, type Log } from '../log.ts';
import { createAudience } from './audience.ts';
import { type AuthorizerContext, contextOf } from './context.ts';
import { readIssuerDocument } from './issuer-document.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

export type AuthorizerEvent = Pick<
  APIGatewayRequestAuthorizerEventV2,
  'identitySource' | 'routeKey' | 'requestContext'
>;
type Answer = APIGatewaySimpleAuthorizerResult | APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;

/**
 * Answers whether a token is valid, and whose it is. API Gateway keeps the answer for the token, whatever the route, so the functions of the
 * API check the route's scope. An error becomes a 500 there, and is not kept.
 */
export function createAuthorizer(verifier: TokenVerifier, claimName: string, log: Log) {
  return async ({ identitySource, routeKey, requestContext }: AuthorizerEvent): Promise<Answer> => {
    const facts = { correlationId: requestContext.requestId, route: routeKey };
    try {
      const verified = await verifier.verify(identitySource?.[0] ?? '');
      if ('payload' in verified) return { isAuthorized: true, context: contextOf(verified.payload, claimName) };
      log.info('a token was refused', { ...facts, why: verified.refused });
      return { isAuthorized: false };
    } catch (error) {
      log.error('a token could not be judged', error, facts);
      throw error;
    }
  };
}

let authorizer: ReturnType<typeof createAuthorizer> | undefined;

/** The Lambda authorizer of deployments with `authorizer: FUNCTION`. */
export const handler: ReturnType<typeof createAuthorizer> = (event) => {
  authorizer ??= deployedAuthorizer();
  return authorizer(event);
};

function deployedAuthorizer() {
  const { issuer, configurationUrl, audience, audiencePattern, tokenUse, tenantClaim } = authorizerSettings();
  const verifier = createTokenVerifier({
    issuer,
    configurationUrl,
    tokenUse,
    audience: createAudience(audience, audiencePattern),
    readDocument: readIssuerDocument,
    now: Date.now,
  });
  return createAuthorizer(verifier, tenantClaim, createLog('event-trackers-api'));
}
