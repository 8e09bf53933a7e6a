import { assertPlatform, SCOPES } from '../requests/caller.ts';
import { canceled, isEnded } from '../tracker/operation.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { WriteContext } from './context.ts';
import { jsonResponse } from './json-response.ts';
import { operationIdIn, operationResourceOf } from './operations.ts';
import type { Operation } from './pipeline.ts';
import { parseOptionalBody, parseQuery } from './request.ts';

/** More conflicting writes in a row than can happen: one run writes an operation, a few times a second. */
const ATTEMPTS = 20;

/**
 * POST /operations/{operationId}/cancel, for platforms: nothing more is retried. A retry that is being requested at this moment still counts.
 * An operation that has ended stays as it is.
 */
export function cancelOperation(context: WriteContext): Operation {
  return async (event) => {
    assertPlatform(callerOf(event, context.tenancy), SCOPES.write);
    const operationId = operationIdIn(event);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const operation = await context.operations.read(operationId);
      if (operation === undefined) throw new RequestRejected({ reason: 'NOT_FOUND' });
      parseQuery(event, emptyObject);
      parseOptionalBody(event, emptyObject);
      const saved = isEnded(operation)
        ? operation
        : await context.operations.save(operation, canceled(operation, context.now()));
      if (saved) return jsonResponse(operationResourceOf(saved));
    }
    throw new Error(`The operation ${operationId} changed ${ATTEMPTS} times while it was being canceled.`);
  };
}
