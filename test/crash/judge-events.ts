import * as z from 'zod';
import { DRIFT_DETECTED, EVENT_SOURCE, STATE_CHANGE, UPDATED } from '../../events/contract.ts';
import { judgeUpdates } from './judge-updates.ts';
import { isStateChange, type ReceivedEvent, readEvent, type StateChange } from './received-event.ts';
import {
  type AcceptedRequest,
  type BookedTracker,
  type Group,
  isAccepted,
  type Story,
  type Violation,
} from './story.ts';

const envelopeSchema = z.object({
  source: z.literal(EVENT_SOURCE),
  'detail-type': z.enum([STATE_CHANGE, UPDATED, DRIFT_DETECTED]),
  detail: z.unknown(),
});

/** Checks that the stream has no gap and that each event is true. */
export function judgeEvents(story: Story): Violation[] {
  const violations = judgeStream(story);
  const first = new Map<string, ReceivedEvent>();
  for (const { text, at, counter } of [...story.received].sort((left, right) => left.at - right.at)) {
    const envelope = envelopeSchema.safeParse(JSON.parse(text));
    if (!envelope.success) {
      violations.push({ message: `event ${counter} is not an event of the service: ${envelope.error.message}` });
      continue;
    }
    const { detail, 'detail-type': type } = envelope.data;
    if (type === DRIFT_DETECTED) {
      violations.push({
        message: `event ${counter} reports drift, but no tracker was changed out of band: ${JSON.stringify(detail)}`,
      });
      continue;
    }
    const event = readEvent(type, at, detail);
    if (event instanceof z.ZodError) {
      violations.push({ message: `event ${counter} breaks the contract: ${event.message}` });
      continue;
    }
    const { eventId, sequence } = event.detail.metadata;
    const { datasetGroupArn } = event.detail.data;
    const before = first.get(eventId);
    if (before === undefined) first.set(eventId, event);
    else if (before.text !== event.text) {
      violations.push({ datasetGroupArn, message: `event ${sequence} was published with two different contents` });
    }
  }
  const received = [...first.values()];
  for (const group of story.groups) {
    const own = received.filter(({ detail }) => detail.data.datasetGroupArn === group.datasetGroupArn);
    violations.push(...judgeTracker(story, group, own));
  }
  const known = new Set(story.groups.map(({ datasetGroupArn }) => datasetGroupArn));
  for (const { detail } of received) {
    if (!known.has(detail.data.datasetGroupArn)) {
      violations.push({ message: `an event names ${detail.data.datasetGroupArn}, which was never requested` });
    }
  }
  return violations;
}

/** Checks that no counter is used twice, and that a received event stays in the stream. */
function judgeStream({ received, stream }: Story): Violation[] {
  const texts = new Map<number, string>();
  const violations: Violation[] = [];
  for (const { counter, text } of [...received, ...stream]) {
    const before = texts.get(counter);
    if (before !== undefined && before !== text) violations.push({ message: `the counter ${counter} was used twice` });
    texts.set(counter, text);
  }
  const last = Math.max(0, ...texts.keys());
  const kept = new Set(stream.map(({ counter }) => counter));
  for (let counter = 1; counter <= last; counter++) {
    if (!kept.has(counter)) violations.push({ message: `the stream lacks event ${counter} of ${last}` });
  }
  return violations;
}

/** Checks one tracker's events: numbered from 1 to n, each of a state that occurred, the last one equal to the record's outcome. */
function judgeTracker({ requests, endings, book }: Story, group: Group, own: readonly ReceivedEvent[]): Violation[] {
  const { datasetGroupArn } = group;
  const violations: Violation[] = [];
  const violation = (message: string) => violations.push({ datasetGroupArn, message });
  const ordered = [...own].sort((left, right) => left.detail.metadata.sequence - right.detail.metadata.sequence);
  const ending = endings.find((each) => each.datasetGroupArn === datasetGroupArn);

  const sequences = ordered.map(({ detail }) => detail.metadata.sequence);
  const count = Math.max(ending?.sequence ?? 0, sequences.at(-1) ?? 0);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((each) => !sequences.includes(each));
  if (missing.length > 0) violation(`of ${count} events, number ${missing.join(', ')} was never published`);
  if ((ending?.sequence ?? 0) < count)
    violation(`event ${count} was published, but the record's sequence is ${ending?.sequence ?? 0}`);

  const outcome = ending?.resource;
  const changes = ordered.filter(isStateChange);
  const last = changes.at(-1)?.detail.data;
  if (outcome && last?.status !== outcome.status) {
    violation(`the record ends as ${outcome.status}, but its last event has ${last?.status ?? 'no status'}`);
  } else if (last?.trackingId !== outcome?.trackingId) {
    violation('the last event has a different tracking ID than the record');
  }

  const trackers = book.filter((tracker) => tracker.datasetGroupArn === datasetGroupArn);
  const asked = requests.filter((each) => each.datasetGroupArn === datasetGroupArn && each.tenantId === group.tenantId);
  const names = new Set(asked.map(({ name }) => name));
  for (const { detail } of ordered) {
    const { metadata, data } = detail;
    const report = (message: string) => violation(`event ${metadata.sequence} (${data.status}) ${message}`);
    if (metadata.tenantId !== group.tenantId)
      report(`has the tenant ${metadata.tenantId} instead of ${group.tenantId}`);
    if (!names.has(data.name)) report(`names "${data.name}", which was never requested`);
  }
  for (const message of judgeUpdates(ordered, asked, group, ending)) violation(message);
  for (const [index, each] of changes.entries()) {
    const { metadata, data } = each.detail;
    const before = changes[index - 1]?.detail.data.status;
    const report = (message: string) => violation(`event ${metadata.sequence} (${data.status}) ${message}`);
    if (before === 'ACTIVE' && data.status !== 'DELETED') report('follows ACTIVE, whose deletion was never published');
    // A name that only one request had identifies that request's trackers.
    const made = trackers.filter(({ name }) => name === data.name && generationsOf(asked, name) === 1);
    for (const message of contradictions(each, changes.slice(0, index), trackers, group)) report(message);
    const left = data.status === 'DELETED' ? made.find(({ goneAt }) => !(goneAt && goneAt <= each.at)) : undefined;
    if (left) report(`was published, but ${left.eventTrackerArn} of that request existed or was created later`);
  }

  for (const { answer } of requests) {
    const trackingId = answer?.resource?.trackingId;
    const isOurs = trackingId !== undefined && trackers.some((tracker) => tracker.trackingId === trackingId);
    if (isOurs && !changes.some(({ detail }) => detail.data.trackingId === trackingId)) {
      violation('a client read a tracking ID that no event ever published');
    }
  }
  return [...new Map(violations.map((each) => [each.message, each])).values()];
}

/** How many requests for a tracker of this name were accepted. */
const generationsOf = (asked: readonly AcceptedRequest[], name: string): number =>
  new Set(
    asked
      .filter((each) => each.kind === 'POST' && each.name === name && isAccepted(each))
      .map(({ answer }) => answer?.resource?.generation),
  ).size;

/** How an event contradicts Personalize's own list of trackers. */
function contradictions(
  { at, detail: { data } }: StateChange,
  earlier: readonly StateChange[],
  trackers: readonly BookedTracker[],
  { hasInteractions }: Group,
): string[] {
  switch (data.status) {
    case 'ACTIVE': {
      const tracker = trackers.find(({ trackingId }) => trackingId === data.trackingId);
      if (tracker === undefined) return ['has a tracking ID that no tracker of this dataset group ever had'];
      const messages: string[] = [];
      if (tracker.eventTrackerArn !== data.eventTrackerArn)
        messages.push('has an ARN that does not belong to its tracking ID');
      if (tracker.name !== data.name) messages.push(`names "${data.name}", but the tracker is named "${tracker.name}"`);
      if (tracker.fails) messages.push('names a tracker that failed');
      if (tracker.settledAt > at)
        messages.push(`was published ${tracker.settledAt - at} ms before the tracker was ACTIVE`);
      if (earlier.some(({ detail }) => detail.data.trackingId === data.trackingId))
        messages.push('was published before');
      return messages;
    }
    case 'DELETED': {
      const active = new Set(earlier.map(({ detail }) => detail.data.trackingId));
      const left = trackers.find(({ trackingId, goneAt }) => active.has(trackingId) && !(goneAt && goneAt <= at));
      return left ? [`was published while ${left.eventTrackerArn} still existed`] : [];
    }
    case 'CREATE FAILED': {
      const { code = 'none', reason = '' } = data.failure ?? {};
      const isDue =
        code === 'NO_INTERACTIONS_DATASET'
          ? !hasInteractions
          : code === 'CREATE_FAILED' &&
            trackers.some(({ fails, eventTrackerArn }) => fails && reason.includes(eventTrackerArn));
      return isDue ? [] : [`has the failure ${code}, but nothing like that happened: ${reason}`];
    }
    default:
      return ['is not an outcome'];
  }
}
