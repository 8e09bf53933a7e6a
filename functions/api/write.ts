import { lifecycleSettings, trackerStore } from '../environment.ts';
import { createLog, type Log } from '../log.ts';
import { hashOf, isTrackerId, trackerIdOf } from '../tracker/identity.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { assertMayUse, datasetGroupsOf, tenantOf } from '../tracker/tenancy.ts';
import { requestEventTracker } from './create-event-tracker.ts';
import { ownRecord, requestDeletion, requestRetry } from './delete-event-tracker.ts';
import { home, tenantClaim, workflowGateway } from './environment.ts';
import { apiHandler, type Operation } from './pipeline.ts';
import { type ApiEvent, parseBody, parseOptionalBody, parseQuery, traceparentOf } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { SCOPES } from './routes.ts';
import { createEventTrackerRequest, deleteEventTrackerQuery, type Home, nothing } from './schemas.ts';
import type { RequestTools } from './wish-change.ts';

interface WriteContext {
  readonly tools: RequestTools;
  readonly home: Home;
  readonly claimName: string;
}

/** The caller, and the key by which a lost answer of our own write is recognised: one made for the request. */
function asking(event: ApiEvent, claimName: string, body: unknown) {
  const correlationId = event.requestContext.requestId;
  return {
    tenantId: tenantOf(event.requestContext.authorizer.jwt.claims, claimName),
    correlationId,
    traceparent: traceparentOf(event),
    key: { key: hashOf(`request ${correlationId}`), body: hashOf(JSON.stringify(body)) },
  };
}

/** POST /event-trackers: 202 while it is being created, 200 once it has its outcome. */
function createEventTracker({ tools, home, claimName }: WriteContext): Operation {
  const schema = createEventTrackerRequest(home);
  return async (event) => {
    const tenantId = tenantOf(event.requestContext.authorizer.jwt.claims, claimName);
    parseQuery(event, nothing);
    const asked = parseBody(event, schema);
    assertMayUse(tenantId, datasetGroupsOf(event.requestContext.authorizer.jwt.claims), asked.datasetGroupArn);
    if (asked.adoptExisting) assertScope(event, SCOPES.adopt);
    const trackerId = trackerIdOf(asked.datasetGroupArn);
    const record = await requestEventTracker(tools, { ...asked, trackerId, ...asking(event, claimName, asked) });
    return resourceAnswer(record, tools.now(), { accepted: true });
  };
}

/** DELETE /event-trackers/{trackerId}: 202 until nothing is left of it, then 200. */
function deleteEventTracker({ tools, claimName }: WriteContext): Operation {
  return async (event) => {
    const trackerId = event.pathParameters?.trackerId ?? '';
    const asker = asking(event, claimName, {});
    await assertExists(tools, trackerId, asker.tenantId);
    const { destroy } = parseQuery(event, deleteEventTrackerQuery);
    const record = await requestDeletion(tools, { trackerId, destroy, ...asker });
    return resourceAnswer(record, tools.now(), { accepted: true });
  };
}

/** POST /event-trackers/{trackerId}/retry: 202. */
function retryEventTracker({ tools, claimName }: WriteContext): Operation {
  return async (event) => {
    const trackerId = event.pathParameters?.trackerId ?? '';
    const asker = asking(event, claimName, {});
    await assertExists(tools, trackerId, asker.tenantId);
    parseOptionalBody(event, nothing);
    const record = await requestRetry(tools, { trackerId, ...asker });
    return resourceAnswer(record, tools.now(), { accepted: true });
  };
}

/** A 404 comes before what is wrong with the request: a stranger learns nothing by it. */
async function assertExists({ store }: RequestTools, trackerId: string, tenantId: string): Promise<void> {
  ownRecord(isTrackerId(trackerId) ? await store.read(trackerId) : undefined, tenantId);
}

/** @throws RequestRefused SCOPE_REQUIRED */
function assertScope(event: ApiEvent, scope: string): void {
  const { scope: claimed } = event.requestContext.authorizer.jwt.claims;
  const scopes = typeof claimed === 'string' ? claimed.split(' ') : [];
  if (!scopes.includes(scope)) throw new RequestRefused({ reason: 'SCOPE_REQUIRED', scope });
}

export function createWriteHandler(tools: RequestTools, log: Log, home: Home, claimName: string) {
  const context = { tools, home, claimName };
  const operations = {
    CreateEventTracker: createEventTracker(context),
    DeleteEventTracker: deleteEventTracker(context),
    RetryEventTracker: retryEventTracker(context),
  };
  return apiHandler('write', operations, log);
}

let served: ReturnType<typeof createWriteHandler> | undefined;

/** The Lambda that writes. Its clients are made at the first request, once an environment. */
export const handler: ReturnType<typeof createWriteHandler> = (event, context) => {
  served ??= writeHandlerFromEnvironment();
  return served(event, context);
};

function writeHandlerFromEnvironment() {
  const log = createLog('event-trackers-api');
  const tools: RequestTools = {
    store: trackerStore(),
    workflow: workflowGateway(),
    settings: lifecycleSettings(),
    now: Date.now,
    onStartFailed: (trackerId, error) =>
      log.error('accepted, but its execution could not be started: the sweep will', error, { trackerId }),
  };
  return createWriteHandler(tools, log, home(), tenantClaim());
}
