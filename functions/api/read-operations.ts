import { assertPlatform, SCOPES } from '../requests/caller.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { ReadContext } from './context.ts';
import { entranceOf } from './entrance.ts';
import { jsonResponse } from './json-response.ts';
import { listOperationsQuery, operationIdIn, operationResourceOf, progressHeaders } from './operations.ts';
import { pageToken, readPageToken } from './page-token.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery } from './request.ts';

/** GET /operations/{operationId}, for platforms: strongly consistent. */
export function describeOperation(context: ReadContext): Operation {
  return async (event) => {
    assertPlatform(callerOf(event, context.tenancy), SCOPES.read);
    const operation = await context.operations.read(operationIdIn(event));
    if (operation === undefined) throw new RequestRejected({ reason: 'NOT_FOUND' });
    parseQuery(event, emptyObject);
    return jsonResponse(operationResourceOf(operation), { headers: progressHeaders(operation) });
  };
}

const LIST = { operations: true };

/** GET /operations, for platforms: newest first; ids from an eventually consistent index, each operation read consistently. */
export function listOperations(context: ReadContext): Operation {
  return async (event) => {
    assertPlatform(callerOf(event, context.tenancy), SCOPES.read);
    const { maxResults, nextToken } = parseQuery(event, listOperationsQuery);
    const from = nextToken === undefined ? undefined : readPageToken(LIST, nextToken).operations;
    const { operationIds, after } = await context.operations.list(maxResults, from);
    const read = await Promise.all(operationIds.map((id) => context.operations.read(id)));
    const operations = read.filter((operation) => operation !== undefined).map(operationResourceOf);
    const next = after && pageToken(LIST, { operations: after });
    if (next === undefined) return jsonResponse({ operations });
    const link = `<${entranceOf(event)}/operations?maxResults=${maxResults}&nextToken=${next}>; rel="next"`;
    return jsonResponse({ operations, nextToken: next }, { headers: { link } });
  };
}
