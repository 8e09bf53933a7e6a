import type { RequestMetadata } from '../tracker/desired-state.ts';
import { hashOf } from '../tracker/identity.ts';
import { type ApiEvent, traceparentOf } from './request.ts';

/** @param part distinguishes the requests of a batch */
export function requestMetadata(event: ApiEvent, body: unknown, part = ''): RequestMetadata {
  const correlationId = event.requestContext.requestId;
  const traceparent = traceparentOf(event);
  return {
    correlationId,
    ...(traceparent && { traceparent }),
    key: { key: hashOf(`request ${correlationId} ${part}`), body: hashOf(JSON.stringify(body)) },
  };
}
