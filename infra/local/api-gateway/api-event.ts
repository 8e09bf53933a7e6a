import type {
  APIGatewayEventRequestContextIAMAuthorizer,
  APIGatewayEventRequestContextJWTAuthorizer,
  APIGatewayProxyEventV2,
} from 'aws-lambda';

/** The event of payload format 2.0, with the authorizer's part where a route has one. */
export type ApiEvent = APIGatewayProxyEventV2 & {
  requestContext: {
    authorizer?:
      | APIGatewayEventRequestContextJWTAuthorizer
      | APIGatewayEventRequestContextIAMAuthorizer
      | { readonly lambda: unknown };
  };
};
