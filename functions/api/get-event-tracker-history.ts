import { readOwn } from '../requests/visibility.ts';
import { messageOf } from '../tracker/history.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { ApiContext } from './context.ts';
import { jsonResponse } from './json-response.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery, trackerIdIn } from './request.ts';

/** GET /event-trackers/{trackerId}/history: the latest 50 transitions, oldest first. */
export function getEventTrackerHistory({ store, tenancy }: ApiContext): Operation {
  return async (event) => {
    const caller = callerOf(event, tenancy);
    const { trackerId, history } = await readOwn(store, trackerIdIn(event), caller);
    parseQuery(event, emptyObject);
    const transitions = history.map((entry) => {
      const { at, reason: _, ...rest } = entry;
      return { at: new Date(at).toISOString(), ...rest, message: messageOf(entry) };
    });
    return jsonResponse({ trackerId, transitions }, { headers: { 'cache-control': 'private, no-cache' } });
  };
}
