import { withEtag } from './conditional.ts';
import type { ApiContext } from './context.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation } from './pipeline.ts';

/** GET /openapi.json: the document of this deployment, generated at the first request. It needs no token. */
export function getOpenApi({ scope, features }: ApiContext): Operation {
  let body: string | undefined;
  return async (event) => {
    body ??= JSON.stringify(openApiDocument(scope, features));
    return withEtag(event, { statusCode: 200, headers: { 'content-type': 'application/json' }, body });
  };
}
