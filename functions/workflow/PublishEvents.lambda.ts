import { DRIFT_DETECTED, UPDATED } from '../../events/names.ts';
import type { TaskCallbackGateway } from '../gateways/task-callbacks.ts';
import { nextWaitMs, waitSeconds } from '../tracker/pacing.ts';
import type { DueCallback, EventTrackerRecord } from '../tracker/record.ts';
import { eventBusGateway, lambdaTask, taskCallbackGateway } from './composition.ts';
import { emitOutcomes } from './outcome-metrics.ts';
import {
  applyUntilSaved,
  type BusDependencies,
  observeAgain,
  type Task,
  type TaskDependencies,
  taskResult,
} from './task.ts';

/** `callbacks` is present if the deployment may answer task tokens. */
export type CallbackDependencies = BusDependencies & { readonly callbacks?: TaskCallbackGateway };

/** The result of one delivery: the ids of the accepted entries, and the error of the others. */
interface PublishResult {
  readonly taken: readonly string[];
  readonly error?: string;
}

/**
 * Delivers the outbox, events to the bus and outcomes to task tokens, and then marks what was accepted. After a crash in between, an
 * entry is delivered again, so none is lost. Neither a failing bus nor a failing task token delays anything else: their entries stay in
 * the outbox for a later round.
 */
export const PublishEvents: Task<CallbackDependencies> = async (tools, record, { epoch }) => {
  const { trackerId } = record;
  const deliveries = await Promise.allSettled([
    putEvents(tools, record),
    ...record.outbox.flatMap((entry) => (entry.kind === 'callback' ? [answer(tools, trackerId, entry)] : [])),
  ]);
  const results = deliveries.flatMap((delivery) => (delivery.status === 'fulfilled' ? [delivery.value] : []));
  const taken = results.flatMap((each) => each.taken);
  if (taken.length > 0) await applyUntilSaved(tools, trackerId, 'markPublished', { now: tools.now(), ids: taken });
  tools.log.info('events published', { trackerId, epoch, eventIds: taken });
  warnOfFailure(tools, record, taken);
  emitOutcomes(tools.metrics, record, taken);
  // Unknown errors are rethrown, once everything that was delivered is marked.
  for (const delivery of deliveries) if (delivery.status === 'rejected') throw delivery.reason;
  const errors = new Set(results.flatMap(({ error }) => error ?? []));
  if (errors.size === 0) return observeAgain(record);
  tools.log.warn('not everything that is due was taken', { trackerId, epoch, errors: [...errors] });
  const oldest = Math.min(...record.outbox.filter(({ id }) => !taken.includes(id)).map(({ at }) => at));
  return taskResult('WaitBeforeNextPoll', record, waitSeconds(nextWaitMs(tools.now() - oldest), tools.random()));
};

/** A failed creation or change is a warning, so that it is visible at the local runtime's default log level. */
function warnOfFailure(
  { log }: TaskDependencies,
  { trackerId, outbox }: EventTrackerRecord,
  taken: readonly string[],
): void {
  for (const entry of outbox) {
    if (entry.kind !== 'event' || entry.detailType === DRIFT_DETECTED || !taken.includes(entry.id)) continue;
    const { status, failure } = entry.detail.data;
    const isUpdate = entry.detailType === UPDATED && failure !== undefined;
    if (status !== 'CREATE FAILED' && !isUpdate) continue;
    const message = isUpdate ? 'change of tags failed' : 'creation failed';
    log.warn(message, { trackerId, code: failure?.code, reason: failure?.reason });
  }
}

async function putEvents({ bus }: BusDependencies, record: EventTrackerRecord): Promise<PublishResult> {
  const events = record.outbox.filter((entry) => entry.kind === 'event');
  if (events.length === 0) return { taken: [] };
  const { taken, refused } = await bus.put(events);
  return { taken, ...(refused[0] && { error: refused[0].error }) };
}

/** If a deployment turns callbacks off, stored tokens stay; when it turns them on again, they are answered. */
async function answer(
  { callbacks }: CallbackDependencies,
  trackerId: string,
  entry: DueCallback,
): Promise<PublishResult> {
  if (callbacks === undefined) return { taken: [], error: 'CallbacksNotEnabled' };
  const answered = await callbacks.answer(trackerId, entry);
  return answered === 'delivered' ? { taken: [entry.id] } : { taken: [], error: answered.error };
}

export const handler = lambdaTask<CallbackDependencies>(PublishEvents, gateways);

function gateways(): () => Omit<CallbackDependencies, keyof TaskDependencies> {
  const bus = eventBusGateway();
  const callbacks = taskCallbackGateway();
  return () => ({ bus, ...(callbacks && { callbacks }) });
}
