import { accessDenied } from '../../functions/tracker/failures.ts';
import type { Observation } from '../../functions/tracker/observation.ts';
import { isUpdating, type Tag } from '../../functions/tracker/record.ts';
import { planTags, type TagCallResult } from '../../functions/tracker/tag-update.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { askedAgain } from './calls.ts';
import { NOW } from './clock.ts';
import { applyTags } from './personalize.ts';
import { tagsFrom, textOf } from './tags.ts';
import type { Turn } from './turn.ts';
import { has, type Place, spend, type Tracker, trackerBy, type World } from './world.ts';

type At<Name extends Place['at']> = Extract<Place, { at: Name }>;

/** What one read of the tags can show, and the world in which it does. A stale read shows the tags before their last change. */
interface TagRead {
  readonly tags: readonly Tag[] | 'NOT_FOUND';
  readonly from: World;
  readonly isFault?: true;
}

const isFound = (tracker: Tracker | undefined): tracker is Tracker =>
  tracker !== undefined && (tracker.status !== 'GONE' || tracker.ghost === true);

function readsOf(world: World, eventTrackerArn: string): TagRead[] {
  const tracker = trackerBy(world, eventTrackerArn);
  if (!isFound(tracker)) return [{ tags: 'NOT_FOUND', from: world }];
  const reads: TagRead[] = [{ tags: tagsFrom(tracker.tags ?? ''), from: world }];
  if (has(world, 'staleTags') && tracker.tagsBefore !== undefined && tracker.tagsBefore !== tracker.tags) {
    const from = { ...world, budget: spend(world.budget, 'staleTags') };
    reads.push({ tags: tagsFrom(tracker.tagsBefore), from, isFault: true });
  }
  return reads;
}

/** What Observe can see of an ACTIVE tracker whose tags are being changed: two reads, each of which may be stale. */
export function tagObservations(
  world: World,
  asRead: { readonly eventTrackerArn?: string | undefined; readonly tagUpdate?: object | undefined },
): { readonly observation: Observation; readonly from: World; readonly isFault?: true }[] {
  const { eventTrackerArn, tagUpdate } = asRead;
  if (tagUpdate === undefined || eventTrackerArn === undefined) return [{ observation: {}, from: world }];
  if (world.responses !== 'readable') {
    return [{ observation: { unreadable: { operation: 'ListTagsForResource', answer: 'no' } }, from: world }];
  }
  if (!world.tagsReadable) return [{ observation: { denied: { operation: 'ListTagsForResource' } }, from: world }];
  return readsOf(world, eventTrackerArn).flatMap((first) =>
    readsOf(first.from, eventTrackerArn).map((second) => ({
      observation: { callerTags: [first.tags, second.tags] },
      from: second.from,
      ...((first.isFault || second.isFault) && { isFault: true as const }),
    })),
  );
}

/** UpdateTags reads the tags and reserves its calls. Nothing of another writer can come between the two, because the save would fail. */
export function beginsTagging(turn: Turn, { generation }: { generation: number }): void {
  const { model, world, record, run, emit, label, to, save, observeNext } = turn;
  const { eventTrackerArn } = record;
  if (!isUpdating(record) || eventTrackerArn === undefined) {
    emit(label('has no tags to change'), observeNext());
    return;
  }
  const answered = (result: TagCallResult, from = world): World => to({ at: 'tagged', generation, result }, from);
  if (!world.tagsReadable) {
    const failure = accessDenied({ operation: 'ListTagsForResource' });
    emit(label('may not read the tags'), answered({ kind: 'failed', failure }));
    return;
  }
  for (const { tags, from, isFault } of readsOf(world, eventTrackerArn)) {
    if (tags === 'NOT_FOUND') {
      const refusal = { operation: 'ListTagsForResource', awsError: 'ResourceNotFoundException' };
      emit(label('does not find the tracker'), answered({ kind: 'refused', refusal }, from));
      continue;
    }
    const owner = { now: NOW, epoch: run.epoch, generation };
    const reserved = model.apply('reserveTagCall', record, owner, model.settings);
    if (isRejected(reserved)) {
      emit(label(`may not change the tags: ${reserved.rejected}`), observeNext(from));
      continue;
    }
    const { untag, tag } = planTags(record, tags);
    const place: Place = { at: 'tagging', generation, eventTrackerArn, untag, tag: textOf(tag) };
    emit(label(`reads the tags ${textOf(tags)}, and reserves the calls`), to(place, save(reserved, from)), isFault);
  }
}

/** UntagResource, then TagResource, and every way each can end. */
export function tagsAreSent(turn: Turn, place: At<'tagging'>): void {
  const { world, emit, label, to, paid } = turn;
  const { generation, eventTrackerArn, untag, tag } = place;
  const answered = (result: TagCallResult, from: World): World =>
    to({ at: 'tagged', generation, reservedAt: NOW, result }, from);
  if (untag.length === 0 && tag === '') {
    emit(label('has no call to make'), answered({ kind: 'accepted' }, world));
    return;
  }
  const isUntag = untag.length > 0;
  const call = isUntag ? { untag, tag: '' } : { untag: [], tag };
  const name = isUntag ? `UntagResource ${untag.join()}` : `TagResource ${tag}`;
  const next = (from: World): World =>
    isUntag && tag !== '' ? to({ ...place, untag: [] }, from) : answered({ kind: 'accepted' }, from);
  const tracker = trackerBy(world, eventTrackerArn);
  if (isFound(tracker)) emit(label(name), next(applyTags(world, eventTrackerArn, call)));
  else {
    const refusal = { operation: 'TagResource', awsError: 'ResourceNotFoundException' };
    emit(label(`${name} does not find the tracker`), answered({ kind: 'refused', refusal }, world));
  }
  const again = (from: World): World =>
    turn.run.leftBehind ? turn.observeNext(from) : askedAgain(turn, { at: 'UpdateTags', generation }, from);
  if (turn.has('tagLost')) {
    emit(
      label(`${name} takes effect, its response is lost`),
      again(applyTags(paid('tagLost'), eventTrackerArn, call)),
      true,
    );
  }
  if (turn.has('tagLate')) {
    const late = [...world.late, { kind: 'tags', eventTrackerArn, ...call } as const];
    emit(label(`${name} gets no response, and will take effect later`), again({ ...paid('tagLate'), late }), true);
  }
  if (turn.has('throttled'))
    emit(label(`${name} is throttled`), answered({ kind: 'throttled' }, paid('throttled')), true);
  if (turn.has('tagRefused')) {
    const failure = accessDenied({ operation: 'TagResource' });
    emit(label(`${name} is denied`), answered({ kind: 'failed', failure }, paid('tagRefused')), true);
  }
}

/** Records the definite answer as a fact, no matter which execution owns the record by now. */
export function recordsTagResult(turn: Turn, { generation, reservedAt: at, result }: At<'tagged'>): void {
  const { world, run, emit, label, observeNext } = turn;
  const from = turn.fact('recordTagCallResult', { now: NOW, generation, at, result }) ?? world;
  const isRepeated = result.kind === 'throttled' && !run.leftBehind;
  emit(
    label(`records the answer of the change of tags: ${result.kind}`),
    isRepeated ? askedAgain(turn, { at: 'UpdateTags', generation }, from) : observeNext(from),
  );
}

export const arnsOf = ({ late, runs, record }: World): string[] => [
  ...late.flatMap((call) => (call.kind === 'tags' ? [call.eventTrackerArn] : [])),
  ...runs.flatMap(({ place }) => (place.at === 'tagging' ? [place.eventTrackerArn] : [])),
  ...(record?.tagCall ? [record.tagCall.eventTrackerArn] : []),
];
