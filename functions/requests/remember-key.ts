import type { IdempotencyStore } from '../store/idempotency-store.ts';
import { hashOf } from '../tracker/identity.ts';
import type { AcceptedKey } from '../tracker/record.ts';
import type { FirstUse } from '../tracker/repeats.ts';
import { RequestRejected } from '../tracker/request-error.ts';

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
