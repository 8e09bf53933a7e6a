import { signal } from '@preact/signals';
import type { Change, ExecutionRow, RequestRow, RuntimeInfo, Simulation, Snapshot, TrackerRow } from '../protocol.ts';

/** The connection to the runtime. `since` is when it became so. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'lost'; readonly since: number };

export const connection = signal<Connection>({ state: 'connecting' });
export const runtime = signal<RuntimeInfo | undefined>(undefined);

/** What is broken on purpose, whoever did it. */
export const simulation = signal<Simulation>({ faults: [], faultCount: 0, personalize: [] });

/** The page is of another version than the runtime, which was updated meanwhile. */
export const isOutdated = signal(false);

/**
 * The present state, by id. The maps are changed in place, because there can be thousands of trackers; `version` increases with each
 * message, and whoever reads a map reads it too.
 */
export const version = signal(0);
export const trackers = new Map<string, TrackerRow>();
export const executions = new Map<string, ExecutionRow>();
/** Oldest first. */
export const requests: RequestRow[] = [];

const MAX_EXECUTIONS = 600;
const MAX_REQUESTS = 300;
const BETWEEN_ATTEMPTS_MS = 700;
/** A hidden page gives its connection back: a browser has six for each server, and every open page needs some. */
const HIDDEN_MS = 20_000;

function replaceAll(snapshot: Snapshot): void {
  trackers.clear();
  executions.clear();
  requests.length = 0;
  const build = runtime.value?.build;
  runtime.value = snapshot.runtime;
  if (build !== undefined && build !== snapshot.runtime.build) isOutdated.value = true;
  takeIn(snapshot);
}

function takeIn(change: Change): void {
  for (const row of change.trackers ?? []) trackers.set(row.trackerId, row);
  for (const id of change.removed ?? []) trackers.delete(id);
  for (const row of change.executions ?? []) executions.set(row.executionArn, row);
  for (const [arn, { status }] of executions) {
    if (executions.size <= MAX_EXECUTIONS) break;
    if (status !== 'RUNNING') executions.delete(arn);
  }
  requests.push(...(change.requests ?? []));
  if (requests.length > MAX_REQUESTS) requests.splice(0, requests.length - MAX_REQUESTS);
  if (change.simulation) simulation.value = change.simulation;
  version.value += 1;
}

let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Connects to the feed, and connects again whenever the connection is lost. */
export function connect(): void {
  clearTimeout(retry);
  source?.close();
  const opened = new EventSource('/_console/changes');
  source = opened;
  opened.addEventListener('snapshot', ({ data }) => {
    replaceAll(JSON.parse(data) as Snapshot);
    connection.value = { state: 'live' };
  });
  opened.addEventListener('change', ({ data }) => takeIn(JSON.parse(data) as Change));
  opened.addEventListener('error', () => {
    opened.close();
    if (source !== opened) return;
    if (connection.value.state !== 'lost') connection.value = { state: 'lost', since: Date.now() };
    retry = setTimeout(connect, BETWEEN_ATTEMPTS_MS);
  });
}

let hiding: ReturnType<typeof setTimeout> | undefined;

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      source?.close();
      source = undefined;
      clearTimeout(retry);
      connection.value = { state: 'connecting' };
    }, HIDDEN_MS);
  } else if (source === undefined) connect();
});
