import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Conformance, conformanceTo, type Described } from '../contract/openapi/conformance.ts';
import type { Caller } from './caller.ts';

/** The fields of an event tracker that the suite reads. */
const trackerSchema = z.looseObject({
  trackerId: z.string(),
  status: z.string(),
  name: z.string(),
  generation: z.number(),
  tenantId: z.string(),
  datasetGroupArn: z.string(),
  trackingId: z.string().optional(),
  eventTrackerArn: z.string().optional(),
  adopted: z.boolean().optional(),
  progress: z.unknown().optional(),
  failure: z.looseObject({ code: z.string(), reason: z.string(), remedy: z.string() }).optional(),
  tags: z.array(z.object({ tagKey: z.string(), tagValue: z.string() })).optional(),
});
export type Tracker = z.infer<typeof trackerSchema>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** `GET /event-trackers/et-… → 404`, for messages. */
  readonly summary: string;
}

/** A rule that the service broke. The message says what a caller sees; it contains no tracking ID and no token. */
export class Broken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Broken';
  }
}

/** @throws Broken with the message unless the condition holds */
export function must(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Broken(message);
}

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The API over the wire. Every answer is compared with the OpenAPI document that the service publishes, and every event tracker in one with
 * the rule that a tracking ID shows only while it is ACTIVE.
 */
export class Api {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #stopped: AbortSignal;
  readonly #ownName: string;
  readonly #ownIds = new Set<string>();
  #conformance: Conformance | undefined;

  /** @param ownName the name of the run, which is in the name of each of its dataset groups */
  constructor(url: string, ownName: string, { timeoutMs, stopped }: { timeoutMs: number; stopped: AbortSignal }) {
    this.#url = url;
    this.#ownName = ownName;
    this.#timeoutMs = timeoutMs;
    this.#stopped = stopped;
  }

  get url(): string {
    return this.#url;
  }

  /** Reads the OpenAPI document. @throws Broken if there is none */
  async open(): Promise<void> {
    const response = await fetch(`${this.#url}/openapi.json`, { signal: AbortSignal.timeout(30_000) });
    must(response.status === 200, `GET /openapi.json → ${response.status}: is ${this.#url} the URL of the API?`);
    const { data } = described.safeParse(await response.json());
    must(data, 'GET /openapi.json: the body is no OpenAPI document with paths and schemas');
    this.#conformance = conformanceTo(data);
  }

  /**
   * Sends one request, without retries.
   * @throws Broken if the answer is not one of the document's; Error if the request could change another's event tracker, which would be
   * a mistake of this suite
   */
  async send(caller: Caller, method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Answer> {
    this.#checkOwn(method, path, body);
    const url = `${this.#url}${caller.prefix}${path}`;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
    const sent = await caller.authorize(method, url, {
      headers: { ...type, ...headers },
      ...(text !== undefined && { body: text }),
    });
    const response = await fetch(url, {
      method,
      headers: sent,
      ...(text !== undefined && { body: text }),
      signal: AbortSignal.any([this.#stopped, AbortSignal.timeout(60_000)]),
    });
    const answerText = await response.text();
    const [withoutQuery = ''] = path.split('?');
    const summary = `${method} ${caller.prefix}${withoutQuery} → ${response.status}`;
    const { status, headers: received } = response;
    const faults = this.#conformance?.faultsOf({
      method,
      path: withoutQuery,
      status,
      headers: received,
      text: answerText,
    });
    must(!faults?.length, `${summary}: not as /openapi.json says: ${faults?.join('; ')}`);
    const answer = { status, headers: received, body: parsed(answerText), summary };
    this.#learn(answer.body);
    checkTrackers(answer.body, summary);
    return answer;
  }

  #isOwnGroup = (arn: unknown): boolean => typeof arn === 'string' && arn.endsWith(`-${this.#ownName}`);

  /** Keeps the ids of the event trackers in the run's own dataset groups. */
  #learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    if ('trackerId' in value && 'datasetGroupArn' in value && this.#isOwnGroup(value.datasetGroupArn)) {
      this.#ownIds.add(String(value.trackerId));
    }
    for (const inner of Object.values(value)) this.#learn(inner);
  }

  #checkOwn(method: string, path: string, body: unknown): void {
    if (method === 'GET') return;
    const [, trackerId] = /^\/event-trackers\/(et-\w+)/.exec(path) ?? [];
    if (trackerId !== undefined && !this.#ownIds.has(trackerId)) {
      throw new Error(`Refused to send ${method} ${path}: this run did not request that event tracker.`);
    }
    const { data } = z.object({ datasetGroupArn: z.string() }).safeParse(body);
    if (data !== undefined && !this.#isOwnGroup(data.datasetGroupArn)) {
      throw new Error(`Refused to send ${method} ${path}: ${data.datasetGroupArn} is not a dataset group of this run.`);
    }
  }

  /** Sends a request whose answer must have this status. @throws Broken */
  async expect(
    caller: Caller,
    status: number | readonly number[],
    method: string,
    path: string,
    sent?: Sent,
  ): Promise<Answer> {
    const answer = await this.send(caller, method, path, sent);
    must(
      [status].flat().includes(answer.status),
      `${answer.summary}, but it must be ${[status].flat().join(' or ')}${reasonIn(answer.body)}`,
    );
    return answer;
  }

  /** Reads a tracker until it has an outcome. @throws Broken after the time-out */
  async outcomeOf(caller: Caller, trackerId: string): Promise<Tracker> {
    const until = Date.now() + this.#timeoutMs;
    for (let prefer = '0'; ; prefer = '20') {
      const answer = await this.expect(caller, 200, 'GET', `/event-trackers/${trackerId}`, {
        headers: { prefer: `wait=${prefer}` },
      });
      const tracker = trackerOf(answer);
      const retryAfter = answer.headers.get('retry-after');
      if (tracker.progress === undefined && retryAfter === null) return tracker;
      must(
        Date.now() < until,
        `${trackerId} has no outcome after ${this.#timeoutMs / 1000} s: it is ${tracker.status}`,
      );
      const isHeld = answer.headers.has('preference-applied');
      await sleep(isHeld ? 100 : Math.min(Number(retryAfter ?? 2), 30) * 1000, undefined, { signal: this.#stopped });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws Broken if the answer is not an event tracker */
export function trackerOf({ body, summary }: Answer): Tracker {
  const { data, error } = trackerSchema.safeParse(body);
  must(
    data,
    `${summary}: the body is no event tracker: ${error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)}`,
  );
  return data;
}

const pageSchema = z.object({ eventTrackers: z.array(trackerSchema), nextToken: z.string().optional() });
/** @throws Broken if the answer is not a page of a list */
export function pageOf({ body, summary }: Answer): z.infer<typeof pageSchema> {
  const { data } = pageSchema.safeParse(body);
  must(data, `${summary}: the body is no page of event trackers`);
  return data;
}

/** A tracking ID must not show before the tracker is ACTIVE: Personalize would refuse it. */
function checkTrackers(value: unknown, summary: string): void {
  if (typeof value !== 'object' || value === null) return;
  if ('trackingId' in value && 'status' in value) {
    must(
      value.status === 'ACTIVE',
      `${summary}: a tracking ID is shown while the event tracker is ${String(value.status)}`,
    );
  }
  for (const inner of Object.values(value)) checkTrackers(inner, summary);
}

const hasMembers = (value: unknown): boolean => typeof value === 'object' && value !== null;
const described = z
  .object({ paths: z.unknown().refine(hasMembers), components: z.object({ schemas: z.unknown().refine(hasMembers) }) })
  .pipe(z.custom<Described>());

const problemSchema = z.looseObject({
  reason: z.string(),
  detail: z.string(),
  type: z.string(),
  errors: z.array(z.looseObject({ field: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
/** @throws Broken if the answer is not a problem document */
export function problemOf({ body, headers, summary }: Answer): Problem {
  const type = headers.get('content-type') ?? '';
  must(
    type.startsWith('application/problem+json'),
    `${summary}: the content type must be application/problem+json, not ${type}`,
  );
  const { data } = problemSchema.safeParse(body);
  must(data, `${summary}: the body is no problem document with reason, detail and type`);
  return data;
}

function reasonIn(body: unknown): string {
  const { data } = z.object({ reason: z.string(), detail: z.string() }).safeParse(body);
  return data === undefined ? '' : ` (${data.reason}: ${data.detail})`;
}
