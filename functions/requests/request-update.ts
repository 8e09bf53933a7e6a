import { apply } from '../tracker/apply.ts';
import { wasAccepted } from '../tracker/desired-state.ts';
import { sameTags } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isAwaited } from '../tracker/record.ts';
import type { FirstUse } from '../tracker/repeats.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { changesAnything, type Patch } from '../tracker/tag-update.ts';
import { createAllowance } from './allowance.ts';
import type { RequestContext, RequestDependencies } from './dependencies.ts';
import { once } from './remember-key.ts';
import { allowedAfter, type ChangeRequest, type StateChange, updateDesiredState } from './update-desired-state.ts';
import { readOwn, requireVisible } from './visibility.ts';

/** A change of an ACTIVE event tracker. `assertUnchanged` throws if the record has changed since the caller read it. */
export type UpdateRequest = ChangeRequest & {
  readonly patch: Patch;
  readonly assertUnchanged?: (record: EventTrackerRecord) => void;
};

/**
 * `requestUpdate` with the Idempotency-Key of the caller, if there is one.
 * @param tenantId the tenant of the record, to whom the key belongs
 * @throws RequestRejected as `requestUpdate`; IDEMPOTENCY_KEY_REUSED
 */
export function requestUpdateOnce(
  context: RequestContext,
  asked: UpdateRequest,
  tenantId: string,
  idempotencyKey: string | undefined,
): Promise<{ record: EventTrackerRecord; isReplay: boolean }> {
  const tools = { ...context, allowance: createAllowance(context.store, context.features) };
  const { trackerId, caller, patch } = asked;
  return once(
    context,
    { key: idempotencyKey, tenantId, trackerId, request: ['UpdateEventTracker', patch] },
    async () => {
      const record = await readOwn(context.store, trackerId, caller);
      const { generation } = await allowedAfter(tools, record, updateOf(tools, record, asked));
      return { generation, contextRevision: record.contextRevision ?? 0 };
    },
    (used) => requestUpdate(tools, used ? { ...asked, key: used.key } : asked, used?.isReplay ? used : undefined),
  );
}

/**
 * Accepts other tags, another `clientContext`, or both. A request that changes nothing is not written.
 * @param firstUse of the Idempotency-Key, if it was used before: what was accepted with it is not repeated, and nothing that was changed
 *   since is changed back
 * @throws RequestRejected NOT_FOUND, NOT_ACTIVE, NO_ROOM, TOO_MANY_UNFINISHED
 */
export function requestUpdate(
  tools: RequestDependencies,
  asked: UpdateRequest,
  firstUse?: FirstUse,
): Promise<EventTrackerRecord> {
  return updateDesiredState(tools, asked.trackerId, asked.key, (read): StateChange => {
    const record = requireVisible(read, asked.caller);
    return firstUse && wasMade(record, asked, firstUse) ? { answer: record } : updateOf(tools, record, asked);
  });
}

/**
 * Whether the request was accepted under this key, or is out of date. Not if its process died between storing the key and changing the
 * record: then nothing has been changed since, or another request has started the generation that this one would have started.
 */
function wasMade(record: EventTrackerRecord, { key, patch }: UpdateRequest, firstUse: FirstUse): boolean {
  const { generation, contextRevision = 0 } = record;
  if (wasAccepted(record, key) || generation > firstUse.generation) return true;
  if (generation < firstUse.generation) return false;
  // Tags that were the present ones start no generation, so they do not show whether the context was replaced, too.
  const hasTags = patch.tags === undefined || sameTags(patch.tags, record.tags);
  return hasTags && (patch.clientContext === undefined || contextRevision !== firstUse.contextRevision);
}

function updateOf(
  { settings, now }: Pick<RequestDependencies, 'settings' | 'now'>,
  record: EventTrackerRecord,
  { patch, key, correlationId, traceparent, assertUnchanged }: UpdateRequest,
): StateChange {
  assertUnchanged?.(record);
  const { status } = record;
  if (record.desired !== 'PRESENT' || status !== 'ACTIVE') {
    throw new RequestRejected({ reason: 'NOT_ACTIVE', status, becomesActive: isAwaited(record), of: 'update' });
  }
  if (!changesAnything(record, patch)) return { answer: record };
  const request = { ...patch, key, correlationId, traceparent, now: now() };
  return { apply: apply('requestUpdate', record, request, settings) };
}
