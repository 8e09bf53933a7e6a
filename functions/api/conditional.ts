import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { hashOf } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import type { ApiEvent } from './request.ts';

/** A hash of the representation. The record's revision would not do: lease renewals increment it too. */
export const etagOf = (body: string): string => `"${hashOf(body).slice(0, 27)}"`;

const tagsIn = (header: string): string[] => header.split(',').map((tag) => tag.trim());
/** If-None-Match compares weakly; If-Match compares strongly, so that a weak tag never matches (RFC 9110, section 13.1). */
const opaqueTag = (tag: string): string => tag.replace(/^W\//, '');

/**
 * Adds the ETag, and returns 304 if If-None-Match contains it. A `no-store` of the response stays, because it may contain a tracking ID;
 * a caller can still store and send the ETag.
 */
export function withEtag(
  event: ApiEvent,
  answer: APIGatewayProxyStructuredResultV2,
): APIGatewayProxyStructuredResultV2 {
  const etag = etagOf(answer.body ?? '');
  const cacheControl = answer.headers?.['cache-control'] ?? 'private, no-cache';
  const tagged = { ...answer, headers: { ...answer.headers, etag, 'cache-control': cacheControl } };
  const known = event.headers['if-none-match'];
  if (known === undefined || answer.statusCode !== 200) return tagged;
  const matches = known.trim() === '*' || tagsIn(known).map(opaqueTag).includes(etag);
  return matches ? { statusCode: 304, headers: { etag, 'cache-control': cacheControl } } : tagged;
}

/**
 * Checks If-Match: the request applies only to the representation that the caller read.
 * @throws RequestRejected PRECONDITION_FAILED
 */
export function assertIfMatch(event: ApiEvent, body: string): void {
  const wanted = event.headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  if (!tagsIn(wanted).includes(etagOf(body))) throw new RequestRejected({ reason: 'PRECONDITION_FAILED' });
}
