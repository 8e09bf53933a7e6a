import { describe, expect, test } from 'vitest';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import type { AcceptedRequest, BookedTracker, Ending, Group, Kind, PublishedEvent, Story } from './story.ts';

/*
 * The judge of the crash campaigns, over stories made by hand: a good one has no violation, and each bad one differs from it in
 * the one thing that must be found.
 */

const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-g1';
const group: Group = { datasetGroupArn, tenantId: 'acme', hasInteractions: true };

const tracker = (n: number, times: Partial<BookedTracker> = {}): BookedTracker => ({
  eventTrackerArn: `arn:aws:personalize:us-east-1:123456789012:event-tracker/${n}`,
  trackingId: `tracking-id-${n}`,
  name: 'shop',
  datasetGroupArn,
  createdAt: n * 1000,
  settledAt: n * 1000 + 300,
  fails: false,
  ...times,
});
const first = tracker(1, { goneAt: 1900 });
const second = tracker(2);
const resourceOf = ({ eventTrackerArn, trackingId }: BookedTracker, generation: number) => ({
  trackerId: 'et-1',
  status: 'ACTIVE',
  generation,
  name: 'shop',
  eventTrackerArn,
  trackingId,
});
const pending = (status: string, generation: number) => ({ trackerId: 'et-1', status, generation, name: 'shop' });

const asked = (kind: Kind, at: number, status: number, resource: ReturnType<typeof pending>): AcceptedRequest => ({
  datasetGroupArn,
  tenantId: 'acme',
  kind,
  ...(kind === 'POST' && { name: 'shop' }),
  expects: [kind === 'GET' ? 'shown' : 'accepted'],
  expectedGeneration: resource.generation,
  tries: [{ sentAt: at, endedAt: at + 10, answer: status }],
  answer: { status, resource },
});

/** The counter is the sequence unless given. */
function event(sequence: number, at: number, data: Record<string, unknown>, counter = sequence): PublishedEvent {
  const detail = {
    metadata: {
      eventId: `et-1-${sequence}`,
      schemaVersion: '1.0',
      sequence,
      tenantId: 'acme',
      correlationId: 'c-1',
      occurredAt: '2026-01-01T00:00:00.000Z',
    },
    data: { trackerId: 'et-1', previousStatus: 'CREATE PENDING', name: 'shop', datasetGroupArn, ...data },
  };
  const text = JSON.stringify({ source: 'event-trackers', 'detail-type': 'Event Tracker State Change', detail });
  return { counter, at, text };
}
const active = ({ eventTrackerArn, trackingId }: BookedTracker) => ({ status: 'ACTIVE', eventTrackerArn, trackingId });

const requests: readonly AcceptedRequest[] = [
  asked('POST', 900, 202, pending('CREATE PENDING', 1)),
  asked('GET', 1500, 200, resourceOf(first, 1)),
  asked('DELETE', 1600, 202, pending('DELETE PENDING', 2)),
  asked('POST', 1950, 202, pending('CREATE PENDING', 3)),
];
const one = event(1, 1400, active(first));
const two = event(2, 1950, { status: 'DELETED' });
const three = event(3, 2400, active(second));
const received = [one, two, three];
const ending: Ending = {
  datasetGroupArn,
  resource: resourceOf(second, 3),
  sequence: 3,
  isIdle: true,
  trackers: [{ ...second, status: 'ACTIVE', name: 'shop' }],
};
const good: Story = {
  groups: [group],
  requests,
  kills: [{ at: 1450, moment: '7 ms after a request was sent' }],
  received,
  stream: received,
  readings: [{ at: 1500, trackers: [first] }],
  book: [first, second],
  endings: [ending],
  troubles: [],
};

/** The events of a story, as they were published and as the stream has them in the end. */
const withEvents = (events: readonly PublishedEvent[]): Story => ({ ...good, received: events, stream: events });
const withRequest = (index: number, change: Partial<AcceptedRequest>): Story => ({
  ...good,
  requests: requests.map((request, each) => (each === index ? { ...request, ...change } : request)),
});
const withEnding = (change: Partial<Ending>): Story => ({ ...good, endings: [{ ...ending, ...change }] });

const notCounted = (counter: number, events: readonly PublishedEvent[]) => ({
  ...withEvents(events),
  stream: [...events, { counter, text: one.text }],
});

test('a story as it should be has no violation', () => {
  expect(judge(good)).toEqual([]);
});

describe.each<[string, Story, RegExp]>([
  ['a sequence that was never published', notCounted(2, [one, three]), /of 3 events, number 2 was never published/],
  ['the last event lost', withEvents([one, two]), /of 3 events, number 3 was never published/],
  [
    'an event that the record knows nothing of',
    withEvents([...received, event(4, 2500, { status: 'DELETED' })]),
    /event 4 was published, the record knows of 3/,
  ],
  [
    'a tracking ID that was never a tracker’s',
    withEvents([one, two, event(3, 2400, { ...active(second), trackingId: 'invented' })]),
    /event 3 \(ACTIVE\) has a tracking ID that no tracker of this group ever had/,
  ],
  [
    'ACTIVE published before the tracker was',
    withEvents([event(1, 1299, active(first)), two, three]),
    /came 1 ms before the tracker was ACTIVE/,
  ],
  ['ACTIVE published for a tracker that failed', { ...good, book: [{ ...first, fails: true }, second] }, /that failed/],
  [
    'the old tracking ID published as a new one',
    withEvents([one, two, event(3, 2400, active(first))]),
    /event 3 \(ACTIVE\) was published before/,
  ],
  [
    'DELETED published while the tracker is there',
    withEvents([one, event(2, 1899, { status: 'DELETED' }), three]),
    /event 2 \(DELETED\) came while .*event-tracker\/1 was still there/,
  ],
  [
    'a tracker made after its deletion was published',
    {
      ...good,
      requests: [asked('POST', 900, 202, pending('CREATE PENDING', 1)), ...requests.slice(2, 3)],
      received: [event(1, 1950, { status: 'DELETED' })],
    },
    /event 1 \(DELETED\) came, and .*event-tracker\/2 of that request existed or was made later/,
  ],
  [
    'ACTIVE published with another name than the tracker’s',
    { ...good, book: [first, { ...second, name: 'old' }] },
    /event 3 \(ACTIVE\) names "shop", and the tracker is named "old"/,
  ],
  ['a deletion that was never published', withEnding({ sequence: 2 }), /event 3 was published, the record knows of 2/],
  [
    'a second ACTIVE without a DELETED between',
    withEvents([one, event(2, 2400, active(second)), event(3, 2500, { status: 'DELETED' })]),
    /follows ACTIVE, whose deletion was never published/,
  ],
  [
    'two contents under one event id',
    withEvents([...received, event(3, 2500, { ...active(second), name: 'other' }, 4)]),
    /event 3 was published with two different contents/,
  ],
  [
    'a failure that nothing led to',
    withEvents([
      one,
      event(2, 1950, {
        status: 'CREATE FAILED',
        failure: { code: 'CONFLICT', reason: 'somebody else', remedy: 'ask them', retryable: true },
      }),
      three,
    ]),
    /has the failure CONFLICT, and nothing of the kind happened/,
  ],
  [
    'a state that is no outcome',
    withEvents([event(1, 1400, { status: 'CREATE IN_PROGRESS' }), two, three]),
    /event 1 \(CREATE IN_PROGRESS\) is no outcome/,
  ],
  [
    'another tenant’s event',
    withEvents([one, two, { ...three, text: three.text.replace('"acme"', '"other"') }]),
    /the tenant other/,
  ],
  [
    'a name nobody gave',
    withEvents([one, { ...two, text: two.text.replace('"shop"', '"x"') }, three]),
    /nobody asked for/,
  ],
  ['an event of an unknown kind', withEvents([...received, { counter: 4, at: 2500, text: '{}' }]), /none of ours/],
  [
    'a drift that nobody caused',
    withEvents([...received, { counter: 4, at: 2500, text: three.text.replace('State Change', 'Drift Detected') }]),
    /reports drift, and nobody touched a tracker/,
  ],
  ['a counter given twice', { ...good, stream: [one, two, { ...three, counter: 2 }] }, /the counter 2 was given twice/],
  ['an event that is not there any more', { ...good, stream: [one, three] }, /the stream lacks event 2 of 3/],
  [
    'a record whose last event has another status',
    withEnding({ resource: pending('DELETED', 3) }),
    /the record ends DELETED, its last event has ACTIVE/,
  ],
])('%s', (_, story, violation) => {
  test('is found', () => {
    expect(judge(story).map((each) => each.message)).toContainEqual(expect.stringMatching(violation));
  });
});

describe.each<[string, Story, RegExp]>([
  [
    'an accepted request that never ended',
    withEnding({ resource: pending('CREATE PENDING', 3), isIdle: false, trackers: [] }),
    /a tracker was accepted, and it ended CREATE PENDING/,
  ],
  [
    'an accepted deletion that did not happen',
    { ...good, requests: [...requests.slice(0, 3), asked('DELETE', 1950, 202, pending('DELETE PENDING', 3))] },
    /the deletion was accepted, and it ended ACTIVE/,
  ],
  ['accepted requests without a record', withEnding({ resource: undefined }), /there is no record of them/],
  ['a record that never comes to rest', withEnding({ isIdle: false }), /it never came to rest/],
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
    'an answer older than one before',
    { ...good, requests: [...requests, asked('GET', 2100, 200, resourceOf(first, 1))] },
    /shows generation 1 after 3 had been answered/,
  ],
  [
    'a generation that nobody asked for',
    withEnding({ resource: resourceOf(second, 4) }),
    /the record ends with generation 4, the newest accepted request is 3/,
  ],
  [
    'one generation for two requests',
    { ...good, requests: [...requests, asked('DELETE', 2100, 202, pending('DELETE PENDING', 3))] },
    /generation 3 was requested both PRESENT and ABSENT/,
  ],
  ['a request without an answer', withRequest(3, { answer: undefined }), /POST "shop" by acme was never answered/],
  [
    'an answer that must not be',
    withRequest(1, { answer: { status: 404, reason: 'NOT_FOUND' } }),
    /GET by acme was answered 404 NOT_FOUND, not shown/,
  ],
  [
    'CREATE FAILED without a reason',
    withEnding({ resource: pending('CREATE FAILED', 3), trackers: [] }),
    /CREATE FAILED, without a reason/,
  ],
  [
    'an ACTIVE that a client saw and no event published',
    {
      ...withEvents([event(1, 1400, { status: 'DELETED' }), two, three]),
      requests: requests.map((request) => ({ ...request })),
    },
    /a client saw it ACTIVE with a tracking ID that no event ever published/,
  ],
  ['ACTIVE, and no tracker', withEnding({ trackers: [] }), /ACTIVE, and Personalize has no tracker/],
  [
    'DELETED, and a tracker',
    withEnding({ resource: pending('DELETED', 3) }),
    /the record is DELETED, and Personalize has .*event-tracker\/2 ACTIVE/,
  ],
  [
    'another tracking ID than Personalize’s',
    withEnding({ trackers: [{ ...second, trackingId: 'other', status: 'ACTIVE', name: 'shop' }] }),
    /the record has another tracking ID than Personalize/,
  ],
  [
    'two trackers read',
    { ...good, readings: [{ at: 1500, trackers: [first, second] }] },
    /two trackers at the same time/,
  ],
  [
    'two trackers at the same time, between two readings',
    { ...good, book: [{ ...first, goneAt: 2001 }, second] },
    /event-tracker\/2 was made while .*event-tracker\/1 was there/,
  ],
  [
    'more trackers than requests',
    { ...good, book: [0.1, 0.2].map((n) => tracker(n, { goneAt: n * 1000 + 50 })).concat(good.book) },
    /4 trackers were created by 3 requests/,
  ],
  ['a runtime that died by itself', { ...good, troubles: ['the runtime ended by itself'] }, /ended by itself/],
])('%s', (_, story, violation) => {
  test('is found', () => {
    expect(judge(story).map((each) => each.message)).toContainEqual(expect.stringMatching(violation));
  });
});

test('a violation is printed with what happened on its dataset group, without tracking IDs', () => {
  const story = withEnding({ sequence: 4 });
  const text = printStories(story, judge(story));
  expect(text).toContain('acme-g1: of 4 events, number 4 was never published');
  expect(text).toMatch(/kill -9, 7 ms after a request was sent/);
  expect(text).toMatch(/POST "shop" by acme -> 202 generation 3 CREATE PENDING/);
  expect(text).toMatch(/event 3 ACTIVE "shop" \(counter 3\)/);
  expect(text).toMatch(/Personalize: .*event-tracker\/1 is gone/);
  expect(text).not.toContain('tracking-id');
});
