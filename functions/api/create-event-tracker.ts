import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isClaimable, isQuiet, sameTags } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { claim, type Wish } from '../tracker/wishes.ts';
import { type Change, changeWish, type RequestTools, start } from './wish-change.ts';

/**
 * Accepts a wish for a tracker: one conditional write claims the dataset group, whoever else asks at the same time. After it
 * nothing can undo the acceptance; a start that fails is the sweep's.
 * @returns the record that was claimed, or the one that is there and asks for the same
 * @throws RequestRefused NAME_CONFLICT or TAGS_CONFLICT when the group's tracker is another one; NO_ROOM
 */
export async function requestEventTracker(tools: RequestTools, wish: Wish): Promise<EventTrackerRecord> {
  const { store, settings, now } = tools;
  const claimed = claim(wish, now(), settings);
  if (await store.create(claimed)) {
    await start(tools, claimed);
    return claimed;
  }
  const existing = await store.read(wish.trackerId);
  // Our own claim, its answer lost and the call repeated by the SDK: accepted, and not started yet.
  if (existing?.keys.some(({ key }) => key === wish.key.key)) {
    await start(tools, existing);
    return existing;
  }
  return changeWish(tools, wish.trackerId, wish.key, (record) => {
    if (record === undefined) throw new Error(`The record ${wish.trackerId} refused a claim and is not there.`);
    return join(tools, record, wish);
  });
}

/** The wish meets a record: it starts a new tracker, joins the one that is there, or is in conflict with it. */
function join({ settings, now }: RequestTools, record: EventTrackerRecord, wish: Wish): Change {
  const another = record.tenantId !== wish.tenantId;
  // What is another tenant's must not be shown; a group that it has given up, and that is at rest, is free.
  if (another && !(isClaimable(record) && isQuiet(record))) {
    throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
  }
  if (isClaimable(record)) return { apply: apply('claimAgain', record, { now: now(), wish }, settings) };
  if (record.name !== wish.name) throw new RequestRefused({ reason: 'NAME_CONFLICT', existing: record });
  if (!sameTags(record.tags, wish.tags)) throw new RequestRefused({ reason: 'TAGS_CONFLICT', existing: record });
  const failed = record.status === 'CREATE FAILED' && record.observedGeneration === record.generation;
  if (failed && wish.adoptExisting && !record.adoptExisting) {
    const { key, correlationId, traceparent } = wish;
    const args = { now: now(), key, correlationId, traceparent, adoptExisting: true as const };
    return { apply: apply('requestRetry', record, args, settings) };
  }
  return { answer: record };
}
