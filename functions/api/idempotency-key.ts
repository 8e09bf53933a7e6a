import { RequestRejected } from '../tracker/request-error.ts';
import type { ApiEvent } from './request.ts';

/** The name of the header in `errors` (draft-ietf-httpapi-idempotency-key-header). */
const HEADER = 'Idempotency-Key';
const MAX_KEY_LENGTH = 255;

/** The form of the draft, an RFC 8941 string: printable ASCII in quotes, with the escapes `\"` and `\\`. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** The form that most clients send. It has no comma: API Gateway joins repeated headers with commas. */
const BARE = /^[!#-+\--~][ -+\--~]*$/;

/**
 * The Idempotency-Key of the request, without quotes.
 * @throws RequestRejected INVALID_REQUEST if the key is empty, too long, not printable ASCII, or repeated
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
 * For routes without keys. Ignoring a key silently would promise an idempotency that the route does not provide.
 * @param instead the rule in `errors`, which says what to do instead
 * @throws RequestRejected INVALID_REQUEST
 */
export function refuseIdempotencyKey({ headers }: Pick<ApiEvent, 'headers'>, instead: string): void {
  if (headers['idempotency-key'] !== undefined) throw invalidKey(instead);
}

const invalidKey = (rule: string) =>
  new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: HEADER, rule }] });
