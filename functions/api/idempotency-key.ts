import { RequestRejected } from '../tracker/request-error.ts';
import type { ApiEvent } from './request.ts';

/** The header's name, as errors name it (draft-ietf-httpapi-idempotency-key-header). */
const HEADER = 'Idempotency-Key';
const MAX_KEY_LENGTH = 255;

/** An RFC 8941 string, which is the draft's form: printable ASCII in quotes, with `\"` and `\\`. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** What most clients send instead. A comma would be a header that was given twice: API Gateway joins them. */
const BARE = /^[!#-+\--~][ -+\--~]*$/;

/**
 * The request's Idempotency-Key, without the quotes that it may be in.
 * @throws RequestRejected INVALID_REQUEST for a key that is empty, too long, not printable ASCII, or given twice
 */
export function idempotencyKeyOf({ headers }: Pick<ApiEvent, 'headers'>): string | undefined {
  const text = headers['idempotency-key'];
  if (text === undefined) return undefined;
  const quoted = QUOTED.exec(text.trim())?.[1]?.replace(/\\(["\\])/g, '$1');
  const key = quoted ?? (BARE.test(text.trim()) ? text.trim() : undefined);
  if (text.trim() === '' || key === '') throw invalidKey('must not be empty');
  if (key === undefined)
    throw invalidKey('must be one key of printable ASCII characters, in quotes if it contains a comma');
  if (key.length > MAX_KEY_LENGTH) throw invalidKey(`must be at most ${MAX_KEY_LENGTH} characters long`);
  return key;
}

/**
 * For a route that knows no key: to drop it in silence would promise what is not kept.
 * @param instead the rule, which says what to do
 * @throws RequestRejected INVALID_REQUEST
 */
export function refuseIdempotencyKey({ headers }: Pick<ApiEvent, 'headers'>, instead: string): void {
  if (headers['idempotency-key'] !== undefined) throw invalidKey(instead);
}

const invalidKey = (rule: string) =>
  new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: HEADER, rule }] });
