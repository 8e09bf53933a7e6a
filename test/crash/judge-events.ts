import * as z from 'zod';
import {
  DRIFT_DETECTED,
  EVENT_SOURCE,
  type EventTrackerStateChange,
  STATE_CHANGE,
  stateChangeSchema,
} from '../../events/contract.ts';
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
  'detail-type': z.enum([STATE_CHANGE, DRIFT_DETECTED]),
  detail: z.unknown(),
});

/** An event of a tracker, as it was first told; `at` is when a subscriber first had it. */
interface Told {
  readonly at: number;
  readonly detail: EventTrackerStateChange;
  readonly text: string;
}

/** The stream has no hole and nothing false. */
export function judgeEvents(story: Story): Violation[] {
  const violations = judgeStream(story);
  const first = new Map<string, Told>();
  for (const { text, at, counter } of [...story.told].sort((left, right) => left.at - right.at)) {
    const envelope = envelopeSchema.safeParse(JSON.parse(text));
    if (!envelope.success) {
      violations.push({ told: `event ${counter} is none of ours: ${envelope.error.message}` });
      continue;
    }
    const { detail, 'detail-type': type } = envelope.data;
    if (type === DRIFT_DETECTED) {
      violations.push({
        told: `event ${counter} tells a drift, and nobody touched a tracker: ${JSON.stringify(detail)}`,
      });
      continue;
    }
    const parsed = stateChangeSchema.safeParse(detail);
    if (!parsed.success) {
      violations.push({ told: `event ${counter} breaks the contract: ${parsed.error.message}` });
      continue;
    }
    const { eventId, sequence } = parsed.data.metadata;
    const { datasetGroupArn } = parsed.data.data;
    const before = first.get(eventId);
    if (before === undefined) first.set(eventId, { at, detail: parsed.data, text: JSON.stringify(detail) });
    else if (before.text !== JSON.stringify(detail)) {
      violations.push({ datasetGroupArn, told: `event ${sequence} was told with two different contents` });
    }
  }
  const told = [...first.values()];
  for (const group of story.groups) {
    const own = told.filter(({ detail }) => detail.data.datasetGroupArn === group.datasetGroupArn);
    violations.push(...judgeTracker(story, group, own));
  }
  const known = new Set(story.groups.map(({ datasetGroupArn }) => datasetGroupArn));
  for (const { detail } of told) {
    if (!known.has(detail.data.datasetGroupArn)) {
      violations.push({ told: `an event speaks of ${detail.data.datasetGroupArn}, which nobody asked for` });
    }
  }
  return violations;
}

/** A counter is given once, and what was told stays told. */
function judgeStream({ told, stream }: Story): Violation[] {
  const texts = new Map<number, string>();
  const violations: Violation[] = [];
  for (const { counter, text } of [...told, ...stream]) {
    const before = texts.get(counter);
    if (before !== undefined && before !== text) violations.push({ told: `the counter ${counter} was given twice` });
    texts.set(counter, text);
  }
  const last = Math.max(0, ...texts.keys());
  const kept = new Set(stream.map(({ counter }) => counter));
  for (let counter = 1; counter <= last; counter++) {
    if (!kept.has(counter)) violations.push({ told: `the stream lacks event ${counter} of ${last}` });
  }
  return violations;
}

/** One tracker's events: 1 to n, the last one the record's outcome, each of a state that was reached. */
function judgeTracker({ requests, endings, book }: Story, group: Group, own: readonly Told[]): Violation[] {
  const { datasetGroupArn } = group;
  const violations: Violation[] = [];
  const violation = (told: string) => violations.push({ datasetGroupArn, told });
  const ordered = [...own].sort((left, right) => left.detail.metadata.sequence - right.detail.metadata.sequence);
  const ending = endings.find((each) => each.datasetGroupArn === datasetGroupArn);

  const sequences = ordered.map(({ detail }) => detail.metadata.sequence);
  const count = Math.max(ending?.sequence ?? 0, sequences.at(-1) ?? 0);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((each) => !sequences.includes(each));
  if (missing.length > 0) violation(`of ${count} events, number ${missing.join(', ')} was never told`);
  if ((ending?.sequence ?? 0) < count)
    violation(`event ${count} was told, the record knows of ${ending?.sequence ?? 0}`);

  const outcome = ending?.resource;
  const last = ordered.at(-1)?.detail.data;
  if (outcome && last?.status !== outcome.status) {
    violation(`the record ends ${outcome.status}, its last event says ${last?.status ?? 'nothing'}`);
  } else if (last?.trackingId !== outcome?.trackingId) {
    violation('the last event has another tracking ID than the record');
  }

  const trackers = book.filter((tracker) => tracker.datasetGroupArn === datasetGroupArn);
  const asked = requests.filter((each) => each.datasetGroupArn === datasetGroupArn && each.tenantId === group.tenantId);
  const names = new Set(asked.map(({ name }) => name));
  for (const [index, each] of ordered.entries()) {
    const { metadata, data } = each.detail;
    const before = ordered[index - 1]?.detail.data.status;
    const say = (told: string) => violation(`event ${metadata.sequence} (${data.status}) ${told}`);
    if (metadata.tenantId !== group.tenantId) say(`is told as of ${metadata.tenantId}, not of ${group.tenantId}`);
    if (!names.has(data.name)) say(`names "${data.name}", which nobody asked for`);
    if (before === 'ACTIVE' && data.status !== 'DELETED') say('follows ACTIVE, whose deletion was never told');
    // Where one wish alone had the name, whatever is made with it is of that wish.
    const made = trackers.filter(({ name }) => name === data.name && generationsOf(asked, name) === 1);
    for (const told of falsehoods(each, ordered.slice(0, index), trackers, group)) say(told);
    const left = data.status === 'DELETED' ? made.find(({ goneAt }) => !(goneAt && goneAt <= each.at)) : undefined;
    if (left) say(`came, and ${left.eventTrackerArn} of that wish was there or was made later`);
  }

  for (const { answer } of requests) {
    const trackingId = answer?.resource?.trackingId;
    const isOurs = trackingId !== undefined && trackers.some((tracker) => tracker.trackingId === trackingId);
    if (isOurs && !ordered.some(({ detail }) => detail.data.trackingId === trackingId)) {
      violation('a client saw it ACTIVE with a tracking ID that no event ever told');
    }
  }
  return [...new Map(violations.map((each) => [each.told, each])).values()];
}

/** How many wishes for a tracker of this name were accepted. */
const generationsOf = (asked: readonly AcceptedRequest[], wished: string): number =>
  new Set(
    asked
      .filter((each) => each.kind === 'POST' && each.name === wished && isAccepted(each))
      .map(({ answer }) => answer?.resource?.generation),
  ).size;

/** What is not true of an event, by Personalize's own book. */
function falsehoods(
  { at, detail: { data } }: Told,
  earlier: readonly Told[],
  trackers: readonly BookedTracker[],
  { hasInteractions }: Group,
): string[] {
  switch (data.status) {
    case 'ACTIVE': {
      const tracker = trackers.find(({ trackingId }) => trackingId === data.trackingId);
      if (tracker === undefined) return ['has a tracking ID that no tracker of this group ever had'];
      const told: string[] = [];
      if (tracker.eventTrackerArn !== data.eventTrackerArn) told.push('names another ARN than its tracking ID has');
      if (tracker.name !== data.name) told.push(`names "${data.name}", and the tracker is named "${tracker.name}"`);
      if (tracker.fails) told.push('speaks of a tracker that failed');
      if (tracker.settledAt > at) told.push(`came ${tracker.settledAt - at} ms before the tracker was ACTIVE`);
      if (earlier.some(({ detail }) => detail.data.trackingId === data.trackingId)) told.push('was told before');
      return told;
    }
    case 'DELETED': {
      const active = new Set(earlier.map(({ detail }) => detail.data.trackingId));
      const left = trackers.find(({ trackingId, goneAt }) => active.has(trackingId) && !(goneAt && goneAt <= at));
      return left ? [`came while ${left.eventTrackerArn} was still there`] : [];
    }
    case 'CREATE FAILED': {
      const { code = 'none', reason = '' } = data.failure ?? {};
      const isDue =
        code === 'NO_INTERACTIONS_DATASET'
          ? !hasInteractions
          : code === 'CREATE_FAILED' &&
            trackers.some(({ fails, eventTrackerArn }) => fails && reason.includes(eventTrackerArn));
      return isDue ? [] : [`has the failure ${code}, and nothing of the kind happened: ${reason}`];
    }
    default:
      return ['is no outcome'];
  }
}
