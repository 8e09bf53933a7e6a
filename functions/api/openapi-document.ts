import type { Features } from './features.ts';
import { openApiDocument } from './openapi.ts';
import type { DeploymentScope } from './schemas.ts';

/**
 * The OpenAPI document of a deployment as JSON. A Lambda's bundle has the document itself in place of this module
 * (infra/aws/bundle.ts), made for the deployment's features, so that no Lambda makes it.
 */
export const openApiJson = (scope: DeploymentScope, features: Features): string =>
  JSON.stringify(openApiDocument(scope, features));
