import { describe, expect, test } from 'vitest';
import {
  callerTags,
  DEPLOYMENT_TAG,
  isReservedTagKey,
  MAX_CALLER_TAGS,
  ownershipOf,
  ownershipTags,
  RESERVED_TAG_PREFIX,
  TRACKER_ID_TAG,
} from '../../../functions/tracker/ownership.ts';

const us = { trackerId: 'et-1', deployment: 'dev' };
const tag = (tagKey: string, tagValue: string) => ({ tagKey, tagValue });
const cost = tag('cost', '42');

describe('ownershipOf identifies the creator of a tracker by its tags', () => {
  test.each([
    ['both of our tags', ownershipTags(us), { createdBy: 'THIS_DEPLOYMENT' }],
    [
      'both of our tags in another order and among others',
      [cost, ...ownershipTags(us).reverse()],
      { createdBy: 'THIS_DEPLOYMENT' },
    ],
    [
      "another deployment's tags, for the same group",
      ownershipTags({ ...us, deployment: 'prod' }),
      { createdBy: 'ANOTHER_DEPLOYMENT', deployment: 'prod' },
    ],
    [
      "another deployment's name without a tracker id",
      [tag(DEPLOYMENT_TAG, 'prod')],
      { createdBy: 'ANOTHER_DEPLOYMENT', deployment: 'prod' },
    ],
    ['our tracker id without a deployment', [tag(TRACKER_ID_TAG, 'et-1')], { createdBy: 'NO_DEPLOYMENT' }],
    [
      'our tracker id with an empty deployment',
      [tag(TRACKER_ID_TAG, 'et-1'), tag(DEPLOYMENT_TAG, '')],
      { createdBy: 'NO_DEPLOYMENT' },
    ],
    ['our deployment without a tracker id', [tag(DEPLOYMENT_TAG, 'dev')], { createdBy: 'NO_DEPLOYMENT' }],
    [
      "our deployment with another dataset group's tracker id",
      ownershipTags({ ...us, trackerId: 'et-2' }),
      { createdBy: 'NO_DEPLOYMENT' },
    ],
    [
      'a deployment name that differs in case',
      ownershipTags({ ...us, deployment: 'Dev' }),
      { createdBy: 'ANOTHER_DEPLOYMENT', deployment: 'Dev' },
    ],
    ['tags of others', [cost], { createdBy: 'NO_DEPLOYMENT' }],
    ['no tags', [], { createdBy: 'NO_DEPLOYMENT' }],
  ] as const)('%s', (_, tags, ownership) => {
    expect(ownershipOf(tags, us)).toEqual(ownership);
  });
});

test('callers can set 50 tags minus our own, and see neither ours nor those of AWS', () => {
  expect(MAX_CALLER_TAGS + ownershipTags(us).length).toBe(50);
  expect(ownershipTags(us).every(({ tagKey }) => tagKey.startsWith(RESERVED_TAG_PREFIX))).toBe(true);
  const system = tag('aws:cloudformation:stack-name', 'shop');
  expect(callerTags([cost, system, ...ownershipTags(us)])).toEqual([cost]);
});

test('reserved keys are compared without regard to case, as in IAM', () => {
  const uppercase = tag(DEPLOYMENT_TAG.toUpperCase(), 'prod');
  expect(ownershipOf([uppercase], us)).toEqual({ createdBy: 'NO_DEPLOYMENT' });
  expect(callerTags([uppercase, cost])).toEqual([cost]);
  expect(['Event-Trackers:x', 'event-trackers:', 'event-tracker', 'my-event-trackers:x'].map(isReservedTagKey)).toEqual(
    [true, true, false, false],
  );
});
