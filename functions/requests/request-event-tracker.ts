import { apply } from '../tracker/apply.ts';
import { createRecord, type TrackerRequest } from '../tracker/desired-state.ts';
import { differenceFrom } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isClaimable, isFreeForAnother } from '../tracker/record.ts';
import { addsTo, type FirstUse, newestGeneration } from '../tracker/repeats.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { createAllowance, tooManyUnfinished } from './allowance.ts';
import type { RequestContext, RequestDependencies } from './dependencies.ts';
import { once } from './remember-key.ts';
import { allowedAfter, recordAfter, type StateChange, start, updateDesiredState } from './update-desired-state.ts';

/**
 * `requestEventTracker` with the Idempotency-Key of the caller, if there is one.
 * @param body the part of the request that the key belongs to
 * @throws RequestRejected as `requestEventTracker`; IDEMPOTENCY_KEY_REUSED
 */
export function requestEventTrackerOnce(
  context: RequestContext,
  request: TrackerRequest,
  idempotencyKey: string | undefined,
  body: unknown,
): Promise<{ record: EventTrackerRecord; isReplay: boolean }> {
  const tools = { ...context, allowance: createAllowance(context.store, context.features) };
  const { trackerId, tenantId } = request;
  return once(
    context,
    { key: idempotencyKey, tenantId, trackerId, request: ['CreateEventTracker', body] },
    async () => {
      const record = await context.store.read(trackerId);
      const { generation } = await recordWith(tools, request, record);
      return { generation, contextRevision: record?.contextRevision ?? 0 };
    },
    (used) => requestEventTracker(tools, used ? { ...request, key: used.key } : request, used),
  );
}

/**
 * The record as the request would leave it.
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
  return allowedAfter(tools, record, join(tools, record, request));
}

/**
 * Accepts a request for an event tracker. One conditional write creates the record, also among concurrent requests. From then on the
 * request is accepted, even if its execution does not start: the sweeper will start it.
 * @param firstUse of the Idempotency-Key: a key of an older generation never recreates a deleted event tracker, and a late repetition
 *   does not restore an old context
 * @returns the new record, or the existing one with the same desired state
 * @throws RequestRejected NAME_CONFLICT or TAGS_CONFLICT if the dataset group has another event tracker; NO_ROOM, TOO_MANY_CALLBACKS,
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
  // Our own write, repeated by the SDK because its response was lost; or the same Idempotency-Key again.
  const accepted = existing?.keys.find(({ key }) => key === request.key.key);
  if (existing && accepted) {
    await start(tools, existing);
    return sameRequest(existing, request, firstUse ?? accepted);
  }
  return updateDesiredState(tools, request.trackerId, request.key, (record) => {
    if (record === undefined)
      throw new Error(`The record ${request.trackerId} exists according to a write, but cannot be read.`);
    const change = join(tools, record, request, firstUse);
    const isOver = firstUse && recordAfter(record, change).generation > newestGeneration(firstUse, record, request);
    return isOver ? answerTo(tools, sameRequest(record, request, firstUse), request, firstUse) : change;
  });
}

/**
 * Creates the record of a dataset group; false if there is one. The limit of unfinished event trackers applies only to new records, not to
 * repeated requests.
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
 * The record as the response to a repeated request, whatever its status.
 * @throws RequestRejected NOT_FOUND if it now belongs to another tenant or none; NAME_CONFLICT or TAGS_CONFLICT if it has changed
 */
function sameRequest(
  record: EventTrackerRecord,
  request: TrackerRequest,
  firstUse: Pick<FirstUse, 'generation'>,
): EventTrackerRecord {
  if (record.tenantId !== request.tenantId) throw new RequestRejected({ reason: 'NOT_FOUND' });
  assertSame(record, request, firstUse);
  return record;
}

/**
 * @param firstUse of the request's Idempotency-Key: tags that a PATCH has replaced since are no difference
 * @throws RequestRejected NAME_CONFLICT or TAGS_CONFLICT if the request differs from the record
 */
function assertSame(
  record: EventTrackerRecord,
  request: TrackerRequest,
  firstUse?: Pick<FirstUse, 'generation'>,
): void {
  const difference = differenceFrom(record, request);
  const werePatched = firstUse && record.generation > firstUse.generation && record.tagsFrom === 'REQUEST';
  if (difference === undefined || (difference === 'tags' && werePatched)) return;
  throw new RequestRejected({ reason: difference === 'name' ? 'NAME_CONFLICT' : 'TAGS_CONFLICT', existing: record });
}

/** A request for an existing record: it starts a new generation, joins the existing one, or conflicts with it. */
function join(
  { settings, now }: Pick<RequestDependencies, 'settings' | 'now'>,
  record: EventTrackerRecord,
  request: TrackerRequest,
  firstUse?: FirstUse,
): StateChange {
  const another = record.tenantId !== request.tenantId;
  // Another tenant's record must not be shown. Once that tenant has deleted it and it is idle, the group is free.
  if (another && !isFreeForAnother(record)) {
    throw new RequestRejected({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
  }
  if (isClaimable(record)) return { apply: apply('recreate', record, { now: now(), request }, settings) };
  assertSame(record, request, firstUse);
  return answerTo({ settings, now }, record, request, firstUse);
}

/** The same request again: the record, with what the repetition adds. */
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
