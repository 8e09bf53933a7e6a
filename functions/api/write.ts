import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { lifecycleSettings, trackerStore } from '../environment.ts';
import { createLog, type Log } from '../log.ts';
import { hashOf, trackerIdOf } from '../tracker/identity.ts';
import { assertMayUse, tenantOf } from '../tracker/tenancy.ts';
import { type RequestTools, requestEventTracker } from './create-event-tracker.ts';
import { home, tenantClaim, workflowGateway } from './environment.ts';
import { apiHandler, type Operation } from './pipeline.ts';
import { parseBody, traceparentOf } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { createEventTrackerRequest, type Home } from './schemas.ts';

/** POST /event-trackers: 202 while it is being created, 200 once it has its outcome. */
function createEventTracker(tools: RequestTools, home: Home, claimName: string): Operation {
  const schema = createEventTrackerRequest(home);
  return async (event): Promise<APIGatewayProxyStructuredResultV2> => {
    const tenantId = tenantOf(event.requestContext.authorizer.jwt.claims, claimName);
    const asked = parseBody(event, schema);
    assertMayUse(tenantId, asked.datasetGroupArn);
    const correlationId = event.requestContext.requestId;
    const record = await requestEventTracker(tools, {
      ...asked,
      trackerId: trackerIdOf(asked.datasetGroupArn),
      tenantId,
      adoptExisting: false,
      correlationId,
      traceparent: traceparentOf(event),
      key: { key: hashOf(`request ${correlationId}`), body: hashOf(JSON.stringify(asked)) },
    });
    return resourceAnswer(record, tools.now(), { withLocation: true });
  };
}

export function createWriteHandler(tools: RequestTools, log: Log, home: Home, claimName: string) {
  return apiHandler('write', { CreateEventTracker: createEventTracker(tools, home, claimName) }, log);
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
