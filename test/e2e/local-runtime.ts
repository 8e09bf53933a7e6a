import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { spawnRuntime } from './spawn-runtime.ts';

export const DEMO_GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

/** A local runtime in its own process, as `npm start` runs it. */
export interface LocalRuntime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends a signal and waits until the process exits. @returns the exit code, or null if the signal killed the process */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'event-trackers-e2e-'));

export interface StartOptions {
  readonly data?: string;
  readonly timeScale?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts a runtime on free ports, with all waits at a twentieth, and waits until it is ready. */
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

/** A token from the runtime's issuer, as `npm run token` prints it. */
export const tokenOf = ({ data }: { data: string }, tenant = 'acme', scopes = ['read', 'write', 'events']) =>
  mintToken(join(data, 'identity'), { tenant, scopes, expiresInSeconds: 3600 });

/** Calls the API. Parses a JSON body. */
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

/** Injects a fault into the next calls of an operation (docs/local-runtime.md, "/_faults"). */
export const injectFault = (
  runtime: { awsUrl: string },
  service: 'personalize' | 'dynamodb' | 'states' | 'events' | 'sts',
  fault: object,
): Promise<unknown> => local(runtime, 'POST', '/_faults', { service, ...fault });

export const clearFaults = (runtime: { awsUrl: string }): Promise<unknown> => local(runtime, 'DELETE', '/_faults');

/** Calls one of the runtime's own paths on the AWS port. @throws Error for an error status */
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

/** The calls that reached Personalize, of one operation or of all. The delayed effect of a late-act is not a call. */
export async function personalizeCalls(runtime: { awsUrl: string }, operation?: string): Promise<PersonalizeCall[]> {
  const { calls } = (await local(runtime, 'GET', '/_simulator/calls')) as { calls: PersonalizeCall[] };
  return calls.filter(
    (made) => made.outcome !== 'late-act-landed' && (operation === undefined || made.operation === operation),
  );
}

/** An event as it was published to the bus. */
export interface PublishedEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: {
    readonly metadata: { readonly eventId: string; readonly sequence: number; readonly tenantId: string };
    readonly data: Readonly<Record<string, unknown>> & { readonly trackerId: string; readonly status: string };
  };
}

/** Reads the event stream from its beginning until `enough` returns true for the events so far. */
export async function eventsUntil(
  runtime: { awsUrl: string },
  enough: (events: readonly PublishedEvent[]) => boolean,
  timeoutMs = 60_000,
): Promise<PublishedEvent[]> {
  const events: PublishedEvent[] = [];
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
