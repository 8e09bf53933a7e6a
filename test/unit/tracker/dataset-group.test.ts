import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decidePreflight, judgeDatasetGroup, type SeenDatasetGroup } from '../../../functions/tracker/dataset-group.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { type EventTrackerRecord, isSettled } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';

const NOW = Date.UTC(2026, 10, 28);
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const { deadlineMs } = AWS_SETTINGS;
const STATUSES = [
  'CREATE PENDING',
  'CREATE IN_PROGRESS',
  'ACTIVE',
  'CREATE FAILED',
  'DELETE PENDING',
  'DELETE IN_PROGRESS',
];
const IN_CREATION = STATUSES.slice(0, 2);
const MISSING: SeenDatasetGroup = { kind: 'missing', awsError: 'ResourceNotFoundException' };

const found = (status: string, interactionsStatus?: string): SeenDatasetGroup => ({
  kind: 'found',
  status,
  ...(interactionsStatus && { interactionsStatus }),
});
const asked = (waitForDatasetGroup: boolean): EventTrackerRecord =>
  createRecord(
    {
      trackerId: 'et',
      datasetGroupArn: GROUP,
      name: 'shop',
      tags: [],
      tenantId: 'acme',
      adoptExisting: false,
      waitForDatasetGroup,
      correlationId: 'c',
      key: { key: 'k', body: 'b' },
    },
    NOW,
    AWS_SETTINGS,
  );
const verdictOf = (waits: boolean, seen: SeenDatasetGroup): string => {
  const verdict = judgeDatasetGroup(asked(waits), seen);
  if (verdict.kind === 'failed') return verdict.failure.code;
  return verdict.kind === 'waiting' ? `waits for the ${verdict.waitingFor}` : verdict.kind;
};

describe('the verdict', () => {
  test.each([
    ['a group that does not exist', MISSING, 'DATASET_GROUP_NOT_FOUND', 'waits for the dataset-group'],
    ...IN_CREATION.map(
      (status) => [status, found(status), 'waits for the dataset-group', 'waits for the dataset-group'] as const,
    ),
    ...STATUSES.slice(3).map(
      (status) => [status, found(status), 'DATASET_GROUP_NOT_ACTIVE', 'DATASET_GROUP_NOT_ACTIVE'] as const,
    ),
    ['no Interactions dataset', found('ACTIVE'), 'NO_INTERACTIONS_DATASET', 'waits for the interactions-dataset'],
    ...IN_CREATION.map(
      (status) =>
        [
          `a dataset ${status}`,
          found('ACTIVE', status),
          'waits for the interactions-dataset',
          'waits for the interactions-dataset',
        ] as const,
    ),
    ...STATUSES.slice(3).map(
      (status) =>
        [
          `a dataset ${status}`,
          found('ACTIVE', status),
          'INTERACTIONS_DATASET_NOT_ACTIVE',
          'INTERACTIONS_DATASET_NOT_ACTIVE',
        ] as const,
    ),
    ['both ACTIVE', found('ACTIVE', 'ACTIVE'), 'ready', 'ready'],
  ] as const)('of %s', (_, seen, without, withIt) => {
    expect([verdictOf(false, seen), verdictOf(true, seen)]).toEqual([without, withIt]);
  });

  test('names the status and the failureReason of Personalize', () => {
    const seen: SeenDatasetGroup = { kind: 'found', status: 'CREATE FAILED', failureReason: 'the role' };
    expect(judgeDatasetGroup(asked(true), seen)).toMatchObject({
      failure: { reason: expect.stringMatching(/is CREATE FAILED.*given by Personalize: the role/) },
    });
  });
});

describe('the decision', () => {
  const status = fc.constantFrom(...STATUSES, 'A FUTURE STATUS');
  const seen = fc.oneof(
    fc.constant(MISSING),
    fc.tuple(status, fc.option(status, { nil: undefined })).map((both) => found(...both)),
  );
  const waited = fc.option(fc.integer({ min: 0, max: 3 * deadlineMs }), { nil: undefined });
  const isReady = (view: SeenDatasetGroup) =>
    view.kind === 'found' && view.status === 'ACTIVE' && view.interactionsStatus === 'ACTIVE';

  test('passes if and only if both are ACTIVE, and otherwise waits at the usual pace until the deadline', () => {
    fc.assert(
      fc.property(seen, waited, fc.boolean(), fc.integer({ min: 0, max: 1e9 }), (view, waitedMs, waits, age) => {
        const record: EventTrackerRecord = {
          ...asked(waits),
          // The age of the request does not matter.
          requestedAt: NOW - age,
          ...(waitedMs !== undefined && { preflightWait: { since: NOW - waitedMs, for: 'dataset-group' } }),
        };
        expect(isSettled(record)).toBe(false);
        const decision = decidePreflight(record, view, NOW, AWS_SETTINGS);
        expect(decision.do === 'recordChecked').toBe(isReady(view));
        const verdict = judgeDatasetGroup(record, view);
        const isOver = (waitedMs ?? 0) >= deadlineMs;
        expect(decision.do === 'WaitBeforeNextPoll').toBe(verdict.kind === 'waiting' && !isOver);
        if (decision.do === 'WaitBeforeNextPoll') {
          expect(decision.waitMs).toBe(Math.min(60_000, Math.max(2_000, (waitedMs ?? 0) / 5)));
        }
        if (decision.do === 'recordFailed' && verdict.kind === 'waiting') {
          const { code, reason } = decision.failure;
          expect(code).toBe('DEADLINE_EXCEEDED');
          expect(reason).toContain(GROUP);
          expect(reason).toContain(verdict.state);
          expect(reason).toContain('30 min');
        }
      }),
    );
  });
});
