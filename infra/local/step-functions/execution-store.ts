import { join } from 'node:path';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { ExecutionHistories } from './execution-histories.ts';
import {
  type Closure,
  executionEnded,
  executionStarted,
  type HistoryEvent,
  type NewEvent,
  type Status,
} from './history.ts';

/** A state that an execution has entered, and when. */
export interface EnteredState {
  readonly name: string;
  readonly at: number;
}

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
  /** The number of its events, once it is closed. Absent if they were dropped to make room for those of younger executions. */
  readonly events?: number | undefined;
  /** The state that it entered last, once it is closed; absent if the process was killed before. */
  readonly lastState?: EnteredState | undefined;
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
  events: z.int().min(0).optional(),
  lastState: z.object({ name: z.string(), at: time }).optional(),
});

export const statusOf = (record: ExecutionRecord): Status => record.closure?.status ?? 'RUNNING';

/**
 * Executions and their histories, on disk if there is a directory. The first and the last event of a history are derived from the
 * record, so that an execution and its last event can't disagree after a kill. The events of closed executions are kept up to a total
 * number, and the oldest are dropped first. Records are kept forever, because their names must not be used again.
 */
export class ExecutionStore {
  readonly #records: DurableMap<ExecutionRecord>;
  readonly #histories: ExecutionHistories;
  /** The numbers of events of running executions, by ARN. */
  readonly #running = new Map<string, number>();
  /** The states that running executions entered last, by ARN. */
  readonly #entered = new Map<string, EnteredState>();
  readonly #listeners = new Set<(executionArn: string) => void>();
  /** Those of closed executions whose events are kept, oldest first. */
  readonly #closed = new Map<string, number>();
  #closedEvents = 0;
  readonly #keptEvents: number;

  /** @param keptEvents the total number of events of closed executions to keep */
  constructor(directory?: string, keptEvents = 200_000) {
    this.#keptEvents = keptEvents;
    this.#records = new DurableMap(directory && join(directory, 'executions.jsonl'), executionRecord);
    this.#histories = new ExecutionHistories(directory && join(directory, 'histories'));
    const closed: { executionArn: string; stopDate: number; events: number }[] = [];
    for (const { executionArn, closure, events } of this.#records.values()) {
      if (closure === undefined) this.#running.set(executionArn, this.#histories.count(executionArn));
      else if (events !== undefined) closed.push({ executionArn, stopDate: closure.stopDate, events });
    }
    closed.sort((one, other) => one.stopDate - other.stopDate);
    for (const { executionArn, events } of closed) this.#keepWithin(executionArn, events);
  }

  #keepWithin(executionArn: string, events: number): void {
    this.#closed.set(executionArn, events);
    this.#closedEvents += events;
    for (const [oldest, itsEvents] of this.#closed) {
      if (this.#closedEvents <= this.#keptEvents) return;
      const record = this.#records.get(oldest);
      if (record !== undefined) this.#records.set(oldest, { ...record, events: undefined });
      this.#histories.remove(oldest);
      this.#closedEvents -= itsEvents;
      this.#closed.delete(oldest);
    }
  }

  /** Calls `listener` with the ARN of each execution that starts, takes a step or ends, until the returned function is called. */
  onChange(listener: (executionArn: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(executionArn: string): void {
    for (const listener of this.#listeners) listener(executionArn);
  }

  create(record: ExecutionRecord): void {
    this.#records.set(record.executionArn, record);
    this.#running.set(record.executionArn, 0);
    this.#changed(record.executionArn);
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
    const events = this.#running.get(executionArn) ?? 0;
    this.#records.set(executionArn, { ...record, closure, events, lastState: this.#entered.get(executionArn) });
    this.#running.delete(executionArn);
    this.#entered.delete(executionArn);
    this.#keepWithin(executionArn, events);
    this.#changed(executionArn);
  }

  /** @returns the ID of the event; IDs start at 1 (ExecutionStarted) */
  append(executionArn: string, event: NewEvent, timestamp: number): number {
    const count = (this.#running.get(executionArn) ?? 0) + 1;
    const id = count + 1;
    // The event of the first state, number 2, has no previous event on AWS.
    this.#histories.append(executionArn, { id, previousEventId: id === 2 ? 0 : id - 1, timestamp, ...event });
    this.#running.set(executionArn, count);
    this.#enter(executionArn, event, timestamp);
    this.#changed(executionArn);
    return id;
  }

  #enter(executionArn: string, { details }: NewEvent, at: number): void {
    const name = details?.stateEnteredEventDetails?.name;
    if (typeof name === 'string') this.#entered.set(executionArn, { name, at });
  }

  /** The state that the execution entered last; undefined before its first. */
  lastEntered({ executionArn, lastState }: ExecutionRecord): EnteredState | undefined {
    return lastState ?? this.#entered.get(executionArn);
  }

  /** The number of a running execution's events so far. */
  eventCount(executionArn: string): number {
    return (this.#running.get(executionArn) ?? 0) + 1;
  }

  /** The events of an execution; undefined if they were dropped. @throws Error as ExecutionHistories.read */
  history({
    executionArn,
    roleArn,
    input,
    startDate,
    closure,
    events: kept,
  }: ExecutionRecord): HistoryEvent[] | undefined {
    if (closure !== undefined && kept === undefined) return undefined;
    const events = this.#histories.read(executionArn);
    const first = { id: 1, previousEventId: 0, timestamp: startDate, ...executionStarted(input, roleArn) };
    if (closure === undefined) return [first, ...events];
    const id = events.length + 2;
    // An end from outside has no previous event; AWS returns 0.
    const previousEventId = closure.status === 'ABORTED' || closure.status === 'TIMED_OUT' ? 0 : id - 1;
    return [first, ...events, { id, previousEventId, timestamp: closure.stopDate, ...executionEnded(closure) }];
  }

  shut(): void {
    this.#records.close();
  }
}
