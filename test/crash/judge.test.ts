import { describe, expect, test } from 'vitest';
import {
  active,
  asked,
  event,
  first,
  good,
  OWN_TAGS,
  one,
  pending,
  received,
  requests,
  resourceOf,
  second,
  three,
  tracker,
  two,
  withEnding,
  withEvents,
  withRequest,
} from './good-story.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import type { PublishedEvent, Story } from './story.ts';

/*
 * Tests the judge of the crash campaigns with handmade stories. The good story has no violation. Each bad story differs from it in one
 * fault, which the judge must report.
 */

const withStreamEntry = (counter: number, events: readonly PublishedEvent[]) => ({
  ...withEvents(events),
  stream: [...events, { counter, text: one.text }],
});

test('a good story has no violation', () => {
  expect(judge(good)).toEqual([]);
});

describe.each<[string, Story, RegExp]>([
  [
    'a sequence that was never published',
    withStreamEntry(2, [one, three]),
    /of 3 events, number 2 was never published/,
  ],
  ['the last event lost', withEvents([one, two]), /of 3 events, number 3 was never published/],
  [
    'an event that the record does not know',
    withEvents([...received, event(4, 2500, { status: 'DELETED' })]),
    /event 4 was published, but the record's sequence is 3/,
  ],
  [
    'a tracking ID that no tracker ever had',
    withEvents([one, two, event(3, 2400, { ...active(second), trackingId: 'invented' })]),
    /event 3 \(ACTIVE\) has a tracking ID that no tracker of this dataset group ever had/,
  ],
  [
    'ACTIVE published before the tracker was ACTIVE',
    withEvents([event(1, 1299, active(first)), two, three]),
    /was published 1 ms before the tracker was ACTIVE/,
  ],
  ['ACTIVE published for a tracker that failed', { ...good, book: [{ ...first, fails: true }, second] }, /that failed/],
  [
    'the old tracking ID published again as a new one',
    withEvents([one, two, event(3, 2400, active(first))]),
    /event 3 \(ACTIVE\) was published before/,
  ],
  [
    'DELETED published while the tracker still exists',
    withEvents([one, event(2, 1899, { status: 'DELETED' }), three]),
    /event 2 \(DELETED\) was published while .*event-tracker\/1 still existed/,
  ],
  [
    'a tracker created after its deletion was published',
    {
      ...good,
      requests: [asked('POST', 900, 202, pending('CREATE PENDING', 1)), ...requests.slice(2, 3)],
      received: [event(1, 1950, { status: 'DELETED' })],
    },
    /event 1 \(DELETED\) was published, but .*event-tracker\/2 of that request existed or was created later/,
  ],
  [
    'ACTIVE published with a name that the tracker does not have',
    { ...good, book: [first, { ...second, name: 'old' }] },
    /event 3 \(ACTIVE\) names "shop", but the tracker is named "old"/,
  ],
  [
    'a deletion that was never published',
    withEnding({ sequence: 2 }),
    /event 3 was published, but the record's sequence is 2/,
  ],
  [
    'a second ACTIVE without DELETED in between',
    withEvents([one, event(2, 2400, active(second)), event(3, 2500, { status: 'DELETED' })]),
    /follows ACTIVE, whose deletion was never published/,
  ],
  [
    'two events with the same event ID and different contents',
    withEvents([...received, event(3, 2500, { ...active(second), name: 'other' }, 4)]),
    /event 3 was published with two different contents/,
  ],
  [
    'a failure without a cause',
    withEvents([
      one,
      event(2, 1950, {
        status: 'CREATE FAILED',
        failure: { code: 'CONFLICT', reason: 'a foreign tracker', remedy: 'delete it', retryable: true },
      }),
      three,
    ]),
    /has the failure CONFLICT, but nothing like that happened/,
  ],
  [
    'a status that is not an outcome',
    withEvents([event(1, 1400, { status: 'CREATE IN_PROGRESS' }), two, three]),
    /event 1 \(CREATE IN_PROGRESS\) is not an outcome/,
  ],
  [
    'an event with another tenant',
    withEvents([one, two, { ...three, text: three.text.replace('"acme"', '"other"') }]),
    /the tenant other/,
  ],
  [
    'a name that was never requested',
    withEvents([one, { ...two, text: two.text.replace('"shop"', '"x"') }, three]),
    /never requested/,
  ],
  [
    'an event of an unknown kind',
    withEvents([...received, { counter: 4, at: 2500, text: '{}' }]),
    /not an event of the service/,
  ],
  [
    'a drift event without any drift',
    withEvents([...received, { counter: 4, at: 2500, text: three.text.replace('State Change', 'Drift Detected') }]),
    /reports drift, but no tracker was changed out of band/,
  ],
  ['a counter used twice', { ...good, stream: [one, two, { ...three, counter: 2 }] }, /the counter 2 was used twice/],
  ['an event that disappeared from the stream', { ...good, stream: [one, three] }, /the stream lacks event 2 of 3/],
  [
    'a record whose last event has a different status',
    withEnding({ resource: pending('DELETED', 3) }),
    /the record ends as DELETED, but its last event has ACTIVE/,
  ],
])('%s', (_, story, violation) => {
  test('the judge reports it', () => {
    expect(judge(story).map((each) => each.message)).toContainEqual(expect.stringMatching(violation));
  });
});

describe.each<[string, Story, RegExp]>([
  [
    'an accepted request without an outcome',
    withEnding({ resource: pending('CREATE PENDING', 3), isIdle: false, trackers: [] }),
    /the request was accepted, but the record ends as CREATE PENDING/,
  ],
  [
    'an accepted deletion that was not carried out',
    { ...good, requests: [...requests.slice(0, 3), asked('DELETE', 1950, 202, pending('DELETE PENDING', 3))] },
    /the deletion was accepted, but the record ends as ACTIVE/,
  ],
  ['accepted requests without a record', withEnding({ resource: undefined }), /accepted, but there is no record/],
  ['a record that never becomes idle', withEnding({ isIdle: false }), /the record never became idle/],
  [
    'a request that was accepted twice',
    withRequest(2, { expectedGeneration: 1 }),
    /shows generation 2, not 1: a request was accepted twice/,
  ],
  [
    'an accepted request that was lost',
    withRequest(1, { expectedGeneration: 2 }),
    /shows generation 1, not 2: an accepted request was lost/,
  ],
  [
    'a response with an older generation than an earlier one',
    { ...good, requests: [...requests, asked('GET', 2100, 200, resourceOf(first, 1))] },
    /shows generation 1 after 3 had been answered/,
  ],
  [
    'a generation that was never requested',
    withEnding({ resource: resourceOf(second, 4) }),
    /the record ends with generation 4, but the newest accepted request has 3/,
  ],
  [
    'one generation for two opposite requests',
    { ...good, requests: [...requests, asked('DELETE', 2100, 202, pending('DELETE PENDING', 3))] },
    /generation 3 was requested both PRESENT and ABSENT/,
  ],
  ['a request without a response', withRequest(3, { answer: undefined }), /POST "shop" by acme was never answered/],
  [
    'a wrong response',
    withRequest(1, { answer: { status: 404, reason: 'NOT_FOUND' } }),
    /GET by acme was answered 404 NOT_FOUND, not shown/,
  ],
  [
    'CREATE FAILED without a reason',
    withEnding({ resource: pending('CREATE FAILED', 3), trackers: [] }),
    /CREATE FAILED without a reason/,
  ],
  [
    'a tracking ID that a client read but no event published',
    {
      ...withEvents([event(1, 1400, { status: 'DELETED' }), two, three]),
      requests: requests.map((request) => ({ ...request })),
    },
    /a client read a tracking ID that no event ever published/,
  ],
  ['ACTIVE without a tracker', withEnding({ trackers: [] }), /ACTIVE, but Personalize has no tracker/],
  [
    'DELETED although a tracker exists',
    withEnding({ resource: pending('DELETED', 3) }),
    /the record is DELETED, but Personalize has .*event-tracker\/2 ACTIVE/,
  ],
  [
    'a different tracking ID than in Personalize',
    withEnding({ trackers: [{ ...second, trackingId: 'other', status: 'ACTIVE', name: 'shop', tags: OWN_TAGS }] }),
    /the record has a different tracking ID than Personalize/,
  ],
  [
    'two trackers in one reading',
    { ...good, readings: [{ at: 1500, trackers: [first, second] }] },
    /two trackers at the same time/,
  ],
  [
    'two trackers at the same time, between two readings',
    { ...good, book: [{ ...first, goneAt: 2001 }, second] },
    /event-tracker\/2 was created while .*event-tracker\/1 existed/,
  ],
  [
    'more trackers than requests',
    { ...good, book: [0.1, 0.2].map((n) => tracker(n, { goneAt: n * 1000 + 50 })).concat(good.book) },
    /4 trackers were created by 3 requests/,
  ],
  ['a runtime that crashed', { ...good, troubles: ['the runtime ended by itself'] }, /ended by itself/],
])('%s', (_, story, violation) => {
  test('the judge reports it', () => {
    expect(judge(story).map((each) => each.message)).toContainEqual(expect.stringMatching(violation));
  });
});

test('a violation is printed with the history of its dataset group, without tracking IDs', () => {
  const story = withEnding({ sequence: 4 });
  const text = printStories(story, judge(story));
  expect(text).toContain('acme-g1: of 4 events, number 4 was never published');
  expect(text).toMatch(/kill -9, 7 ms after a request was sent/);
  expect(text).toMatch(/POST "shop" by acme -> 202 generation 3 CREATE PENDING/);
  expect(text).toMatch(/event 3 ACTIVE "shop" \(counter 3\)/);
  expect(text).toMatch(/Personalize: .*event-tracker\/1 is gone/);
  expect(text).not.toContain('tracking-id');
});
