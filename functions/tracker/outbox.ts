import type {
  DetailOf,
  DetailType,
  EventTrackerDriftDetected,
  EventTrackerStateChange,
  EventTrackerUpdated,
} from '../../events/contract.ts';
import { DRIFT_DETECTED, SCHEMA_VERSION, STATE_CHANGE, UPDATED } from '../../events/names.ts';
import { actualOf } from './name-and-tags.ts';
import type { EventEntry, EventTrackerRecord, OutboxEntry, Status } from './record.ts';

/** The fields of every event that the record itself gives. */
type RecordFields = 'trackerId' | 'datasetGroupArn';
type RequestFields = Pick<EventTrackerRecord, 'correlationId' | 'traceparent'>;
/** Whose outcome an event reports: the tracker's name, and the request with its context. */
type Subject = RequestFields & Pick<EventTrackerRecord, 'name' | 'clientContext'>;

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

/**
 * The record with one more event in its outbox. The event gets the next sequence in the same write that stores the new state.
 * @param request the request that caused the event
 */
function withEvent<Type extends DetailType>(
  record: EventTrackerRecord,
  detailType: Type,
  { correlationId, traceparent }: RequestFields,
  data: Omit<DetailOf<Type>['data'], RecordFields>,
  now: number,
): EventTrackerRecord {
  const { trackerId, datasetGroupArn, tenantId } = record;
  const sequence = record.sequence + 1;
  const eventId = `${trackerId}-${sequence}`;
  const occurredAt = new Date(now).toISOString();
  const detail = {
    metadata: defined({
      eventId,
      schemaVersion: SCHEMA_VERSION,
      sequence,
      tenantId,
      correlationId,
      traceparent,
      occurredAt,
    }),
    data: defined({ trackerId, datasetGroupArn, ...data }),
  };
  const entry = { kind: 'event', id: eventId, at: now, detailType, detail } as EventEntry;
  return { ...record, sequence, outbox: [...record.outbox, entry] };
}

/** The record with a State Change event to publish. Callers pass a tracking ID only with ACTIVE. */
export function withStateChange(
  record: EventTrackerRecord,
  { name, clientContext, ...request }: Subject,
  change: Omit<EventTrackerStateChange['data'], RecordFields | keyof Subject>,
  now: number,
): EventTrackerRecord {
  return withEvent(record, STATE_CHANGE, request, { name, clientContext, ...change }, now);
}

/** The record with a Drift Detected event to publish; it gets a sequence like every event of the tracker. */
export function withDrift(
  record: EventTrackerRecord,
  found: Pick<EventTrackerDriftDetected['data'], 'drift' | 'eventTrackerArn' | 'observedStatus'>,
  now: number,
): EventTrackerRecord {
  const { correlationId, status, clientContext } = record;
  const { name } = actualOf(record);
  return withEvent(record, DRIFT_DETECTED, { correlationId }, { status, name, clientContext, ...found }, now);
}

/** The record with an Updated event to publish: the outcome of a change of tags. The tracker is ACTIVE before and after. */
export function withUpdated(
  record: EventTrackerRecord,
  outcome: Pick<EventTrackerUpdated['data'], 'outcome' | 'failure'>,
  now: number,
): EventTrackerRecord {
  const { correlationId, traceparent, clientContext, eventTrackerArn = '' } = record;
  const { name } = actualOf(record);
  const data = { status: 'ACTIVE' as const, name, clientContext, eventTrackerArn, ...outcome };
  return withEvent(record, UPDATED, { correlationId, traceparent }, data, now);
}

/** The record with every waiting callback moved to the outbox, to be answered with this outcome. */
export function withCallbacksQueued(
  record: EventTrackerRecord,
  outcome: { status: Status | 'SUPERSEDED'; eventTrackerArn?: string; failureCode?: string; remedy?: string },
  now: number,
): EventTrackerRecord {
  const answers = record.callbacks.map(
    (callback, index): OutboxEntry => ({
      kind: 'callback',
      id: `${record.trackerId}-${record.sequence}-${record.rev}-${index}`,
      at: now,
      ...callback,
      ...defined(outcome),
    }),
  );
  return { ...record, callbacks: [], outbox: [...record.outbox, ...answers] };
}
