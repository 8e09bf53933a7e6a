import { callerTags, ownershipTags } from '../../functions/tracker/ownership.ts';
import { titleOf } from './judge-requests.ts';
import {
  type AcceptedRequest,
  areSameTags,
  desiredTagsOf,
  type Ending,
  isAccepted,
  isNew,
  type Resource,
  type Story,
  type Tag,
  type Violation,
} from './story.ts';

/** The local runtime's deployment. */
const DEPLOYMENT = 'local';

/**
 * Checks what PATCH promises: the newest desired tags and context win, nothing of a rejected request is ever seen, the tracking ID stays,
 * and this service's own tags too.
 */
export function judgeTags(story: Story): Violation[] {
  return story.groups.flatMap(({ datasetGroupArn, tenantId }) => {
    const ofGroup = story.requests.filter((request) => request.datasetGroupArn === datasetGroupArn);
    const own = ofGroup.filter((request) => request.tenantId === tenantId);
    const ending = story.endings.find((each) => each.datasetGroupArn === datasetGroupArn);
    const messages = [
      ...own.flatMap(judgeAnswer),
      ...judgeTrackingIds(own),
      ...judgeRejected(ofGroup, ending),
      ...(ending ? judgeEnding(own, ending) : []),
    ];
    return messages.map((message) => ({ datasetGroupArn, message }));
  });
}

const print = (tags: readonly Tag[]): string =>
  tags.map(({ tagKey, tagValue }) => `${tagKey}=${tagValue}`).join(', ') || 'none';

function judgeAnswer(request: AcceptedRequest): string[] {
  const { kind, expectedDesired, isReplay, answer } = request;
  const messages: string[] = [];
  const report = (message: string) => messages.push(`${titleOf(request)} ${message}`);
  if (isReplay && isAccepted(request) && !answer?.isReplayed) report('was not answered as a repeat of its key');
  const resource = answer?.resource;
  if (resource === undefined) return messages;
  const { status, progress, updateFailure, desiredTags, trackingId, clientContext } = resource;
  if (expectedDesired && !areSameTags(expectedDesired.tags, desiredTagsOf(resource))) {
    report(`shows the desired tags ${print(desiredTagsOf(resource))}, not ${print(expectedDesired.tags)}`);
  }
  if (expectedDesired && expectedDesired.clientContext !== clientContext) {
    report(`shows the context ${clientContext}, not ${expectedDesired.clientContext}`);
  }
  if (kind === 'PATCH' && isNew(request) && (status !== 'ACTIVE' || trackingId === undefined)) {
    report(`was accepted, and shows ${status} ${trackingId === undefined ? 'without' : 'with'} a tracking ID`);
  }
  if (status === 'ACTIVE' && !progress && !updateFailure && desiredTags) {
    report(`shows tags that differ from the desired ones, and nothing that is being done about it`);
  }
  return messages;
}

/** A generation has one tracking ID, and one that PATCH started has that of the generation before. */
function judgeTrackingIds(own: readonly AcceptedRequest[]): string[] {
  const byGeneration = new Map<number, Set<string>>();
  for (const { answer } of own) {
    const { generation, status, trackingId } = answer?.resource ?? {};
    if (generation === undefined || status !== 'ACTIVE' || trackingId === undefined) continue;
    byGeneration.set(generation, (byGeneration.get(generation) ?? new Set()).add(trackingId));
  }
  const patched = new Set(
    own.filter((request) => isNew(request) && isOfTags(request)).map(({ answer }) => answer?.resource?.generation),
  );
  return [...byGeneration].flatMap(([generation, ids]) => {
    const before = patched.has(generation) ? (byGeneration.get(generation - 1) ?? ids) : ids;
    if (ids.size > 1) return [`two tracking IDs were shown for generation ${generation}`];
    return [...ids].every((id) => before.has(id))
      ? []
      : [`the PATCH of generation ${generation} changed the tracking ID`];
  });
}

const isOfTags = ({ kind, tags }: AcceptedRequest): boolean => kind === 'PATCH' && tags !== undefined;

/** No tag that only a rejected request named is seen anywhere. A repeated request may have been accepted before it was rejected. */
function judgeRejected(ofGroup: readonly AcceptedRequest[], ending: Ending | undefined): string[] {
  const shown = [
    ...ofGroup.flatMap(({ answer }) => (answer?.resource ? [answer.resource] : [])),
    ...(ending?.resource ? [ending.resource] : []),
  ];
  const seen = new Set(
    [...shown.flatMap(shownTags), ...(ending?.trackers ?? []).flatMap(({ tags }) => tags)].map((tag) => print([tag])),
  );
  const accepted = new Set(
    ofGroup
      .filter((each) => isAccepted(each) || each.tries.length > 1)
      .flatMap(({ tags = [] }) => tags.map((tag) => print([tag]))),
  );
  return ofGroup
    .filter(({ answer }) => answer?.reason !== undefined)
    .flatMap((request) => {
      const left = (request.tags ?? []).map((tag) => print([tag])).filter((tag) => seen.has(tag) && !accepted.has(tag));
      return left.length > 0 ? [`${titleOf(request)} was rejected, but ${left.join(', ')} was seen`] : [];
    });
}

const shownTags = ({ tags, desiredTags = [] }: Resource): readonly Tag[] => [...tags, ...desiredTags];

/** Personalize has the newest desired tags, and those of this service. */
function judgeEnding(own: readonly AcceptedRequest[], { resource, trackers }: Ending): string[] {
  const messages: string[] = [];
  const [tracker] = trackers;
  const wanted = newestDesired(own, resource?.generation);
  if (wanted && resource) {
    if (!areSameTags(wanted.tags, desiredTagsOf(resource))) {
      messages.push(`the desired tags end as ${print(desiredTagsOf(resource))}, not ${print(wanted.tags)}`);
    }
    if (wanted.clientContext !== resource.clientContext) {
      messages.push(`the context ends as ${resource.clientContext}, not ${wanted.clientContext}`);
    }
  }
  if (resource?.status !== 'ACTIVE' || tracker === undefined) return messages;
  const tags = callerTags(tracker.tags);
  if (!areSameTags(tags, resource.tags)) {
    messages.push(`the record has the tags ${print(resource.tags)}, but Personalize has ${print(tags)}`);
  }
  if (wanted && !resource.updateFailure && !areSameTags(tags, wanted.tags)) {
    messages.push(`Personalize has the tags ${print(tags)}, not ${print(wanted.tags)}`);
  }
  const ours = ownershipTags({ trackerId: resource.trackerId, deployment: DEPLOYMENT });
  const others = tracker.tags.filter((tag) => !tags.includes(tag));
  if (!areSameTags(others, ours)) messages.push(`this service's own tags end as ${print(others)}`);
  return messages;
}

/** What the newest accepted request desires: of the last generation, the one that was sent last. */
function newestDesired(own: readonly AcceptedRequest[], generation: number | undefined) {
  return own
    .filter((request) => isNew(request) && request.answer?.resource?.generation === generation)
    .sort((left, right) => (left.tries[0]?.sentAt ?? 0) - (right.tries[0]?.sentAt ?? 0))
    .at(-1)?.expectedDesired;
}
