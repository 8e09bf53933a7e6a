import { trackerStore } from '../environment.ts';
import { createLog, type Log } from '../log.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { isTrackerId } from '../tracker/identity.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { tenantOf } from '../tracker/tenancy.ts';
import { tenantClaim } from './environment.ts';
import { apiHandler, type Operation } from './pipeline.ts';
import { resourceAnswer } from './resource.ts';

export interface ReadTools {
  readonly store: Pick<TrackerStore, 'read'>;
  readonly now: () => number;
}

/** GET /event-trackers/{trackerId}: a strongly consistent read, so it is right from the moment of the 202. */
function describeEventTracker({ store, now }: ReadTools, claimName: string): Operation {
  return async (event) => {
    const tenantId = tenantOf(event.requestContext.authorizer.jwt.claims, claimName);
    const trackerId = event.pathParameters?.trackerId ?? '';
    const record = isTrackerId(trackerId) ? await store.read(trackerId) : undefined;
    if (record?.tenantId !== tenantId) throw new RequestRefused({ reason: 'NOT_FOUND' });
    return resourceAnswer(record, now(), { accepted: false });
  };
}

export function createReadHandler(tools: ReadTools, log: Log, claimName: string) {
  return apiHandler('read', { DescribeEventTracker: describeEventTracker(tools, claimName) }, log);
}

let served: ReturnType<typeof createReadHandler> | undefined;

/** The Lambda that reads. Its clients are made at the first request, once an environment. */
export const handler: ReturnType<typeof createReadHandler> = (event, context) => {
  served ??= createReadHandler(
    { store: trackerStore(), now: Date.now },
    createLog('event-trackers-api'),
    tenantClaim(),
  );
  return served(event, context);
};
