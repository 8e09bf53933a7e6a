import { Duration } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpJwtAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AUTHORIZER_CACHE_SECONDS, AUTHORIZER_TIMEOUT_SECONDS } from '../authorizer-times.ts';
import type { StackConfig } from './config.ts';
import { AUDIENCE_FILE } from './deployment-files.ts';
import { createFunction, type FunctionContext } from './functions.ts';

/** The Lambda authorizer. It calls the issuer and nothing else, so its role may only write logs and traces. */
export function createAuthorizerFunction(scope: Construct, context: FunctionContext): LambdaFunction {
  const { issuer, audiencePattern, tokenUse, tenancy } = context.config;
  return createFunction(scope, 'api-authorizer', context, {
    description: 'Verifies tokens for API Gateway',
    timeout: Duration.seconds(AUTHORIZER_TIMEOUT_SECONDS),
    callsAws: false,
    environment: {
      ISSUER: issuer,
      OPENID_CONFIGURATION_URL: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      AUDIENCE_FILE,
      ...(audiencePattern !== undefined && { AUDIENCE_PATTERN: audiencePattern }),
      TOKEN_USE: tokenUse,
      TENANT_CLAIM: tenancy.claim,
    },
  });
}

/**
 * What checks the tokens of a route with scopes: API Gateway's JWT authorizer, or the function. API Gateway keeps the function's answer for the
 * Authorization header, for all routes: the API's functions check the scopes.
 */
export function tokenAuthorizer(
  { issuer, audience }: StackConfig,
  authorizer: LambdaFunction | undefined,
): { readonly authorizer: IHttpRouteAuthorizer; readonly checksScopes: boolean } {
  if (authorizer === undefined) {
    return { authorizer: new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [...audience] }), checksScopes: true };
  }
  return {
    authorizer: new HttpLambdaAuthorizer('Function', authorizer, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'],
      resultsCacheTtl: Duration.seconds(AUTHORIZER_CACHE_SECONDS),
    }),
    checksScopes: false,
  };
}
