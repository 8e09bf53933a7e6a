import { rememberKey } from '../../../functions/requests/remember-key.ts';
import { requestDeletion } from '../../../functions/requests/request-deletion.ts';
import { requestEventTracker } from '../../../functions/requests/request-event-tracker.ts';
import { requestUpdate } from '../../../functions/requests/request-update.ts';
import { apply } from '../../../functions/tracker/apply.ts';
import type { TrackerRequest } from '../../../functions/tracker/desired-state.ts';
import { noInteractionsDataset } from '../../../functions/tracker/failures.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import type { Tag } from '../../../functions/tracker/record.ts';
import type { FirstUse } from '../../../functions/tracker/repeats.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { isRejected } from '../../../functions/tracker/transition.ts';
import { MemoryStore } from '../../world/memory-store.ts';
import { MemoryKeys } from './memory-keys.ts';

const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
export const trackerId = trackerIdOf(datasetGroupArn);

/** The request functions for one dataset group, without any execution. */
export function api() {
  const store = new MemoryStore();
  const dependencies = {
    store,
    workflow: { start: async () => {} },
    settings: AWS_SETTINGS,
    now: () => 0,
    logStartFailure: () => {},
    idempotency: new MemoryKeys(),
  };
  let requests = 0;
  const trackerRequestOf = (changes: Partial<TrackerRequest> = {}): TrackerRequest => {
    const id = String(++requests);
    const key = { key: id, body: id };
    return {
      ...{ trackerId, datasetGroupArn, name: 'shop', tags: [], tenantId: 'acme', adoptExisting: false },
      ...{ correlationId: id, key },
      ...changes,
    };
  };
  const remember = (key: string, generation: number) =>
    rememberKey(dependencies, { key, tenantId: 'acme', trackerId, request: ['Create', {}] }, async () => {
      const { contextRevision = 0 } = (await store.read(trackerId)) ?? {};
      return { generation, contextRevision };
    });
  return {
    store,
    remember,
    record: () => store.read(trackerId),
    trackerRequestOf,
    /** Records, as the owner, that the current request failed. With `clean`, also that its cleanup is complete. */
    async fail({ clean = true } = {}) {
      for (const verb of clean ? (['recordFailed', 'recordGone'] as const) : (['recordFailed'] as const)) {
        const record = await store.read(trackerId);
        if (record === undefined) throw new Error('there is no record');
        const owner = { now: 0, epoch: record.epoch, generation: record.generation };
        const after =
          verb === 'recordFailed'
            ? apply(verb, record, { ...owner, failure: noInteractionsDataset(datasetGroupArn) }, AWS_SETTINGS)
            : apply(verb, record, owner, AWS_SETTINGS);
        if (isRejected(after)) throw new Error(after.rejected);
        await store.save(record, after);
      }
    },
    /** Records, as the owner, that the tracker is ACTIVE as requested. */
    async active() {
      const record = await store.read(trackerId);
      if (record === undefined) throw new Error('there is no record');
      const { generation } = record;
      const eventTrackerArn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1';
      const after = { status: 'ACTIVE', eventTrackerArn, trackingId: 't', observedGeneration: generation } as const;
      await store.save(record, { ...record, ...after, cleanup: undefined, observed: undefined });
    },
    patch(tags: Tag[]) {
      const { key, correlationId } = trackerRequestOf();
      const caller = { tenantId: 'acme', isPlatform: false };
      return requestUpdate(dependencies, { trackerId, caller, patch: { tags }, key, correlationId });
    },
    ask: (changes: Partial<TrackerRequest> = {}, firstUse?: FirstUse) =>
      requestEventTracker(dependencies, trackerRequestOf(changes), firstUse),
    delete: () => {
      const { key, correlationId } = trackerRequestOf();
      const caller = { tenantId: 'acme', isPlatform: false };
      return requestDeletion(
        { ...dependencies, features: { destroyAdopted: false } },
        { trackerId, caller, destroy: false, key, correlationId },
      );
    },
  };
}
