import type { IdempotencyStore } from '../store/idempotency-store.ts';
import { hashOf } from '../tracker/identity.ts';
import type { AcceptedKey } from '../tracker/record.ts';
import type { FirstUse } from '../tracker/repeats.ts';
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
  if (key === undefined) throw invalidKey('must be one key of printable ASCII, in quotes where it holds a comma');
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

/** A request that its caller gave a key. */
export interface KeyedRequest {
  readonly key: string;
  readonly tenantId: string;
  readonly trackerId: string;
  /** What the key stands for: the operation and its validated body. */
  readonly request: readonly [operation: string, body: unknown];
}

/** What the key stands for, once it is remembered. */
export interface RememberedKey extends FirstUse {
  /** What the record remembers. It holds the generation: a key that is used anew after it was forgotten is another wish. */
  readonly key: Omit<AcceptedKey, 'generation'>;
  /** It was used before, for this same request. */
  readonly isReplay: boolean;
}

/**
 * Remembers the key before anything is claimed. A crash right after leaves a key that claimed nothing: the same request then
 * goes the ordinary way.
 * @param firstUseOf the generation that the request would make or join as things are, and the record's context; it throws what
 * refuses the request, and then no key is remembered
 * @throws RequestRejected IDEMPOTENCY_KEY_REUSED when the key stood for another request
 */
export async function rememberKey(
  { idempotency, now }: { readonly idempotency: IdempotencyStore; readonly now: () => number },
  { key, tenantId, trackerId, request }: KeyedRequest,
  firstUseOf: () => Promise<FirstUse>,
): Promise<RememberedKey> {
  const owner = { tenantId, keyHash: hashOf(key) };
  const requestHash = hashOf(JSON.stringify([...request, trackerId]));
  const remembered = ({ generation, contextRevision }: FirstUse, isReplay: boolean): RememberedKey => ({
    key: { key: hashOf(`key ${tenantId} ${generation} ${key}`), body: requestHash },
    generation,
    contextRevision,
    isReplay,
  });
  let used = await idempotency.read(owner, now());
  if (used === undefined) {
    const firstUse = await firstUseOf();
    if (await idempotency.remember(owner, { requestHash, trackerId, ...firstUse }, now())) {
      return remembered(firstUse, false);
    }
    // The same key at the same moment; or our own write, its answer lost and repeated by the SDK.
    used = await idempotency.read(owner, now());
    if (used === undefined) throw new Error('An Idempotency-Key is there and can not be read.');
  }
  if (used.requestHash !== requestHash) throw new RequestRejected({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  return remembered(used, true);
}

/** The header that says that the key was used before, for the same request. */
export const replayedHeader = (key: RememberedKey | undefined): Record<string, string> =>
  key?.isReplay ? { 'idempotency-replayed': 'true' } : {};
