import {
  DRIFT_DETECTED,
  type EventTrackerDriftDetected,
  type EventTrackerStateChange,
  type Failure,
  SCHEMA_VERSION,
  STATE_CHANGE,
} from '../../events/contract.ts';
import { actualOf } from './name-and-tags.ts';
import type { EventTrackerRecord, OutboxEntry, Status } from './record.ts';

interface StateChangeData {
  readonly status: Status;
  readonly previousStatus: Status;
  readonly name: string;
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly clientContext?: string;
  readonly eventTrackerArn?: string;
  readonly trackingId?: string;
  readonly failure?: Failure;
}

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

/** The metadata of the event that takes the record's next number. */
function metadata(
  record: EventTrackerRecord,
  data: Pick<StateChangeData, 'correlationId' | 'traceparent'>,
  now: number,
) {
  const sequence = record.sequence + 1;
  return defined({
    eventId: `${record.trackerId}-${sequence}`,
    schemaVersion: SCHEMA_VERSION,
    sequence,
    tenantId: record.tenantId,
    correlationId: data.correlationId,
    traceparent: data.traceparent,
    occurredAt: new Date(now).toISOString(),
  } as const);
}

/**
 * The record with one more event to tell: it takes the next sequence, in the very write that makes its state durable.
 * Callers pass what the event says; the tracking ID only with ACTIVE.
 */
export function withStateChange(record: EventTrackerRecord, change: StateChangeData, now: number): EventTrackerRecord {
  const { correlationId, traceparent, ...data } = change;
  const detail: EventTrackerStateChange = {
    metadata: metadata(record, { correlationId, traceparent }, now),
    data: defined({ trackerId: record.trackerId, datasetGroupArn: record.datasetGroupArn, ...data }),
  };
  const entry: OutboxEntry = { kind: 'event', id: detail.metadata.eventId, at: now, detailType: STATE_CHANGE, detail };
  return { ...record, sequence: record.sequence + 1, outbox: [...record.outbox, entry] };
}

/** The record with one more drift to tell; it takes a sequence as every event of the tracker does. */
export function withDrift(
  record: EventTrackerRecord,
  found: Pick<EventTrackerDriftDetected['data'], 'drift' | 'eventTrackerArn' | 'observedStatus'>,
  now: number,
): EventTrackerRecord {
  const { trackerId, datasetGroupArn, status, clientContext } = record;
  const { name } = actualOf(record);
  const detail: EventTrackerDriftDetected = {
    metadata: metadata(record, { correlationId: record.correlationId }, now),
    data: defined({ trackerId, status, name, datasetGroupArn, clientContext, ...found }),
  };
  const entry: OutboxEntry = {
    kind: 'event',
    id: detail.metadata.eventId,
    at: now,
    detailType: DRIFT_DETECTED,
    detail,
  };
  return { ...record, sequence: record.sequence + 1, outbox: [...record.outbox, entry] };
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
