import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { spawnRuntime } from './spawn-runtime.ts';

export const DEMO_GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

/** A local runtime as a process of its own, as `npm start` runs it. */
export interface LocalRuntime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** All that it has printed. */
  output(): string;
  /** Ends it by a signal and waits for its end; the exit code, or null where the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'event-trackers-e2e-'));

export interface StartOptions {
  readonly data?: string;
  readonly timeScale?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts a runtime on any free ports, its waits a twentieth, and waits until it is ready. */
export async function startLocalRuntime(options: StartOptions = {}): Promise<LocalRuntime> {
  const { data = newDataFolder(), timeScale = 0.05, environment = {}, args = [] } = options;
  const { child, ...spawned } = await spawnRuntime(data, {
    args: ['--time-scale', String(timeScale), ...args],
    environment: { POWERTOOLS_LOG_LEVEL: 'INFO', ...environment },
  });
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve([child.exitCode]);
  return {
    ...spawned,
    data,
    process: child,
    async end(signal) {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** A token of the runtime's own issuer, as `npm run token` prints it. */
export const tokenOf = ({ data }: { data: string }, tenant = 'acme', scopes = ['read', 'write', 'events']) =>
  mintToken(join(data, 'identity'), { tenant, scopes, expiresInSeconds: 3600 });

/** Calls the API; the body is parsed where it is JSON. */
export async function call(
  runtime: { apiUrl: string },
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${runtime.apiUrl}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Lets the next calls of an operation meet a fault (docs/local-runtime.md, "/_faults"). */
export const injectFault = (
  runtime: { awsUrl: string },
  service: 'personalize' | 'dynamodb' | 'states' | 'events',
  fault: object,
): Promise<unknown> => local(runtime, 'POST', '/_faults', { service, ...fault });

export const clearFaults = (runtime: { awsUrl: string }): Promise<unknown> => local(runtime, 'DELETE', '/_faults');

/** Asks the runtime's own paths on the AWS port. */
export async function local(
  runtime: { awsUrl: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${runtime.awsUrl}${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** A call that reached Personalize. */
export interface PersonalizeCall {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outcome: string;
}

/** The calls that reached Personalize, of one operation or all; a late act's landing is not one more call. */
export async function personalizeCalls(runtime: { awsUrl: string }, operation?: string): Promise<PersonalizeCall[]> {
  const { calls } = (await local(runtime, 'GET', '/_simulator/calls')) as { calls: PersonalizeCall[] };
  return calls.filter(
    (made) => made.outcome !== 'late-act-landed' && (operation === undefined || made.operation === operation),
  );
}

/** An event as the bus took it. */
export interface TakenEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: {
    readonly metadata: { readonly eventId: string; readonly sequence: number; readonly tenantId: string };
    readonly data: Readonly<Record<string, unknown>> & { readonly trackerId: string; readonly status: string };
  };
}

/** Reads the stream of events from the first on, until `enough` says so of what came. */
export async function eventsUntil(
  runtime: { awsUrl: string },
  enough: (events: readonly TakenEvent[]) => boolean,
  timeoutMs = 20_000,
): Promise<TakenEvent[]> {
  const events: TakenEvent[] = [];
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(`${runtime.awsUrl}/_events?after=0`, { signal });
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      if (data !== undefined) events.push(JSON.parse(data));
    }
    if (enough(events)) return events;
  }
  throw new Error(`the stream ended; it delivered ${JSON.stringify(events)}`);
}
