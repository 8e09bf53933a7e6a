import type { IdempotencyStore } from '../store/idempotency-store.ts';
import { hashOf } from '../tracker/identity.ts';
import type { AcceptedKey, EventTrackerRecord } from '../tracker/record.ts';
import type { FirstUse } from '../tracker/repeats.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** A request with an Idempotency-Key. */
export interface KeyedRequest {
  readonly key: string;
  readonly tenantId: string;
  readonly trackerId: string;
  /** The operation and its validated body. */
  readonly request: readonly [operation: string, body: unknown];
}

/** A stored key. */
export interface RememberedKey extends FirstUse {
  /** For the list of keys in the record. It includes the generation: after a key expires, reusing it is a new request. */
  readonly key: Omit<AcceptedKey, 'generation'>;
  /** The key was used before, for the same request. */
  readonly isReplay: boolean;
}

interface KeyDependencies {
  readonly idempotency: IdempotencyStore;
  readonly now: () => number;
}

/**
 * Makes a request, under the caller's Idempotency-Key if there is one.
 * @param firstUseOf as for `rememberKey`
 * @throws RequestRejected as `make`; IDEMPOTENCY_KEY_REUSED
 */
export async function once(
  context: KeyDependencies,
  { key, ...request }: Omit<KeyedRequest, 'key'> & { readonly key: string | undefined },
  firstUseOf: () => Promise<FirstUse>,
  make: (remembered?: RememberedKey) => Promise<EventTrackerRecord>,
): Promise<{ record: EventTrackerRecord; isReplay: boolean }> {
  if (key === undefined) return { record: await make(), isReplay: false };
  const remembered = await rememberKey(context, { key, ...request }, firstUseOf);
  return { record: await make(remembered), isReplay: remembered.isReplay };
}

/**
 * Stores the key before the record is changed. After a crash in between, the repeated request is processed as if it were the first.
 * @param firstUseOf the generation that the request would start or join now, and the revision of the context. It throws if the request is
 * rejected; the key is not stored then
 * @throws RequestRejected IDEMPOTENCY_KEY_REUSED if the key was used for another request
 */
export async function rememberKey(
  { idempotency, now }: KeyDependencies,
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
    const firstUse = await firstUseOf().catch((error: unknown) => {
      if (error instanceof RequestRejected) return error;
      throw error;
    });
    if (firstUse instanceof RequestRejected) {
      // What a concurrent repetition has changed since may be why this one is rejected.
      used = await idempotency.read(owner, now());
      if (used === undefined) throw firstUse;
    } else if (await idempotency.remember(owner, { requestHash, trackerId, ...firstUse }, now())) {
      return remembered(firstUse, false);
    } else {
      // A concurrent request has stored it; or our own write was repeated by the SDK because its response was lost.
      used = await idempotency.read(owner, now());
      if (used === undefined) throw new Error('An Idempotency-Key exists but cannot be read.');
    }
  }
  if (used.requestHash !== requestHash) throw new RequestRejected({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  return remembered(used, true);
}
