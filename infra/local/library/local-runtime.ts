import { join } from 'node:path';
import { type WatchedStream, watchEvents } from '../eventbridge/watch-client.ts';
import { mintToken } from '../identity/mint.ts';
import type { Fault, Timing } from './options.ts';
import { callAws, callLocal } from './wire.ts';

/** An event as a target receives it. `parseEventTrackerEvent` of the package event-trackers gives it its type. */
export interface LocalEvent {
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly time: string;
  readonly detail: {
    readonly metadata: Readonly<Record<string, unknown>> & { readonly eventId: string; readonly tenantId: string };
    readonly data: Readonly<Record<string, unknown>> & { readonly trackerId: string; readonly status: string };
  };
}

export interface TokenOptions {
  /** The tenant of the token; a platform's need not have one. */
  readonly tenant?: string;
  /** Default `read`, `write` and `events`. The others are `adopt`, `callback` and `platform`. */
  readonly scopes?: readonly string[];
  /** Restricts the token to these dataset groups (names or ARNs). */
  readonly datasetGroups?: readonly string[];
  /** Default 3600. */
  readonly expiresInSeconds?: number;
}

export interface LocalRuntime extends AsyncDisposable {
  /** The URL of the API: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string;
  /** The URL of the AWS services, and of the console in a browser. */
  readonly awsUrl: string;
  readonly pid: number;
  /** The folder of the state. It contains secrets. */
  readonly data: string;
  /** Variables with which AWS SDKs and the AWS CLI call the runtime. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
  /** A token for the API. It is a secret of this runtime only. */
  token(options: TokenOptions): Promise<string>;
  /** Creates a dataset group with an Interactions dataset. Its name begins with the tenant and a hyphen. @returns its ARN */
  createDatasetGroup(name: string): Promise<string>;
  /** Injects a fault into the next calls of an operation. @throws Error that names the field and the rule */
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** Changes how long Personalize takes for what starts from now on. */
  timing(timing: Timing): Promise<void>;
  /** Whatever Personalize is creating or deleting now has this much less to go. */
  advance(milliseconds: number): Promise<void>;
  /** All events from the first one on, as they come, until the loop ends or the runtime stops. */
  events(): AsyncGenerator<LocalEvent, void, undefined>;
  /** The first event for which `matches` returns true. @throws Error with what came instead, after `timeoutMs` (default 10,000) */
  event(matches: (event: LocalEvent) => boolean, options?: { readonly timeoutMs?: number }): Promise<LocalEvent>;
  /** The deliveries that failed after all attempts. */
  failedInvocations(): Promise<readonly unknown[]>;
  /** Runs the sweeper, the drift check or the operations now. @returns what the run did */
  run(job: 'sweep' | 'drift' | 'operations'): Promise<unknown>;
  /** What the runtime has printed so far. */
  output(): string;
  /** Stops the runtime, and removes its folder unless the options named it. */
  stop(): Promise<void>;
}

interface Running {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly pid: number;
  readonly data: string;
}

/** The dataset of the group that each runtime begins with has this schema. */
const SCHEMA = 'arn:aws:personalize:us-east-1:123456789012:schema/acme-shop-interactions';

/** What a running runtime can do, apart from printing and stopping. */
export function controlsOf({ apiUrl, awsUrl, pid, data }: Running) {
  const local = (method: string, path: string, body?: unknown) => callLocal(awsUrl, method, path, body);
  const stream = () => watchEvents(awsUrl, 0);
  return {
    apiUrl,
    awsUrl,
    pid,
    data,
    awsEnvironment: {
      AWS_ENDPOINT_URL: awsUrl,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    token: ({ scopes = ['read', 'write', 'events'], expiresInSeconds = 3600, ...rest }) =>
      mintToken(join(data, 'identity'), { ...rest, scopes, expiresInSeconds }),
    async createDatasetGroup(name) {
      const group = (await callAws(awsUrl, 'AmazonPersonalize.CreateDatasetGroup', { name })) as {
        datasetGroupArn: string;
      };
      const { datasetGroupArn } = group;
      const dataset = { name: 'interactions', datasetType: 'Interactions', schemaArn: SCHEMA, datasetGroupArn };
      // However long the timing makes it: a dataset needs an ACTIVE group.
      await local('POST', '/_simulator/advance', { milliseconds: 86_400_000 });
      await callAws(awsUrl, 'AmazonPersonalize.CreateDataset', dataset);
      return datasetGroupArn;
    },
    async fault(fault) {
      await local('POST', '/_faults', fault);
    },
    async clearFaults() {
      await local('DELETE', '/_faults');
    },
    async timing(timing) {
      await local('PUT', '/_simulator/timing', timing);
    },
    async advance(milliseconds) {
      await local('POST', '/_simulator/advance', { milliseconds });
    },
    async *events() {
      const watched = await stream();
      try {
        yield* eventsOf(watched);
      } finally {
        watched.close();
      }
    },
    async event(matches, { timeoutMs = 10_000 } = {}) {
      const seen: string[] = [];
      const watched = await stream();
      const timer = setTimeout(() => watched.close(), timeoutMs);
      try {
        for await (const event of eventsOf(watched)) {
          if (matches(event)) return event;
          seen.push(`${event['detail-type']}: ${event.detail.data.status}`);
        }
      } finally {
        clearTimeout(timer);
        watched.close();
      }
      throw new Error(
        `No event matched within ${timeoutMs} ms, or before the runtime stopped: ${seen.join(', ') || 'there was none'}.`,
      );
    },
    async failedInvocations() {
      const answer = (await local('GET', '/_events/failed-invocations')) as { failedInvocations: unknown[] };
      return answer.failedInvocations;
    },
    run: (job) => local('POST', `/_local/${job}`, {}),
  } satisfies Omit<LocalRuntime, 'output' | 'stop' | typeof Symbol.asyncDispose>;
}

/** Ends when the stream is closed, on either side. */
async function* eventsOf({ events }: WatchedStream): AsyncGenerator<LocalEvent, void, undefined> {
  try {
    for await (const { data } of events) yield JSON.parse(data) as LocalEvent;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
  }
}
