import { apply } from '../tracker/apply.ts';
import { createRecord, type TrackerRequest, wasAccepted } from '../tracker/desired-state.ts';
import { differenceFrom } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isClaimable, isFreeForAnother } from '../tracker/record.ts';
import { addsTo, type FirstUse, newestGeneration } from '../tracker/repeats.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { createAllowance, tooManyUnfinished } from './allowance.ts';
import type { RequestContext, RequestDependencies } from './dependencies.ts';
import { type RememberedKey, rememberKey } from './remember-key.ts';
import {
  assertMayBegin,
  generationAfter,
  recordAfter,
  type StateChange,
  start,
  updateDesiredState,
} from './update-desired-state.ts';

/**
 * `requestEventTracker` under the caller's Idempotency-Key, where it gave one.
 * @param body what the key stands for, with the request's path
 * @throws RequestRejected as `requestEventTracker`; IDEMPOTENCY_KEY_REUSED
 */
export async function requestEventTrackerOnce(
  context: RequestContext,
  request: TrackerRequest,
  idempotencyKey: string | undefined,
  body: unknown,
): Promise<{ record: EventTrackerRecord; isReplay: boolean }> {
  const tools = { ...context, allowance: createAllowance(context.store, context.features) };
  if (idempotencyKey === undefined) return { record: await requestEventTracker(tools, request), isReplay: false };
  const remembered = await rememberRequest(tools, idempotencyKey, request, body);
  const record = await requestEventTracker(tools, { ...request, key: remembered.key }, remembered);
  return { record, isReplay: remembered.isReplay };
}

/** The key of a request: what refuses the request as things are comes before the key is written. */
function rememberRequest(
  context: RequestContext & RequestDependencies,
  key: string,
  request: TrackerRequest,
  body: unknown,
): Promise<RememberedKey> {
  const { trackerId, tenantId } = request;
  return rememberKey(context, { key, tenantId, trackerId, request: ['CreateEventTracker', body] }, async () => {
    const record = await context.store.read(trackerId);
    const { contextRevision = 0 } = record ?? {};
    const { generation } = await recordWith(context, request, record);
    return { generation, contextRevision };
  });
}

/**
 * The record that the request would leave as things are.
 * @throws RequestRejected as `requestEventTracker`
 */
export async function recordWith(
  tools: RequestDependencies,
  request: TrackerRequest,
  record: EventTrackerRecord | undefined,
): Promise<EventTrackerRecord> {
  if (record === undefined) {
    const { allowance, now, settings } = tools;
    if (allowance && !(await allowance.has(request.tenantId))) throw tooManyUnfinished(allowance);
    return createRecord(request, now(), settings);
  }
  const change = join(tools, record, request);
  await assertMayBegin(tools, record, change);
  return recordAfter(record, change);
}

/**
 * Accepts a request for a tracker: one conditional write claims the dataset group, whoever else asks at the same time. After it
 * nothing can undo the acceptance; a start that fails is the sweep's.
 * @param firstUse of the request's Idempotency-Key: a key of an older generation makes a deleted tracker never again, and one that
 *   comes again late replaces no context
 * @returns the record that was claimed, or the one that is there and asks for the same
 * @throws RequestRejected NAME_CONFLICT or TAGS_CONFLICT when the group's tracker is another one; NO_ROOM, TOO_MANY_CALLBACKS,
 * TOO_MANY_UNFINISHED
 */
export async function requestEventTracker(
  tools: RequestDependencies,
  request: TrackerRequest,
  firstUse?: FirstUse,
): Promise<EventTrackerRecord> {
  const { store, settings, now } = tools;
  const claimed = createRecord(request, now(), settings);
  if (await isClaimed(tools, claimed)) {
    await start(tools, claimed);
    return claimed;
  }
  const existing = await store.read(request.trackerId);
  // Our own claim, its answer lost and the call repeated by the SDK, accepted and not started yet; or its Idempotency-Key once more.
  if (existing && wasAccepted(existing, request.key)) {
    await start(tools, existing);
    return sameRequest(existing, request);
  }
  return updateDesiredState(tools, request.trackerId, request.key, (record) => {
    if (record === undefined) throw new Error(`The record ${request.trackerId} refused a claim and is not there.`);
    const change = join(tools, record, request, firstUse);
    const isOver = firstUse && generationAfter(record, change) > newestGeneration(firstUse, record, request);
    return isOver ? answerTo(tools, sameRequest(record, request), request, firstUse) : change;
  });
}

/**
 * Writes the first record of a dataset group; false where there is one. What the tenant has unfinished keeps it from claiming a
 * group, never from meeting what it has.
 * @throws RequestRejected TOO_MANY_UNFINISHED
 */
async function isClaimed({ store, allowance }: RequestDependencies, claimed: EventTrackerRecord): Promise<boolean> {
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
 * What is there, as the answer to a request that was met before: its outcome, DELETED as well.
 * @throws RequestRejected NOT_FOUND once nobody has it or another tenant, NAME_CONFLICT or TAGS_CONFLICT where it is another one
 */
function sameRequest(record: EventTrackerRecord, request: TrackerRequest): EventTrackerRecord {
  if (record.tenantId !== request.tenantId) throw new RequestRejected({ reason: 'NOT_FOUND' });
  assertSame(record, request);
  return record;
}

/** @throws RequestRejected NAME_CONFLICT or TAGS_CONFLICT where the request is for another tracker than the record's */
function assertSame(record: EventTrackerRecord, request: TrackerRequest): void {
  const difference = differenceFrom(record, request);
  if (difference === undefined) return;
  throw new RequestRejected({ reason: difference === 'name' ? 'NAME_CONFLICT' : 'TAGS_CONFLICT', existing: record });
}

/** A new request meets a record: it makes a new generation, joins the tracker that is there, or is in conflict with it. */
function join(
  { settings, now }: Pick<RequestDependencies, 'settings' | 'now'>,
  record: EventTrackerRecord,
  request: TrackerRequest,
  firstUse?: FirstUse,
): StateChange {
  const another = record.tenantId !== request.tenantId;
  // What is another tenant's must not be shown; a group that it has given up, and that is at rest, is free.
  if (another && !isFreeForAnother(record)) {
    throw new RequestRejected({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
  }
  if (isClaimable(record)) return { apply: apply('recreate', record, { now: now(), request }, settings) };
  assertSame(record, request);
  return answerTo({ settings, now }, record, request, firstUse);
}

/** The same request again: answered by what is there, with what it adds. */
function answerTo(
  { settings, now }: Pick<RequestDependencies, 'settings' | 'now'>,
  record: EventTrackerRecord,
  { key, callback, clientContext, waitForDatasetGroup }: TrackerRequest,
  firstUse?: FirstUse,
): StateChange {
  const repeat = { key, callback, clientContext, waitForDatasetGroup, firstUse };
  return addsTo(record, repeat)
    ? { apply: apply('attachCallback', record, { now: now(), ...repeat }, settings) }
    : { answer: record };
}
