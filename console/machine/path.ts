import { callAws, isRecord } from '../wire/http.ts';

/** A visit of an execution to a state. `leftAt` is absent while it is there. Times in milliseconds since the epoch. */
export interface Visit {
  readonly state: string;
  readonly enteredAt: number;
  readonly leftAt?: number;
  /** The names of the errors with which calls of the task failed. */
  readonly errors: readonly string[];
}

/** The way of an execution through its states, from its history. */
export interface ExecutionPath {
  readonly visits: readonly Visit[];
  /** Older executions lose their history in favor of newer ones. */
  readonly isDropped: boolean;
}

interface HistoryEvent {
  readonly type: string;
  /** In seconds. */
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

const PAGE = 1000;
const FAILED = /^(LambdaFunction|Task)(Failed|TimedOut)$/;

/** Reads the history over the wire of Step Functions. @throws as callAws */
export async function pathOf(executionArn: string): Promise<ExecutionPath> {
  const events: HistoryEvent[] = [];
  let nextToken: unknown;
  do {
    const input = {
      executionArn,
      includeExecutionData: false,
      maxResults: PAGE,
      ...(nextToken !== undefined && { nextToken }),
    };
    const page = await callAws('AWSStepFunctions.GetExecutionHistory', input).catch((error: unknown) => {
      if (error instanceof Error && error.message.includes('history was dropped')) return undefined;
      throw error;
    });
    if (!isRecord(page)) return { visits: [], isDropped: true };
    events.push(...(page.events as HistoryEvent[]));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { visits: visitsOf(events), isDropped: false };
}

/** The visits to states that a history tells of, in order. */
export function visitsOf(events: readonly HistoryEvent[]): Visit[] {
  const visits: Visit[] = [];
  for (const event of events) {
    const at = event.timestamp * 1000;
    const last = visits.at(-1);
    if (event.type.endsWith('StateEntered')) {
      visits.push({ state: nameIn(event.stateEnteredEventDetails), enteredAt: at, errors: [] });
    } else if (last === undefined || last.leftAt !== undefined) {
      // What belongs to the execution itself.
    } else if (
      event.type.endsWith('StateExited') ||
      /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(event.type)
    ) {
      visits[visits.length - 1] = { ...last, leftAt: at };
    } else if (FAILED.test(event.type)) {
      visits[visits.length - 1] = { ...last, errors: [...last.errors, errorIn(event)] };
    }
  }
  return visits;
}

const nameIn = (details: unknown): string => (isRecord(details) ? String(details.name) : '');

function errorIn(event: HistoryEvent): string {
  const details = Object.values(event).find((value) => isRecord(value) && 'error' in value);
  return isRecord(details) ? String(details.error) : event.type;
}

/** What the visits to one state come to. */
export interface StateTotal {
  readonly count: number;
  /** Without the visit that still lasts. */
  readonly totalMs: number;
  readonly errors: number;
}

export function totalsOf(visits: readonly Visit[]): ReadonlyMap<string, StateTotal> {
  const totals = new Map<string, StateTotal>();
  for (const { state, enteredAt, leftAt = enteredAt, errors } of visits) {
    const before = totals.get(state) ?? { count: 0, totalMs: 0, errors: 0 };
    totals.set(state, {
      count: before.count + 1,
      totalMs: before.totalMs + leftAt - enteredAt,
      errors: before.errors + errors.length,
    });
  }
  return totals;
}

/** How often each transition was taken, by `FROM → TO`. */
export function transitionsOf(visits: readonly Visit[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const [index, { state }] of visits.entries()) {
    const next = visits[index + 1];
    if (next === undefined) continue;
    const key = transitionKey(state, next.state);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  return taken;
}

export const transitionKey = (from: string, to: string): string => `${from} → ${to}`;
