import type { AcceptedKey, EventTrackerRecord, Tag } from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/** What a request asks for, validated, with the identity that asks. */
export interface Wish {
  readonly trackerId: string;
  readonly datasetGroupArn: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly tenantId: string;
  readonly clientContext?: string;
  readonly adoptExisting: boolean;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** The caller's Idempotency-Key, or one made for the request: by it a lost answer of our own write is recognised. */
  readonly key: Omit<AcceptedKey, 'generation'>;
}

/** **claim**: the record of a dataset group that was never asked for. Stored under `attribute_not_exists(trackerId)`. */
export function claim(wish: Wish, now: number, settings: LifecycleSettings): EventTrackerRecord {
  const { key, ...asked } = wish;
  return {
    ...asked,
    rev: 1,
    desired: 'PRESENT',
    generation: 1,
    wishedAt: now,
    observedGeneration: 0,
    epoch: 1,
    status: 'CREATE PENDING',
    history: [{ at: now, generation: 1, status: 'CREATE PENDING', cause: 'asked for' }],
    attempt: 0,
    checkedGeneration: 0,
    sequence: 0,
    outbox: [],
    callbacks: [],
    keys: [{ ...key, generation: 1 }],
    // Should StartExecution fail or the process die now, the sweep finds the record after one lease.
    due: { lane: 'urgent', at: now + settings.leaseMs },
    takeOvers: 0,
    creationDateTime: now,
    lastUpdatedDateTime: now,
  };
}
