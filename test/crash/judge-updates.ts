import { STATE_CHANGE, UPDATED } from '../../events/contract.ts';
import type { ReceivedEvent, StateChange } from './received-event.ts';
import { type AcceptedRequest, type Ending, type Group, isAccepted, isNew } from './story.ts';

/**
 * Checks the `Event Tracker Updated` events of one tracker: each is about the tracker that is ACTIVE at that point of the sequence, and has
 * a change of tags that it can be the outcome of; the newest change has its outcome.
 * @param ordered all its events, by sequence
 */
export function judgeUpdates(
  ordered: readonly ReceivedEvent[],
  asked: readonly AcceptedRequest[],
  { mayDenyTags = false }: Group,
  ending: Ending | undefined,
): string[] {
  const messages: string[] = [];
  let current: StateChange | undefined;
  for (const event of ordered) {
    if (event.type === STATE_CHANGE) {
      current = event;
      continue;
    }
    const { metadata, data } = event.detail;
    const report = (message: string) => messages.push(`event ${metadata.sequence} (${data.outcome}) ${message}`);
    const active = current?.detail.data;
    if (active?.status !== 'ACTIVE') report(`follows ${active?.status ?? 'nothing'}, not ACTIVE`);
    else if (active.eventTrackerArn !== data.eventTrackerArn) report('names another event tracker than ACTIVE did');
    else if (active.name !== data.name) report(`names "${data.name}", but ACTIVE named "${active.name}"`);
    const { code = 'none', reason = '' } = data.failure ?? {};
    if (data.outcome === 'UPDATED' ? data.failure : code !== 'ACCESS_DENIED' || !mayDenyTags) {
      report(`has the failure ${code}, but nothing like that happened: ${reason}`);
    }
  }
  const outcomes = ordered.filter(({ type }) => type === UPDATED).length;
  const changes = asked.filter(mayChangeTags).reduce((sum, { tries }) => sum + tries.length, 0);
  if (outcomes > changes)
    messages.push(`${outcomes} changes of tags were published, but at most ${changes} were requested`);
  return [...messages, ...judgeLast(ordered, asked, ending)];
}

/** A retry repeats a change that failed. One that was rejected after a broken connection may have been accepted before. */
const mayChangeTags = (request: AcceptedRequest): boolean =>
  (request.kind === 'retry' || (request.kind === 'PATCH' && request.tags !== undefined && !request.isReplay)) &&
  (isAccepted(request) || request.tries.length > 1);

function judgeLast(
  ordered: readonly ReceivedEvent[],
  asked: readonly AcceptedRequest[],
  ending: Ending | undefined,
): string[] {
  const { generation, updateFailure } = ending?.resource ?? {};
  const isLast = asked.some(
    (request) =>
      isNew(request) &&
      request.kind === 'PATCH' &&
      request.tags !== undefined &&
      request.answer?.resource?.generation === generation,
  );
  if (!isLast) return [];
  const last = ordered.at(-1);
  const outcome = updateFailure ? 'UPDATE_FAILED' : 'UPDATED';
  const published = last?.type === UPDATED ? last.detail.data.outcome : last?.detail.data.status;
  return published === outcome
    ? []
    : [`the last change of tags ends as ${outcome}, but its last event is ${published}`];
}
