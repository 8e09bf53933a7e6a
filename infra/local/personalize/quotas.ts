import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { durablePath } from './state.ts';

/** The quotas of the account; null: none. */
export interface QuotaValues {
  /** Calls of the service personalize; further ones are throttled. */
  readonly callsPerSecond: number | null;
  /** Dataset groups, whatever their status. */
  readonly datasetGroups: number | null;
}

/** At least one, because otherwise every call would be refused for ever. */
export const quota = z.union(
  [z.int().min(1).max(1_000_000), z.null()],
  'must be a whole number from 1 to 1000000, or null',
);

/** The quotas, which survive a restart, and a token bucket that holds the calls of one second. */
export class Quotas {
  readonly #values: DurableMap<number | null>;
  #tokens = 0;
  /** When the bucket was filled up last, in milliseconds since the epoch. */
  #filledAt = 0;

  constructor(directory?: string, datasetGroups?: number) {
    this.#values = new DurableMap(durablePath(directory, 'quotas'), quota, /^(callsPerSecond|datasetGroups)$/);
    if (datasetGroups !== undefined) this.set({ datasetGroups });
  }

  get values(): QuotaValues {
    const { callsPerSecond = null, datasetGroups = null } = Object.fromEntries(this.#values.entries());
    return { callsPerSecond, datasetGroups };
  }

  set(values: Partial<QuotaValues>): QuotaValues {
    for (const [name, value] of Object.entries(values)) if (value !== undefined) this.#values.set(name, value);
    return this.values;
  }

  /** @returns false if the call is one too many within a second */
  admits(now: number): boolean {
    const { callsPerSecond } = this.values;
    if (callsPerSecond === null) return true;
    const refill = (Math.max(0, now - this.#filledAt) * callsPerSecond) / 1000;
    this.#tokens = Math.min(callsPerSecond, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  close(): void {
    this.#values.close();
  }
}
