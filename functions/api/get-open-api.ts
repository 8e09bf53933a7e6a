import { withEtag } from './conditional.ts';
import type { ApiContext } from './context.ts';
import { openApiJson } from './openapi-document.ts';
import type { Operation } from './pipeline.ts';

/** GET /openapi.json: the document of this deployment, generated at the first request. It needs no token. */
export function getOpenApi({ scope, features }: ApiContext): Operation {
  let body: string | undefined;
  return async (event) => {
    body ??= openApiJson(scope, features);
    return withEtag(event, { statusCode: 200, headers: { 'content-type': 'application/json' }, body });
  };
}
