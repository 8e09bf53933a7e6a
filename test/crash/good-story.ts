import { SCHEMA_VERSION } from '../../events/contract.ts';
import type { AcceptedRequest, BookedTracker, Ending, Group, Kind, PublishedEvent, Resource, Story } from './story.ts';

/* A handmade story of a crash campaign without a violation, and the parts of which tests make others. */

export const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-g1';
export const group: Group = { datasetGroupArn, tenantId: 'acme', hasInteractions: true };

export const tracker = (n: number, times: Partial<BookedTracker> = {}): BookedTracker => ({
  eventTrackerArn: `arn:aws:personalize:us-east-1:123456789012:event-tracker/${n}`,
  trackingId: `tracking-id-${n}`,
  name: 'shop',
  datasetGroupArn,
  createdAt: n * 1000,
  settledAt: n * 1000 + 300,
  fails: false,
  ...times,
});
export const first = tracker(1, { goneAt: 1900 });
export const second = tracker(2);
export const resourceOf = ({ eventTrackerArn, trackingId }: BookedTracker, generation: number): Resource => ({
  trackerId: 'et-1',
  status: 'ACTIVE',
  generation,
  name: 'shop',
  tags: [],
  eventTrackerArn,
  trackingId,
});
export const pending = (status: string, generation: number): Resource => ({
  trackerId: 'et-1',
  status,
  generation,
  name: 'shop',
  tags: [],
});
/** The tags that this service gives each tracker. */
export const OWN_TAGS = [
  { tagKey: 'event-trackers:tracker-id', tagValue: 'et-1' },
  { tagKey: 'event-trackers:deployment', tagValue: 'local' },
];

export const asked = (kind: Kind, at: number, status: number, resource: Resource): AcceptedRequest => ({
  datasetGroupArn,
  tenantId: 'acme',
  kind,
  ...(kind === 'POST' && { name: 'shop' }),
  expects: [kind === 'GET' ? 'shown' : 'accepted'],
  expectedGeneration: resource.generation,
  tries: [{ sentAt: at, endedAt: at + 10, answer: status }],
  answer: { status, resource },
});

/** By default the counter equals the sequence. */
export function event(sequence: number, at: number, data: Record<string, unknown>, counter = sequence): PublishedEvent {
  const detail = {
    metadata: {
      eventId: `et-1-${sequence}`,
      schemaVersion: SCHEMA_VERSION,
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
export const active = ({ eventTrackerArn, trackingId }: BookedTracker) => ({
  status: 'ACTIVE',
  eventTrackerArn,
  trackingId,
});

export const requests: readonly AcceptedRequest[] = [
  asked('POST', 900, 202, pending('CREATE PENDING', 1)),
  asked('GET', 1500, 200, resourceOf(first, 1)),
  asked('DELETE', 1600, 202, pending('DELETE PENDING', 2)),
  asked('POST', 1950, 202, pending('CREATE PENDING', 3)),
];
export const one = event(1, 1400, active(first));
export const two = event(2, 1950, { status: 'DELETED' });
export const three = event(3, 2400, active(second));
export const received = [one, two, three];
export const ending: Ending = {
  datasetGroupArn,
  resource: resourceOf(second, 3),
  sequence: 3,
  isIdle: true,
  trackers: [{ ...second, status: 'ACTIVE', name: 'shop', tags: OWN_TAGS }],
};
export const good: Story = {
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

/** The good story with these events, both as received and as in the final stream. */
export const withEvents = (events: readonly PublishedEvent[]): Story => ({ ...good, received: events, stream: events });
export const withRequest = (index: number, change: Partial<AcceptedRequest>): Story => ({
  ...good,
  requests: requests.map((request, each) => (each === index ? { ...request, ...change } : request)),
});
export const withEnding = (change: Partial<Ending>): Story => ({ ...good, endings: [{ ...ending, ...change }] });
