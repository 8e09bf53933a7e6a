import { effect, signal } from '@preact/signals';
import { connection, runtime } from './feed.ts';

/** An event on a bus, as targets receive it. `number` is its counter. */
export interface BusEvent {
  readonly number: number;
  readonly id: string;
  readonly detailType: string;
  readonly source: string;
  readonly time: string;
  /** Of the events of this service. */
  readonly tenantId?: string;
  readonly trackerId?: string;
  readonly status?: string;
  readonly envelope: Readonly<Record<string, unknown>>;
}

const KEPT = 500;

/** The latest events, oldest first. The array is changed in place; `busVersion` increases with each change. */
export const busEvents: BusEvent[] = [];
export const busVersion = signal(0);

const MetaKeys = ['tenantId'] as const;
const DataKeys = ['trackerId', 'status'] as const;

function textsIn<Key extends string>(value: unknown, keys: readonly Key[]): Partial<Record<Key, string>> {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const texts = fields.filter(([key, each]) => typeof each === 'string' && keys.some((known) => known === key));
  return Object.fromEntries(texts) as Partial<Record<Key, string>>;
}

function eventOf(number: number, data: string): BusEvent {
  const envelope = JSON.parse(data) as Record<string, unknown>;
  const detail = envelope.detail as { metadata?: unknown; data?: unknown } | undefined;
  return {
    number,
    id: String(envelope.id),
    detailType: String(envelope['detail-type']),
    source: String(envelope.source),
    time: String(envelope.time),
    ...textsIn(detail?.metadata, MetaKeys),
    ...textsIn(detail?.data, DataKeys),
    envelope,
  };
}

let source: EventSource | undefined;
let isDrawing = false;

/** Many events can arrive between two pictures on the screen. */
function changed(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    busVersion.value += 1;
  });
}

function watch(after: number): void {
  const opened = new EventSource(`/_events?after=${after}`);
  source = opened;
  opened.addEventListener('message', ({ data, lastEventId }) => {
    busEvents.push(eventOf(Number(lastEventId), data));
    if (busEvents.length > KEPT) busEvents.splice(0, busEvents.length - KEPT);
    changed();
  });
}

function stop(): void {
  source?.close();
  source = undefined;
}

/** The feed knows when the runtime is there, and how many events it has: fewer than before if its data folder is a new one. */
effect(() => {
  const last = runtime.value?.lastEvent;
  if (connection.value.state !== 'live' || last === undefined) return stop();
  stop();
  const seen = busEvents.at(-1)?.number ?? 0;
  if (seen > last) {
    busEvents.length = 0;
    changed();
  }
  watch(Math.max(0, last - KEPT, busEvents.at(-1)?.number ?? 0));
});
