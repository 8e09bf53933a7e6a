import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AnswerUnknown, Throttled } from '../gateways/faults.ts';
import { apply } from '../tracker/apply.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import { differenceFrom } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isClaimable, isFreeForAnother } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { addsTo, type FirstUse, newestGeneration } from '../tracker/repeats.ts';
import { assertMayUse } from '../tracker/tenancy.ts';
import { claim, type Wish, wasAccepted } from '../tracker/wishes.ts';
import { type Asker, askerOf, ownRecord, tenantFor } from './asker.ts';
import { assertScope, type Caller, callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import { dryRun } from './dry-run.ts';
import { idempotencyKeyOf, type RememberedKey, rememberKey, replayedHeader } from './idempotency.ts';
import type { Operation } from './pipeline.ts';
import { preferenceApplied, preferredWait, waitForOutcome } from './prefer.ts';
import { parseBody, parseQuery } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { SCOPES } from './routes.ts';
import { type CreateEventTrackerRequest, createEventTrackerQuery, createEventTrackerRequest } from './schemas.ts';
import { type Change, changeWish, generationAfter, recordAfter, start, type WishTools } from './wish-change.ts';

/** POST /event-trackers: 202 while it is being created, 200 once it has its outcome. */
export function createEventTracker(context: WriteContext): Operation {
  const schema = createEventTrackerRequest(context.home);
  return async (event): Promise<APIGatewayProxyStructuredResultV2> => {
    const caller = callerOf(event, context.claimName);
    const query = parseQuery(event, createEventTrackerQuery);
    const idempotencyKey = idempotencyKeyOf(event);
    const asked = parseBody(event, schema);
    const wish = wishOf(context, caller, asked, askerOf(event, asked));
    // It makes nothing, so there is nothing that a key could keep from being made twice.
    if (query.dryRun) return dryRunAnswer(context, wish);
    const key = idempotencyKey === undefined ? undefined : await rememberWish(context, idempotencyKey, wish, asked);
    const accepted = await requestEventTracker(context, key ? { ...wish, key: key.key } : wish, key);
    const { record, applied } = await waitForOutcome(context, accepted, preferredWait(event));
    // It may have been given up, and be another's, by now.
    const own = ownRecord(record, { tenantId: wish.tenantId, isPlatform: false });
    const answer = resourceAnswer(own, context, { accepted: true });
    return { ...answer, headers: { ...answer.headers, ...preferenceApplied(applied), ...replayedHeader(key) } };
  };
}

/** The key of a wish: what refuses the wish as things are comes before the key is written. */
function rememberWish(
  context: WriteContext,
  key: string,
  wish: Wish,
  { tenantId: _, ...asked }: CreateEventTrackerRequest,
): Promise<RememberedKey> {
  const { trackerId, tenantId } = wish;
  return rememberKey(context, { key, tenantId, trackerId, request: ['CreateEventTracker', asked] }, async () => {
    const record = await context.store.read(trackerId);
    if (record === undefined) return { generation: 1, contextRevision: 0 };
    const { contextRevision = 0 } = record;
    return { generation: generationAfter(record, join(context, record, wish)), contextRevision };
  });
}

/** Said only to who has the scope: others are told that they lack it. */
const NOT_ENABLED = {
  field: 'callback',
  rule: 'must be left out: this deployment has not enabled it, and answers no task tokens',
};

/**
 * The wish of a request that is the caller's to make.
 * @throws RequestRefused for another's dataset group, a scope that is lacking, a tenant that is not the caller's to name
 */
export function wishOf(
  { callbacksEnabled }: Pick<WriteContext, 'callbacksEnabled'>,
  caller: Caller,
  { tenantId: named, ...asked }: CreateEventTrackerRequest,
  asker: Asker,
): Wish {
  const tenantId = tenantFor(caller, named);
  const { isPlatform, datasetGroups, tenancy } = caller;
  assertMayUse({ tenantId, ...(!isPlatform && { datasetGroups }) }, asked.datasetGroupArn, tenancy);
  if (asked.adoptExisting) assertScope(caller, SCOPES.adopt);
  if (asked.callback) assertScope(caller, SCOPES.callback);
  if (asked.callback && !callbacksEnabled)
    throw new RequestRefused({ reason: 'INVALID_REQUEST', errors: [NOT_ENABLED] });
  return { ...asked, ...asker, tenantId, trackerId: trackerIdOf(asked.datasetGroupArn) };
}

async function dryRunAnswer(context: WriteContext, wish: Wish): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const body = JSON.stringify(
      await dryRun(context, wish, (record) => recordAfter(record, join(context, record, wish))),
    );
    return { statusCode: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body };
  } catch (error) {
    if (error instanceof Throttled || error instanceof AnswerUnknown) throw new RequestRefused({ reason: 'THROTTLED' });
    throw error;
  }
}

/**
 * Accepts a wish for a tracker: one conditional write claims the dataset group, whoever else asks at the same time. After it
 * nothing can undo the acceptance; a start that fails is the sweep's.
 * @param firstUse of the request's Idempotency-Key: a key of an older generation makes a deleted tracker never again, and one that
 *   comes again late replaces no context
 * @returns the record that was claimed, or the one that is there and asks for the same
 * @throws RequestRefused NAME_CONFLICT or TAGS_CONFLICT when the group's tracker is another one; NO_ROOM, TOO_MANY_CALLBACKS
 */
export async function requestEventTracker(
  tools: WishTools,
  wish: Wish,
  firstUse?: FirstUse,
): Promise<EventTrackerRecord> {
  const { store, settings, now } = tools;
  const claimed = claim(wish, now(), settings);
  if (await store.create(claimed)) {
    await start(tools, claimed);
    return claimed;
  }
  const existing = await store.read(wish.trackerId);
  // Our own claim, its answer lost and the call repeated by the SDK, accepted and not started yet; or its Idempotency-Key once more.
  if (existing && wasAccepted(existing, wish.key)) {
    await start(tools, existing);
    return sameWish(existing, wish);
  }
  return changeWish(tools, wish.trackerId, wish.key, (record) => {
    if (record === undefined) throw new Error(`The record ${wish.trackerId} refused a claim and is not there.`);
    const change = join(tools, record, wish, firstUse);
    const isOver = firstUse && generationAfter(record, change) > newestGeneration(firstUse, record, wish);
    return isOver ? answerTo(tools, sameWish(record, wish), wish, firstUse) : change;
  });
}

/**
 * What is there, as the answer to a wish that was met before: its outcome, DELETED as well.
 * @throws RequestRefused NOT_FOUND once nobody has it or another tenant, NAME_CONFLICT or TAGS_CONFLICT where it is another one
 */
function sameWish(record: EventTrackerRecord, wish: Wish): EventTrackerRecord {
  if (record.tenantId !== wish.tenantId) throw new RequestRefused({ reason: 'NOT_FOUND' });
  assertSame(record, wish);
  return record;
}

/** @throws RequestRefused NAME_CONFLICT or TAGS_CONFLICT where the request is for another tracker than the record's */
function assertSame(record: EventTrackerRecord, wish: Wish): void {
  const difference = differenceFrom(record, wish);
  if (difference === undefined) return;
  throw new RequestRefused({ reason: difference === 'name' ? 'NAME_CONFLICT' : 'TAGS_CONFLICT', existing: record });
}

/** A new request meets a record: it makes a new generation, joins the tracker that is there, or is in conflict with it. */
function join(
  { settings, now }: Pick<WriteContext, 'settings' | 'now'>,
  record: EventTrackerRecord,
  wish: Wish,
  firstUse?: FirstUse,
): Change {
  const another = record.tenantId !== wish.tenantId;
  // What is another tenant's must not be shown; a group that it has given up, and that is at rest, is free.
  if (another && !isFreeForAnother(record)) {
    throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
  }
  if (isClaimable(record)) return { apply: apply('claimAgain', record, { now: now(), wish }, settings) };
  assertSame(record, wish);
  return answerTo({ settings, now }, record, wish, firstUse);
}

/** The same request again: answered by what is there, with what it adds. */
function answerTo(
  { settings, now }: Pick<WriteContext, 'settings' | 'now'>,
  record: EventTrackerRecord,
  { key, callback, clientContext, waitForDatasetGroup }: Wish,
  firstUse?: FirstUse,
): Change {
  const repeat = { key, callback, clientContext, waitForDatasetGroup, firstUse };
  return addsTo(record, repeat)
    ? { apply: apply('join', record, { now: now(), ...repeat }, settings) }
    : { answer: record };
}
