import type { ApiContext } from './context.ts';
import type { Operation } from './pipeline.ts';

/** GET /health: whether requests can be served: the table answers. Open to everybody, and tells nothing else. */
export function getHealth({ store }: ApiContext): Operation {
  return async () => {
    const isUp = await store.read('health').then(
      () => true,
      () => false,
    );
    return {
      statusCode: isUp ? 200 : 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ status: isUp ? 'ok' : 'unavailable' }),
    };
  };
}
