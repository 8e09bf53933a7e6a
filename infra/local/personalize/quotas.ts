import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { durablePath } from './state.ts';

/** The quotas of the account; null: none. */
export interface QuotaValues {
  /** Dataset groups, whatever their status. */
  readonly datasetGroups: number | null;
}

export const quota = z.union(
  [z.int().min(1).max(1_000_000), z.null()],
  'must be a whole number from 1 to 1000000, or null',
);

/** The quotas, which survive a restart. */
export class Quotas {
  readonly #values: DurableMap<number | null>;

  constructor(directory?: string, datasetGroups?: number) {
    this.#values = new DurableMap(durablePath(directory, 'quotas'), quota, /^datasetGroups$/);
    if (datasetGroups !== undefined) this.set({ datasetGroups });
  }

  get values(): QuotaValues {
    return { datasetGroups: this.#values.get('datasetGroups') ?? null };
  }

  set({ datasetGroups }: Partial<QuotaValues>): QuotaValues {
    if (datasetGroups !== undefined) this.#values.set('datasetGroups', datasetGroups);
    return this.values;
  }

  close(): void {
    this.#values.close();
  }
}
