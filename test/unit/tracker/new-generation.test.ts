import { expect, test } from 'vitest';
import { apply } from '../../../functions/tracker/apply.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { alreadyExists } from '../../../functions/tracker/failures.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { isRejected, type TransitionResult } from '../../../functions/tracker/transition.ts';

const key = { key: 'key', body: 'body' };
const request = {
  trackerId: 'et-aqm2uhwb7pflkqipkzrbxen4hq',
  datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
  name: 'shop',
  tags: [],
  tenantId: 'acme',
  adoptExisting: false,
  correlationId: 'id',
  key,
};
const now = 0;

function applied(result: TransitionResult): EventTrackerRecord {
  if (isRejected(result)) throw new Error(result.rejected);
  return result;
}

/** A record whose create call was refused because an event tracker exists already. */
function refused(): EventTrackerRecord {
  const owner = { now, epoch: 1, generation: 1 };
  const checked = applied(apply('recordChecked', createRecord(request, now, AWS_SETTINGS), owner, AWS_SETTINGS));
  const called = applied(apply('reserveCreateAttempt', checked, owner, AWS_SETTINGS));
  const result = { kind: 'obstructed', code: 'ResourceInUseException' } as const;
  return applied(apply('recordCallResult', called, { now, attempt: 1, result }, AWS_SETTINGS));
}

test('a refusal with "already exists" starts its own deadline, and the outcome ends it', () => {
  const record = refused();
  expect(record.alreadyExistsRefusal).toMatchObject({ code: 'ResourceInUseException', since: now });
  const failure = alreadyExists({ code: 'ResourceInUseException', since: now }, AWS_SETTINGS.deadlineMs);
  const failed = apply('recordFailed', record, { now, epoch: 1, generation: 1, failure }, AWS_SETTINGS);
  expect(applied(failed).alreadyExistsRefusal).toBeUndefined();
});

test('a new generation starts without the refusal of the one before', () => {
  const deleted = apply('requestDelete', refused(), { now, key, correlationId: 'id', destroy: false }, AWS_SETTINGS);
  expect(applied(deleted).alreadyExistsRefusal).toBeUndefined();
});
