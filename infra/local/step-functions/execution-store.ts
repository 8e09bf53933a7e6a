import { join } from 'node:path';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import {
  type Closure,
  executionEnded,
  executionStarted,
  type HistoryEvent,
  type NewEvent,
  type Status,
} from './history.ts';

/** A stored execution. `input` is the JSON text that was sent, `startDate` is in ms since the epoch. */
export interface ExecutionRecord {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly roleArn: string;
  readonly name: string;
  readonly input: string;
  readonly startDate: number;
  /** The Map Run of a Map state that started it for one item. */
  readonly mapRunArn?: string;
  /** Absent while it runs. */
  readonly closure?: Closure;
  /** Its events were dropped to make room for those of younger executions. */
  readonly historyDropped?: boolean;
}

const time = z.number().min(0);
const executionRecord: z.ZodType<ExecutionRecord> = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  roleArn: z.string(),
  name: z.string(),
  input: z.string(),
  startDate: time,
  mapRunArn: z.string().optional(),
  closure: z
    .object({
      status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
      stopDate: time,
      output: z.string().optional(),
      error: z.string().optional(),
      cause: z.string().optional(),
    })
    .optional(),
  historyDropped: z.boolean().optional(),
});
const historyEvent: z.ZodType<HistoryEvent> = z.object({
  id: z.int().min(2),
  previousEventId: z.int().min(0),
  type: z.string(),
  timestamp: time,
  details: z.record(z.string(), z.record(z.string(), z.any())).optional(),
});

export const statusOf = (record: ExecutionRecord): Status => record.closure?.status ?? 'RUNNING';

/**
 * Executions and their histories, on disk if there is a directory. The first and the last event of a history are derived from the
 * record, so that an execution and its last event can't disagree after a kill. The events of closed executions are kept up to a total
 * number, and the oldest are dropped first. Records are kept forever, because their names must not be used again.
 */
export class ExecutionStore {
  readonly #records: DurableMap<ExecutionRecord>;
  /** By ARN and event id, so that an event is one short line in the file. */
  readonly #events: DurableMap<HistoryEvent>;
  readonly #histories = new Map<string, HistoryEvent[]>();
  /** ARNs of closed executions whose events are kept, oldest first. */
  readonly #closed = new Set<string>();
  #closedEvents = 0;
  readonly #keptEvents: number;

  /** @param keptEvents the total number of events of closed executions to keep */
  constructor(directory?: string, keptEvents = 50_000) {
    this.#keptEvents = keptEvents;
    this.#records = new DurableMap(directory && join(directory, 'executions.jsonl'), executionRecord);
    this.#events = new DurableMap(directory && join(directory, 'execution-events.jsonl'), historyEvent, /^.+#\d+$/);
    for (const [key, event] of this.#events.entries()) this.#historyOf(key.slice(0, key.lastIndexOf('#'))).push(event);
    const closed = [...this.#records.values()].filter(({ closure, historyDropped }) => closure && !historyDropped);
    closed.sort((a, b) => (a.closure?.stopDate ?? 0) - (b.closure?.stopDate ?? 0));
    for (const { executionArn } of closed) this.#keepWithin(executionArn);
  }

  #historyOf(executionArn: string): HistoryEvent[] {
    const history = this.#histories.get(executionArn) ?? [];
    this.#histories.set(executionArn, history);
    return history;
  }

  #keepWithin(executionArn: string): void {
    this.#closed.add(executionArn);
    this.#closedEvents += this.#historyOf(executionArn).length;
    for (const oldest of this.#closed) {
      if (this.#closedEvents <= this.#keptEvents) return;
      const record = this.#records.get(oldest);
      if (record !== undefined) this.#records.set(oldest, { ...record, historyDropped: true });
      const history = this.#historyOf(oldest);
      for (const { id } of history) this.#events.delete(`${oldest}#${id}`);
      this.#closedEvents -= history.length;
      this.#histories.delete(oldest);
      this.#closed.delete(oldest);
    }
  }

  create(record: ExecutionRecord): void {
    this.#records.set(record.executionArn, record);
  }

  get(executionArn: string): ExecutionRecord | undefined {
    return this.#records.get(executionArn);
  }

  /** All executions, in the order of their start. */
  all(): ExecutionRecord[] {
    return [...this.#records.values()];
  }

  /** Ends a running execution. Does nothing if it has already ended. */
  close(executionArn: string, closure: Closure): void {
    const record = this.#records.get(executionArn);
    if (record === undefined || record.closure !== undefined) return;
    this.#records.set(executionArn, { ...record, closure });
    this.#keepWithin(executionArn);
  }

  /** @returns the ID of the event; IDs start at 1 (ExecutionStarted) */
  append(executionArn: string, event: NewEvent, timestamp: number): number {
    const history = this.#historyOf(executionArn);
    const id = history.length + 2;
    // The event of the first state, number 2, has no previous event on AWS.
    const stored = { id, previousEventId: id === 2 ? 0 : id - 1, timestamp, ...event };
    this.#events.set(`${executionArn}#${id}`, stored);
    history.push(stored);
    return id;
  }

  /** The number of events so far, the last one of a closed execution not counted. */
  eventCount(executionArn: string): number {
    return (this.#histories.get(executionArn)?.length ?? 0) + 1;
  }

  history({ executionArn, roleArn, input, startDate, closure }: ExecutionRecord): HistoryEvent[] {
    const events = this.#histories.get(executionArn) ?? [];
    const first = { id: 1, previousEventId: 0, timestamp: startDate, ...executionStarted(input, roleArn) };
    if (closure === undefined) return [first, ...events];
    const id = events.length + 2;
    // An end from outside has no previous event; AWS returns 0.
    const previousEventId = closure.status === 'ABORTED' || closure.status === 'TIMED_OUT' ? 0 : id - 1;
    return [first, ...events, { id, previousEventId, timestamp: closure.stopDate, ...executionEnded(closure) }];
  }

  shut(): void {
    this.#records.close();
    this.#events.close();
  }
}
