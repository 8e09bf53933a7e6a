import type { ApiContext } from './context.ts';
import { jsonResponse } from './json-response.ts';
import type { Operation } from './pipeline.ts';

/**
 * GET /health: whether the table can be read. It needs no token, so it reveals nothing else.
 * @param onDown receives the reason, for the log
 */
export function getHealth({ store }: ApiContext, onDown: (correlationId: string, error: unknown) => void): Operation {
  return async ({ requestContext }) => {
    const isUp = await store.read('health').then(
      () => true,
      (error: unknown) => {
        onDown(requestContext.requestId, error);
        return false;
      },
    );
    return jsonResponse({ status: isUp ? 'ok' : 'unavailable' }, { statusCode: isUp ? 200 : 503 });
  };
}
