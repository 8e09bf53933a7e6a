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
import { createAllowance, tooManyUnfinished } from './allowance.ts';
import { type Asker, askerOf, tenantFor } from './asker.ts';
import { assertScope, type Caller, callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import { dryRun } from './dry-run.ts';
import { idempotencyKeyOf, type RememberedKey, rememberKey, replayedHeader } from './idempotency.ts';
import type { Operation } from './pipeline.ts';
import { parseBody, parseQuery } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { SCOPES } from './routes.ts';
import { type CreateEventTrackerRequest, createEventTrackerQuery, createEventTrackerRequest } from './schemas.ts';
import {
  assertMayBegin,
  type Change,
  changeWish,
  generationAfter,
  recordAfter,
  start,
  type WishTools,
} from './wish-change.ts';

/** POST /event-trackers: 202 while it is being created, 200 once it has its outcome. */
export function createEventTracker(context: WriteContext): Operation {
  const schema = createEventTrackerRequest(context.home);
  return async (event): Promise<APIGatewayProxyStructuredResultV2> => {
    const caller = callerOf(event, context.claimName);
    const query = parseQuery(event, createEventTrackerQuery);
    const idempotencyKey = idempotencyKeyOf(event);
    const asked = parseBody(event, schema);
    const wish = wishOf(context, caller, asked, askerOf(event, asked));
    const tools = { ...context, allowance: createAllowance(context.store, context.features) };
    // It makes nothing, so there is nothing that a key could keep from being made twice.
    if (query.dryRun) return dryRunAnswer(tools, wish);
    const key = idempotencyKey === undefined ? undefined : await rememberWish(tools, idempotencyKey, wish, asked);
    const accepted = await requestEventTracker(tools, key ? { ...wish, key: key.key } : wish, key);
    const answer = resourceAnswer(accepted, context, { accepted: true });
    return { ...answer, headers: { ...answer.headers, ...replayedHeader(key) } };
  };
}

/** The key of a wish: what refuses the wish as things are comes before the key is written. */
function rememberWish(
  context: WriteContext & WishTools,
  key: string,
  wish: Wish,
  { tenantId: _, ...asked }: CreateEventTrackerRequest,
): Promise<RememberedKey> {
  const { trackerId, tenantId } = wish;
  return rememberKey(context, { key, tenantId, trackerId, request: ['CreateEventTracker', asked] }, async () => {
    const record = await context.store.read(trackerId);
    const { contextRevision = 0 } = record ?? {};
    const { generation } = await recordWith(context, wish, record);
    return { generation, contextRevision };
  });
}

/**
 * The record that the request would leave as things are.
 * @throws RequestRefused as `requestEventTracker`
 */
async function recordWith(
  tools: WriteContext & WishTools,
  wish: Wish,
  record: EventTrackerRecord | undefined,
): Promise<EventTrackerRecord> {
  if (record === undefined) {
    const { allowance, now, settings } = tools;
    if (allowance && !(await allowance.has(wish.tenantId))) throw tooManyUnfinished(allowance);
    return claim(wish, now(), settings);
  }
  const change = join(tools, record, wish);
  await assertMayBegin(tools, record, change);
  return recordAfter(record, change);
}

/**
 * The wish of a request that is the caller's to make.
 * @throws RequestRefused for another's dataset group, a scope that is lacking, a tenant that is not the caller's to name
 */
export function wishOf(
  { features }: Pick<WriteContext, 'features'>,
  caller: Caller,
  { tenantId: named, ...asked }: CreateEventTrackerRequest,
  asker: Asker,
): Wish {
  const tenantId = tenantFor(caller, named);
  const { isPlatform, datasetGroups, tenancy } = caller;
  assertMayUse({ tenantId, ...(!isPlatform && { datasetGroups }) }, asked.datasetGroupArn, tenancy);
  if (asked.adoptExisting) assertScope(caller, SCOPES.adopt);
  if (asked.callback) assertScope(caller, SCOPES.callback);
  // Said only to who has the scope: others are told that they lack it.
  if (asked.callback && !features.callbacks) {
    throw new RequestRefused({ reason: 'NOT_ENABLED', settings: ['callbacks'], field: 'callback' });
  }
  return { ...asked, ...asker, tenantId, trackerId: trackerIdOf(asked.datasetGroupArn) };
}

async function dryRunAnswer(context: WriteContext & WishTools, wish: Wish): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const body = JSON.stringify(await dryRun(context, wish, (record) => recordWith(context, wish, record)));
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
 * @throws RequestRefused NAME_CONFLICT or TAGS_CONFLICT when the group's tracker is another one; NO_ROOM, TOO_MANY_CALLBACKS,
 * TOO_MANY_UNFINISHED
 */
export async function requestEventTracker(
  tools: WishTools,
  wish: Wish,
  firstUse?: FirstUse,
): Promise<EventTrackerRecord> {
  const { store, settings, now } = tools;
  const claimed = claim(wish, now(), settings);
  if (await isClaimed(tools, claimed)) {
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
 * Writes the first record of a dataset group; false where there is one. What the tenant has unfinished keeps it from claiming a
 * group, never from meeting what it has.
 * @throws RequestRefused TOO_MANY_UNFINISHED
 */
async function isClaimed({ store, allowance }: WishTools, claimed: EventTrackerRecord): Promise<boolean> {
  const { trackerId, tenantId } = claimed;
  if (allowance && !(await allowance.take(tenantId))) {
    if ((await store.read(trackerId)) === undefined) throw tooManyUnfinished(allowance);
    return false;
  }
  if (await store.create(claimed)) return true;
  allowance?.giveBack(tenantId);
  return false;
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
