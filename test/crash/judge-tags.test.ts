import { describe, expect, test } from 'vitest';
import { UPDATED } from '../../events/contract.ts';
import { asked, ending, event, good, OWN_TAGS, pending, received, requests, resourceOf, second } from './good-story.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import type { AcceptedRequest, Desired, Ending, PublishedEvent, Resource, Story, Tag } from './story.ts';

/*
 * Tests what the judge of the crash campaigns says of changed tags. The good story goes on where the one of good-story.ts ends: a PATCH is
 * made, its key and that of the POST are repeated, and another PATCH is rejected.
 */

const NEW: readonly Tag[] = [{ tagKey: 'team', tagValue: 'search' }];
const desired: Desired = { tags: NEW, clientContext: 'order 7' };
const before = resourceOf(second, 3);
const changing: Resource = {
  ...resourceOf(second, 4),
  desiredTags: [...NEW],
  clientContext: 'order 7',
  progress: { waitingFor: 'tag-update' },
};
const changed: Resource = { ...resourceOf(second, 4), tags: [...NEW], clientContext: 'order 7' };

const patch: AcceptedRequest = { ...asked('PATCH', 2500, 202, changing), tags: NEW, expectedDesired: desired };
const replay = (kind: 'PATCH' | 'POST', at: number): AcceptedRequest => ({
  ...asked(kind, at, 200, changed),
  ...(kind === 'PATCH' && { tags: NEW }),
  isReplay: true,
  expectedDesired: desired,
  answer: { status: 200, resource: changed, isReplayed: true },
});
const rejected: AcceptedRequest = {
  ...asked('PATCH', 2800, 412, changed),
  tags: [{ tagKey: 'team', tagValue: 'rejected' }],
  expects: ['PRECONDITION_FAILED'],
  answer: { status: 412, reason: 'PRECONDITION_FAILED' },
};
const shown: AcceptedRequest = { ...asked('GET', 2900, 200, changed), expectedDesired: desired };
const asks = [
  ...requests,
  asked('GET', 2450, 200, before),
  patch,
  replay('PATCH', 2600),
  replay('POST', 2700),
  rejected,
  shown,
];

const updated = (sequence: number, at: number, data: Record<string, unknown> = {}): PublishedEvent => {
  const { eventTrackerArn } = second;
  const one = event(sequence, at, { status: 'ACTIVE', eventTrackerArn, outcome: 'UPDATED', ...data });
  return { ...one, text: one.text.replace('Event Tracker State Change', UPDATED) };
};
const denied = { code: 'ACCESS_DENIED', reason: 'no', remedy: 'permit it', retryable: true };
const events = [...received, updated(4, 2550)];
const end: Ending = {
  ...ending,
  sequence: 4,
  resource: changed,
  trackers: [{ ...second, status: 'ACTIVE', tags: [...NEW, ...OWN_TAGS] }],
};
const story: Story = { ...good, requests: asks, received: events, stream: events, endings: [end] };

const withEvents = (all: readonly PublishedEvent[]): Story => ({ ...story, received: all, stream: all });
const withEnding = (change: Partial<Ending>): Story => ({ ...story, endings: [{ ...end, ...change }] });
const withTags = (tags: readonly Tag[]): Story => withEnding({ trackers: [{ ...second, status: 'ACTIVE', tags }] });
const replaced = (request: AcceptedRequest, change: Partial<AcceptedRequest>): Story => ({
  ...story,
  requests: asks.map((each) => (each === request ? { ...each, ...change } : each)),
});
const answered = (request: AcceptedRequest, resource: Resource): Story =>
  replaced(request, { answer: { ...request.answer, status: request.answer?.status ?? 0, resource } });

const failed: Resource = {
  ...changed,
  tags: [],
  desiredTags: [...NEW],
  updateFailure: { code: 'ACCESS_DENIED', reason: 'no' },
};
const withFailure: Story = {
  ...story,
  groups: story.groups.map((group) => ({ ...group, mayDenyTags: true })),
  requests: asks.filter((each) => each !== shown && !each.isReplay),
  received: [...received, updated(4, 2550, { outcome: 'UPDATE_FAILED', failure: denied })],
  stream: [...received, updated(4, 2550, { outcome: 'UPDATE_FAILED', failure: denied })],
  endings: [{ ...end, resource: failed, trackers: [{ ...second, status: 'ACTIVE', tags: OWN_TAGS }] }],
};

test.each([
  ['a change of tags', story],
  ['a change of tags that was denied where it may be', withFailure],
])('%s is no violation', (_, good) => {
  expect(judge(good)).toEqual([]);
});

describe.each<[string, Story, RegExp]>([
  [
    'a response with other desired tags than the request',
    answered(patch, { ...changing, desiredTags: [] }),
    /PATCH with team=search by acme shows the desired tags none, not team=search/,
  ],
  [
    'a response with another context',
    answered(shown, { ...changed, clientContext: 'order 6' }),
    /shows the context order 6, not order 7/,
  ],
  [
    'a PATCH accepted for a tracker that is not ACTIVE',
    answered(patch, { ...pending('CREATE PENDING', 4), desiredTags: [...NEW], clientContext: 'order 7' }),
    /was accepted, and shows CREATE PENDING without a tracking ID/,
  ],
  [
    'an ACTIVE tracker without its tracking ID while its tags are being changed',
    answered(patch, { ...changing, trackingId: undefined }),
    /was accepted, and shows ACTIVE without a tracking ID/,
  ],
  [
    'a PATCH that changes the tracking ID',
    answered(shown, { ...changed, trackingId: 'tracking-id-9' }),
    /two tracking IDs were shown for generation 4/,
  ],
  [
    'a generation whose PATCH has another tracking ID than the one before',
    { ...story, requests: [...requests, asked('GET', 2450, 200, { ...before, trackingId: 'tracking-id-9' }), patch] },
    /the PATCH of generation 4 changed the tracking ID/,
  ],
  [
    'tags that nobody changes any more',
    answered(shown, { ...changed, tags: [], desiredTags: [...NEW] }),
    /shows tags that differ from the desired ones, and nothing that is being done about it/,
  ],
  [
    'a repeated key that is answered like a new request',
    replaced(asks.find(({ isReplay }) => isReplay) ?? patch, { answer: { status: 200, resource: changed } }),
    /repeated PATCH with team=search by acme was not answered as a repeat of its key/,
  ],
  [
    'a repeated key that makes its change again',
    replaced(asks.find(({ isReplay }) => isReplay) ?? patch, {
      answer: { status: 200, resource: { ...changed, generation: 5 }, isReplayed: true },
    }),
    /shows generation 5, not 4: a request was accepted twice/,
  ],
  [
    'a repeated POST that is rejected because its tags were changed',
    replaced(asks.find(({ kind, isReplay }) => isReplay && kind === 'POST') ?? patch, {
      answer: { status: 409, reason: 'TAGS_CONFLICT' },
    }),
    /repeated POST "shop" by acme was answered 409 TAGS_CONFLICT, not accepted/,
  ],
  [
    'a tag of a rejected PATCH in Personalize',
    withTags([...NEW, { tagKey: 'team', tagValue: 'rejected' }, ...OWN_TAGS]),
    /PATCH with team=rejected by acme was rejected, but team=rejected was seen/,
  ],
  [
    'a tag of a rejected PATCH in a response',
    answered(shown, { ...changed, tags: [{ tagKey: 'team', tagValue: 'rejected' }] }),
    /was rejected, but team=rejected was seen/,
  ],
  [
    'tags in Personalize that are not the newest ones',
    withTags(OWN_TAGS),
    /Personalize has the tags none, not team=search/,
  ],
  [
    'a record with other tags than Personalize',
    withTags(OWN_TAGS),
    /the record has the tags team=search, but Personalize has none/,
  ],
  [
    'a record that ends with other tags',
    withEnding({ resource: { ...changed, tags: [] } }),
    /the desired tags end as none, not team=search/,
  ],
  [
    'a record that ends with another context',
    withEnding({ resource: { ...changed, clientContext: undefined } }),
    /the context ends as undefined, not order 7/,
  ],
  [
    "this service's own tags removed",
    withTags([...NEW, ...OWN_TAGS.slice(1)]),
    /this service's own tags end as event-trackers:deployment=local/,
  ],
  [
    'a denied change after which the record has other tags than Personalize',
    { ...withFailure, endings: withTags([...NEW, ...OWN_TAGS]).endings.map((each) => ({ ...each, resource: failed })) },
    /the record has the tags none, but Personalize has team=search/,
  ],
  [
    'a change whose outcome was never published',
    withEvents(received),
    /the last change of tags ends as UPDATED, but its last event is ACTIVE/,
  ],
  [
    'a change published as failed that was made',
    { ...withFailure, endings: [end] },
    /the last change of tags ends as UPDATED, but its last event is UPDATE_FAILED/,
  ],
  [
    'a second ACTIVE instead of the change',
    withEvents([
      ...received,
      event(4, 2550, { status: 'ACTIVE', eventTrackerArn: second.eventTrackerArn, trackingId: second.trackingId }),
    ]),
    /event 4 \(ACTIVE\) was published before/,
  ],
  [
    'a change published before ACTIVE',
    withEvents([
      ...received.slice(0, 2),
      updated(3, 2300),
      event(4, 2550, { status: 'ACTIVE', eventTrackerArn: second.eventTrackerArn, trackingId: second.trackingId }),
    ]),
    /event 3 \(UPDATED\) follows DELETED, not ACTIVE/,
  ],
  [
    'a change of the tracker before',
    withEvents([...received, updated(4, 2550, { eventTrackerArn: 'arn:other' })]),
    /event 4 \(UPDATED\) names another event tracker than ACTIVE did/,
  ],
  [
    'a change that changes the name',
    withEvents([...received, updated(4, 2550, { name: 'other' })]),
    /event 4 \(UPDATED\) names "other", but ACTIVE named "shop"/,
  ],
  [
    'a change that failed without a cause',
    { ...withFailure, groups: story.groups },
    /event 4 \(UPDATE_FAILED\) has the failure ACCESS_DENIED, but nothing like that happened/,
  ],
  [
    'more outcomes than changes',
    { ...withEvents([...events, updated(5, 2600)]), endings: [{ ...end, sequence: 5 }] },
    /2 changes of tags were published, but at most 1 were requested/,
  ],
  [
    'a change that breaks the contract',
    withEvents([...received, updated(4, 2550, { outcome: 'DONE' })]),
    /event 4 breaks the contract/,
  ],
])('%s', (_, bad, violation) => {
  test('the judge reports it', () => {
    expect(judge(bad).map((each) => each.message)).toContainEqual(expect.stringMatching(violation));
  });
});

test('the printed history shows changes with their tags and outcomes', () => {
  const bad = withTags(OWN_TAGS);
  const text = printStories(bad, judge(bad));
  expect(text).toMatch(/PATCH with team=search by acme -> 202 generation 4 ACTIVE/);
  expect(text).toMatch(/event 4 UPDATED "shop" \(counter 4\)/);
  expect(text).not.toContain('tracking-id-');
});
