import createClient from 'openapi-fetch';
import type { components, operations, paths } from './api-types.ts';
import { type Answered, answeredOf, bearer, type Call, fetchOf } from './transport.ts';

type Schemas = components['schemas'];
/** An event tracker as the API shows it. `trackingId` is there only while it is ACTIVE, and lets its holder send events. */
export type EventTracker = Schemas['EventTracker'];
export type EventTrackerStatus = EventTracker['status'];
export type EventTrackerFailure = Schemas['Failure'];
export type CreateEventTrackerInput = Schemas['CreateEventTrackerRequest'];
export type ListEventTrackersInput = NonNullable<operations['ListEventTrackers']['parameters']['query']>;
export type PutEventsInput = { trackerId: string } & Schemas['PutEventsRequest'];

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; the promise is rejected with the signal's reason. A request that was accepted stays so. */
  readonly abortSignal?: AbortSignal;
}
export interface KeyedCallOptions extends CallOptions {
  /**
   * At most 255 printable ASCII characters; one is made where none is given. Give one of your own where a request may be made
   * again by another process: for a day the same key makes nothing twice.
   */
  readonly idempotencyKey?: string;
}
export interface HeldCallOptions {
  /**
   * Holds the answer until there is an outcome, for so many seconds at most (`Prefer: wait`), where the deployment holds answers at
   * all; else it comes at once, with `$metadata.retryAfterSeconds`.
   */
  readonly waitSeconds?: number;
}
export interface CreateCallOptions extends KeyedCallOptions {
  /** W3C trace context, handed on to the event. */
  readonly traceparent?: string;
}

/** What is known of the answer beside its body. */
export type ResponseMetadata = Answered;
export type Output<Body> = Body & { readonly $metadata: ResponseMetadata };
export type EventTrackerOutput = Output<{ readonly eventTracker: EventTracker }>;

export interface EventTrackersClientOptions {
  /** The API's URL, as `https://api.example.com`; for platforms with `/platform` at its end. http only on the own machine. */
  readonly endpoint: string;
  /** A JWT, or what gives one: asked before each attempt. Left out where `fetch` authorizes, as by SigV4. */
  readonly token?: string | (() => string | Promise<string>);
  /** What sends a request: to sign it, to go through a proxy, for tests. The global fetch by default. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** How many requests are sent for one call at most: 3 unless told otherwise; 1 is no retry. */
  readonly maxAttempts?: number;
  /** How long one request may take, in milliseconds, beside the time for which it asks to be held: 35,000 unless told otherwise. */
  readonly requestTimeout?: number;
}

export type EventTrackersClient = ReturnType<typeof createEventTrackersClient>;

/**
 * A client of the event trackers API, its operations named as the API names them. Every call is sent again where nothing
 * answered or the answer was 408, 429 or 5xx, with a back-off, and not before Retry-After; a creation under one Idempotency-Key.
 * A call rejects with EventTrackersError for what was refused or not answered, with the signal's reason when it is aborted, with
 * a TypeError for an argument that can not be sent, and with whatever `token` throws.
 * @throws TypeError for options that break a rule
 */
export function createEventTrackersClient(options: EventTrackersClientOptions) {
  const { token, maxAttempts = 3, requestTimeout = 35_000 } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw new TypeError('maxAttempts must be a whole number from 1');
  if (!(requestTimeout > 0)) throw new TypeError('requestTimeout must be more than 0 milliseconds');
  if (typeof token === 'string') bearer(token);
  else if (token === undefined && options.fetch === undefined) {
    throw new TypeError('token must be given, unless fetch authorizes the requests');
  }
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const transport = { ...(token !== undefined && { token }), fetch, maxAttempts, requestTimeoutMs: requestTimeout };
  const api = createClient<paths>({ baseUrl: checkedEndpoint(options.endpoint) });

  /** Sends one call; what it rejects with is said above. */
  async function answered<Data>(
    call: Call,
    send: (init: { fetch: (request: Request) => Promise<Response> }) => Promise<{ data?: Data; response: Response }>,
  ): Promise<{ data: Data; $metadata: ResponseMetadata }> {
    const { fetch, attempts } = fetchOf(transport, call);
    const { data, response } = await send({ fetch });
    if (data === undefined)
      throw new Error(`${call.operation}: an answer of ${response.status} without a body got through`);
    return { data, $metadata: answeredOf(response, attempts()) };
  }

  return {
    /** Asks for the event tracker of a dataset group: accepted and on its way, or as it is where the same was asked for before. */
    async createEventTracker(
      body: CreateEventTrackerInput,
      options: CreateCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const { traceparent } = options;
      const header = {
        'Idempotency-Key': quoted(idempotencyKey),
        ...(traceparent !== undefined && { traceparent }),
      };
      const { data, $metadata } = await answered(
        { operation: 'CreateEventTracker', idempotencyKey, ...callOf(options) },
        (init) => api.POST('/event-trackers', { ...init, body, params: { header } }),
      );
      if (!('trackerId' in data)) throw new Error('CreateEventTracker: a dry run was answered that was not asked for');
      return { eventTracker: data, $metadata };
    },

    /** What createEventTracker would come to (`outcome`), and what stands in the way; records nothing. */
    async dryRunCreateEventTracker(
      body: CreateEventTrackerInput,
      options: CallOptions = {},
    ): Promise<Output<Schemas['DryRun']>> {
      const { data, $metadata } = await answered({ operation: 'CreateEventTracker', ...callOf(options) }, (init) =>
        api.POST('/event-trackers', { ...init, body, params: { query: { dryRun: true } } }),
      );
      if (!('findings' in data)) throw new Error('CreateEventTracker: a dry run was asked for and not answered');
      return { ...data, $metadata };
    },

    /** Up to 100 requests, each with its own result, in their order. */
    async batchCreateEventTrackers(
      body: { requests: CreateEventTrackerInput[] },
      options: CallOptions = {},
    ): Promise<Output<Schemas['BatchCreateEventTrackersAnswer']>> {
      const { data, $metadata } = await answered(
        { operation: 'BatchCreateEventTrackers', ...callOf(options) },
        (init) => api.POST('/event-trackers/batch', { ...init, body }),
      );
      return { ...data, $metadata };
    },

    /** The event tracker as it is; `$metadata.retryAfterSeconds` is there while there is something to wait for. */
    async describeEventTracker(
      { trackerId }: { trackerId: string },
      options: CallOptions & HeldCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const params = { path: { trackerId: checkedId(trackerId) }, header: preferOf(options) };
      const { data, $metadata } = await answered({ operation: 'DescribeEventTracker', ...callOf(options) }, (init) =>
        api.GET('/event-trackers/{trackerId}', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /** A page of the tenant's event trackers; while there is a nextToken there is more. paginateListEventTrackers reads them all. */
    async listEventTrackers(
      query: ListEventTrackersInput = {},
      options: CallOptions = {},
    ): Promise<Output<Schemas['EventTrackerPage']>> {
      const { data, $metadata } = await answered({ operation: 'ListEventTrackers', ...callOf(options) }, (init) =>
        api.GET('/event-trackers', { ...init, params: { query } }),
      );
      return { ...data, $metadata };
    },

    /**
     * Deletes an event tracker; a repeat is a success. An adopted one is released and stays, unless `destroy` is given and enabled. With
     * `ifMatch` (an ETag of describeEventTracker) it is a 412 once the tracker is not as it was; such a deletion is not sent again
     * when its answer is lost, because the first one may have changed the ETag.
     */
    async deleteEventTracker(
      { trackerId, destroy, ifMatch }: { trackerId: string; destroy?: boolean; ifMatch?: string },
      options: CallOptions = {},
    ): Promise<EventTrackerOutput> {
      const params = {
        path: { trackerId: checkedId(trackerId) },
        query: { ...(destroy !== undefined && { destroy }) },
        header: { ...(ifMatch !== undefined && { 'If-Match': ifMatch }) },
      };
      const { data, $metadata } = await answered(
        { operation: 'DeleteEventTracker', isRepeatable: ifMatch === undefined, ...callOf(options) },
        (init) => api.DELETE('/event-trackers/{trackerId}', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /** Tries again after CREATE FAILED. */
    async retryEventTracker(
      { trackerId }: { trackerId: string },
      options: KeyedCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const params = {
        path: { trackerId: checkedId(trackerId) },
        header: { 'Idempotency-Key': quoted(idempotencyKey) },
      };
      const { data, $metadata } = await answered(
        { operation: 'RetryEventTracker', idempotencyKey, ...callOf(options) },
        (init) => api.POST('/event-trackers/{trackerId}/retry', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /** The newest transitions, the oldest of them first. */
    async getEventTrackerHistory(
      { trackerId }: { trackerId: string },
      options: CallOptions = {},
    ): Promise<Output<Schemas['EventTrackerHistory']>> {
      const params = { path: { trackerId: checkedId(trackerId) } };
      const { data, $metadata } = await answered({ operation: 'GetEventTrackerHistory', ...callOf(options) }, (init) =>
        api.GET('/event-trackers/{trackerId}/history', { ...init, params }),
      );
      return { ...data, $metadata };
    },

    /**
     * Sends up to 100 interactions to Personalize. An event without `eventId` gets one: Personalize does not train on a second
     * event with the id of a first, so sending the call again is safe.
     */
    async putEvents(
      { trackerId, eventList, ...rest }: PutEventsInput,
      options: CallOptions = {},
    ): Promise<Output<Schemas['PutEventsAnswer']>> {
      const params = { path: { trackerId: checkedId(trackerId) } };
      const body = {
        ...rest,
        eventList: eventList.map((event) => ({ ...event, eventId: event.eventId ?? crypto.randomUUID() })),
      };
      const { data, $metadata } = await answered({ operation: 'PutEvents', ...callOf(options) }, (init) =>
        api.POST('/event-trackers/{trackerId}/events', { ...init, params, body }),
      );
      return { ...data, $metadata };
    },
  };
}

const callOf = ({
  abortSignal,
  waitSeconds = 0,
}: CallOptions & HeldCallOptions): Pick<Call, 'signal' | 'holdSeconds'> => ({
  ...(abortSignal !== undefined && { signal: abortSignal }),
  holdSeconds: waitSeconds,
});

/** @throws TypeError */
function preferOf({ waitSeconds }: HeldCallOptions): { Prefer?: string } {
  if (waitSeconds === undefined) return {};
  if (Number.isInteger(waitSeconds) && waitSeconds >= 0 && waitSeconds <= 9999)
    return { Prefer: `wait=${waitSeconds}` };
  throw new TypeError('waitSeconds must be a whole number of seconds from 0 to 9999');
}

/** An RFC 8941 string, so that a key may hold a comma. @throws TypeError */
function quoted(idempotencyKey: string): string {
  if (/^[ -~]{1,255}$/.test(idempotencyKey)) return `"${idempotencyKey.replaceAll(/["\\]/g, '\\$&')}"`;
  throw new TypeError('idempotencyKey must be 1 to 255 printable ASCII characters');
}

/** An id that would be another path, as `..`, is none. @throws TypeError */
function checkedId(trackerId: unknown): string {
  if (typeof trackerId === 'string' && /^[\w-]{1,128}$/.test(trackerId)) return trackerId;
  throw new TypeError("trackerId must be an event tracker's id, as et-…");
}

/** @throws TypeError */
function checkedEndpoint(endpoint: unknown): string {
  const url = typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('endpoint must be a URL, as https://api.example.com');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError('endpoint must have no user name, password, query or fragment');
  }
  const isOwnMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isOwnMachine) {
    throw new TypeError('endpoint must be https, except on localhost: a bearer token goes over the line');
  }
  return `${url.origin}${url.pathname}`;
}
