import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { hashOf } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import type { ApiEvent } from './request.ts';

/** The entity tag of a representation: a hash of it, not of the record's revision, which heartbeats raise as well. */
export const etagOf = (body: string): string => `"${hashOf(body).slice(0, 27)}"`;

const tagsIn = (header: string): string[] => header.split(',').map((tag) => tag.trim());
/** If-None-Match compares weakly, If-Match strongly (RFC 9110, section 13.1): to that a weak tag is equal to none. */
const opaqueTag = (tag: string): string => tag.replace(/^W\//, '');

/**
 * 304 where the caller has this very representation (If-None-Match); else the answer with its ETag. `Cache-Control` stays as the
 * answer has it (`no-store` of what may hold a tracking ID): a caller that kept an ETag itself can still ask by it.
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
 * If-Match: the caller acts on the representation that it saw, or not at all.
 * @throws RequestRejected PRECONDITION_FAILED
 */
export function assertIfMatch(event: ApiEvent, body: string): void {
  const wanted = event.headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  if (!tagsIn(wanted).includes(etagOf(body))) throw new RequestRejected({ reason: 'PRECONDITION_FAILED' });
}
