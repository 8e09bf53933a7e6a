import { join } from 'node:path';
import {
  CreateEventTrackerCommand,
  DescribeEventTrackerCommand,
  ListEventTrackersCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { afterEach, beforeEach, expect } from 'vitest';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { createPersonalizeService, type PersonalizeService } from '../../infra/local/personalize/service.ts';
import type { WireService } from '../../infra/local/wire.ts';
import { serve } from './serve.ts';

/** The Personalize simulator behind HTTP, with a clock that the test moves, and AWS SDK clients for it. */

export const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
export const DEMO = `${ARN}dataset-group/acme-shop`;
export const SCHEMA = JSON.stringify({ type: 'record', name: 'X', fields: [{ name: 'USER_ID', type: 'string' }] });
export const START = Date.UTC(2025, 0, 1);
export const event = { eventType: 'click', itemId: 'i-1', sentAt: new Date(START) };

let now: number;
export let service: PersonalizeService;
let faults: FaultInjection;
export let server: Awaited<ReturnType<typeof serve>>;
export let personalize: PersonalizeClient;
export let personalizeEvents: PersonalizeEventsClient;

/** Serves the simulator's three APIs on one port and selects between them as the AWS port does. */
const front: WireService = (request) => {
  if (request.path.startsWith('/_simulator')) return service.script(request);
  if (request.path === '/_faults') return faults.wire(request);
  return request.headers['x-amz-target'] === undefined ? service.events(request) : service.control(request);
};

export async function start(options: Partial<Parameters<typeof createPersonalizeService>[0]> = {}): Promise<void> {
  faults = new FaultInjection(options.directory && join(options.directory, 'faults.jsonl'));
  service = createPersonalizeService({ clock: () => now, faults, ...options });
  server = await serve(front);
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  personalize = new PersonalizeClient(config);
  personalizeEvents = new PersonalizeEventsClient(config);
}
export async function stop(): Promise<void> {
  personalize.destroy();
  personalizeEvents.destroy();
  service.close();
  await server.close();
}
/** Gives each test of the file its own simulator, whose clock starts at START. */
export function startForEachTest(): void {
  beforeEach(() => {
    now = START;
    return start();
  });
  afterEach(stop);
}
export function passTime(ms: number): void {
  now += ms;
}

export const createTracker = (name = 'tracker', tags?: { tagKey: string; tagValue: string }[]) =>
  personalize.send(new CreateEventTrackerCommand({ name, datasetGroupArn: DEMO, tags }));
export const describeTracker = (eventTrackerArn: string | undefined) =>
  personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
export const listTrackers = async () =>
  (await personalize.send(new ListEventTrackersCommand({ datasetGroupArn: DEMO }))).eventTrackers ?? [];
export const putEvents = (trackingId: string | undefined, eventList = [event]) =>
  personalizeEvents.send(new PutEventsCommand({ trackingId, sessionId: 's', eventList }));
export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

export const script = (method: string, path: string, body?: unknown) =>
  runtimePath(method, `/_simulator/${path}`, body);
/** Calls `/_faults` for Personalize. */
export const faultScript = (method: string, body?: unknown, headers?: Record<string, string>) =>
  runtimePath(
    method,
    '/_faults',
    typeof body === 'object' && !Array.isArray(body) ? { service: 'personalize', ...body } : body,
    headers,
  );

async function runtimePath(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, allow: response.headers.get('allow'), body: await response.json() };
}
export async function addFault(fault: Record<string, unknown>): Promise<void> {
  expect(await faultScript('POST', { times: 1, ...fault })).toMatchObject({ status: 201 });
}
export const outcomes = () => service.core.calls().map(({ operation, outcome }) => `${operation} ${outcome}`);
