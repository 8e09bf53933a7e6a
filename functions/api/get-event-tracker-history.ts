import { readOwn } from './asker.ts';
import { callerOf } from './caller.ts';
import type { ApiContext } from './context.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery, trackerIdIn } from './request.ts';
import { nothing } from './schemas.ts';

/** GET /event-trackers/{trackerId}/history: the newest 50 steps, oldest first, with causes and AWS request ids. */
export function getEventTrackerHistory({ store, claimName }: ApiContext): Operation {
  return async (event) => {
    const caller = callerOf(event, claimName);
    const { trackerId, history } = await readOwn(store, trackerIdIn(event), caller);
    parseQuery(event, nothing);
    const transitions = history.map(({ at, ...step }) => ({ at: new Date(at).toISOString(), ...step }));
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache' },
      body: JSON.stringify({ trackerId, transitions }),
    };
  };
}
