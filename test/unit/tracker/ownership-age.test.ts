import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../../functions/tracker/decide.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import type { ObservedTracker } from '../../../functions/tracker/observation.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';

const NOW = Date.UTC(2026, 10, 28);
const record = createRecord(
  {
    trackerId: 'et',
    datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
    name: 'shop',
    tags: [],
    tenantId: 'acme',
    adoptExisting: false,
    correlationId: 'c',
    key: { key: 'k', body: 'b' },
  },
  NOW,
  AWS_SETTINGS,
);

test('a tracker of unknown age counts as new: the service keeps waiting, without a conflict, an adoption or an end of the cleanup', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('UNREADABLE', 'NOT_VISIBLE'),
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 0, max: 1e9 }),
      (tagged, adoptExisting, isCleanup, passed) => {
        const seen = { eventTrackerArn: 'arn', status: 'ACTIVE', name: 'x', tagged } satisfies ObservedTracker;
        const asked = { ...record, adoptExisting, ...(isCleanup && { cleanup: {} }) };
        const decision = decide(asked, { listed: [seen] }, NOW + passed, AWS_SETTINGS);
        expect(decision).toMatchObject({ do: 'WaitBeforeNextPoll', waitingFor: 'eventual-consistency' });
      },
    ),
  );
});
