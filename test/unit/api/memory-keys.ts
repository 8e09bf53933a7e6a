import type { IdempotencyStore, KeyOwner, KeyUse } from '../../../functions/store/idempotency-store.ts';

/** An in-memory store of Idempotency-Keys in which nothing expires. */
export class MemoryKeys implements IdempotencyStore {
  readonly uses = new Map<string, KeyUse>();

  async read({ tenantId, keyHash }: KeyOwner) {
    return this.uses.get(`${tenantId} ${keyHash}`);
  }
  async remember({ tenantId, keyHash }: KeyOwner, use: KeyUse) {
    if (this.uses.has(`${tenantId} ${keyHash}`)) return false;
    this.uses.set(`${tenantId} ${keyHash}`, use);
    return true;
  }
}
