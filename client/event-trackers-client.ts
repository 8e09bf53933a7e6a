import createClient from 'openapi-fetch';
import type { components, operations, paths } from './api-types.ts';
import type { CallOptions, CreateCallOptions, HeldCallOptions, KeyedCallOptions, Output } from './call-options.ts';
import { platformCalls } from './platform-calls.ts';
import { bearer, callOf, fetchOf, metadataOf, quoted, type ResponseMetadata, type SendCall } from './transport.ts';

type Schemas = components['schemas'];
/** An event tracker as the API returns it. `trackingId` is present only while it is ACTIVE. It lets its holder send events. */
export type EventTracker = Schemas['EventTracker'];
export type EventTrackerStatus = EventTracker['status'];
export type EventTrackerFailure = Schemas['Failure'];
export type CreateEventTrackerInput = Schemas['CreateEventTrackerRequest'];
export type UpdateEventTrackerInput = Schemas['UpdateEventTrackerRequest'];
type ListQuery = NonNullable<operations['ListEventTrackers']['parameters']['query']>;
export type ListEventTrackersInput = Omit<ListQuery, 'status'> & {
  /** One status, or several. */
  readonly status?: EventTrackerStatus | EventTrackerStatus[] | undefined;
};
export type PutEventsInput = { trackerId: string } & Schemas['PutEventsRequest'];

export type { CallOptions, CreateCallOptions, HeldCallOptions, KeyedCallOptions, Output, ResponseMetadata };
export type EventTrackerOutput = Output<{ readonly eventTracker: EventTracker }>;

export interface EventTrackersClientOptions {
  /** The URL of the API, such as `https://api.example.com`; for a platform that signs requests, it ends in `/platform`. Must be https, except on localhost. */
  readonly endpoint: string;
  /** A JWT, or a function that provides one before each attempt. Omit it if `fetch` authorizes requests, for example with SigV4. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sends a request (default: the global fetch). Use it to sign requests, to go through a proxy, or in tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** The maximum number of requests for one call (default 3); 1 disables retries. */
  readonly maxAttempts?: number;
  /** The timeout of one request in milliseconds (default 35,000), not counting the time for which it asks to be held. */
  readonly requestTimeout?: number;
}

export type EventTrackersClient = ReturnType<typeof createEventTrackersClient>;

/**
 * A client of the event trackers API. Its methods are named like the API's operations. A call is retried with back-off, and not
 * before Retry-After, if there is no response or the status is 408, 429 or 5xx. All attempts of a creation or a change have the
 * same Idempotency-Key. A call rejects with EventTrackersError if the API rejects it or does not respond, with the signal's reason if it
 * is aborted, with a TypeError for an invalid argument, and with whatever `token` throws.
 * @throws TypeError for invalid options
 */
export function createEventTrackersClient(options: EventTrackersClientOptions) {
  const { token, maxAttempts = 3, requestTimeout = 35_000 } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw new TypeError('maxAttempts must be a whole number of at least 1');
  if (!(requestTimeout > 0)) throw new TypeError('requestTimeout must be more than 0 milliseconds');
  if (typeof token === 'string') bearer(token);
  else if (token === undefined && options.fetch === undefined) {
    throw new TypeError('token must be given, unless fetch authorizes the requests');
  }
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const transport = { token, fetch, maxAttempts, requestTimeoutMs: requestTimeout };
  const api = createClient<paths>({
    baseUrl: checkedEndpoint(options.endpoint),
    // As the OpenAPI document has it.
    querySerializer: { array: { style: 'form', explode: false } },
  });

  const sendCall: SendCall = async (call, send) => {
    const { fetch, attempts } = fetchOf(transport, call);
    const { data, response } = await send({ fetch });
    if (data === undefined) throw new Error(`${call.operation}: unexpected response ${response.status} without a body`);
    return { data, $metadata: metadataOf(response, attempts()) };
  };

  return {
    ...platformCalls(api, sendCall),

    /** Requests the event tracker of a dataset group. Returns the accepted tracker, or the existing one if the same was requested before. */
    async createEventTracker(
      body: CreateEventTrackerInput,
      options: CreateCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const header = { 'Idempotency-Key': quoted(idempotencyKey), traceparent: options.traceparent };
      const { data, $metadata } = await sendCall(
        { operation: 'CreateEventTracker', idempotencyKey, ...callOf(options) },
        (init) => api.POST('/event-trackers', { ...init, body, params: { header } }),
      );
      if (!('trackerId' in data)) throw new Error('CreateEventTracker: unexpected response of a dry run');
      return { eventTracker: data, $metadata };
    },

    /** Returns what createEventTracker would do (`outcome`) and what would make it fail (`findings`). Changes nothing. */
    async dryRunCreateEventTracker(
      body: CreateEventTrackerInput,
      options: CallOptions = {},
    ): Promise<Output<Schemas['DryRun']>> {
      const { data, $metadata } = await sendCall({ operation: 'CreateEventTracker', ...callOf(options) }, (init) =>
        api.POST('/event-trackers', { ...init, body, params: { query: { dryRun: true } } }),
      );
      if (!('findings' in data)) throw new Error('CreateEventTracker: expected the response of a dry run');
      return { ...data, $metadata };
    },

    /** Sends up to 100 creations in one request. The results have the same order. */
    async batchCreateEventTrackers(
      body: { requests: CreateEventTrackerInput[] },
      options: CallOptions = {},
    ): Promise<Output<Schemas['BatchCreateEventTrackersAnswer']>> {
      const { data, $metadata } = await sendCall(
        { operation: 'BatchCreateEventTrackers', ...callOf(options) },
        (init) => api.POST('/event-trackers/batch', { ...init, body }),
      );
      return { ...data, $metadata };
    },

    /** Returns the event tracker. While its outcome is pending, `$metadata.retryAfterSeconds` is present. */
    async describeEventTracker(
      { trackerId }: { trackerId: string },
      options: CallOptions & HeldCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const params = { path: { trackerId: checkedId(trackerId) }, header: preferOf(options) };
      const { data, $metadata } = await sendCall({ operation: 'DescribeEventTracker', ...callOf(options) }, (init) =>
        api.GET('/event-trackers/{trackerId}', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /**
     * Returns one page of the tenant's event trackers, or of all tenants' if a platform names none; a nextToken means there are more.
     * paginateListEventTrackers reads all pages.
     */
    async listEventTrackers(
      { status, ...others }: ListEventTrackersInput = {},
      options: CallOptions = {},
    ): Promise<Output<Schemas['EventTrackerPage']>> {
      const query: ListQuery = { ...others, ...(status !== undefined && { status: [status].flat() }) };
      const { data, $metadata } = await sendCall({ operation: 'ListEventTrackers', ...callOf(options) }, (init) =>
        api.GET('/event-trackers', { ...init, params: { query } }),
      );
      return { ...data, $metadata };
    },

    /**
     * Changes the tags or the `clientContext` of an ACTIVE event tracker, which keeps its tracking ID. What is undefined stays, and null
     * removes. Tags are changed asynchronously: waitUntilEventTrackerUpdated waits for it. With `ifMatch` (the ETag of
     * describeEventTracker), the status is 412 if the tracker has changed.
     */
    async updateEventTracker(
      { trackerId, ifMatch, ...body }: { trackerId: string; ifMatch?: string } & UpdateEventTrackerInput,
      options: KeyedCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const params = {
        path: { trackerId: checkedId(trackerId) },
        header: { 'Idempotency-Key': quoted(idempotencyKey), 'If-Match': ifMatch },
      };
      const headers = { 'Content-Type': 'application/merge-patch+json' };
      const { data, $metadata } = await sendCall(
        { operation: 'UpdateEventTracker', idempotencyKey, ...callOf(options) },
        (init) => api.PATCH('/event-trackers/{trackerId}', { ...init, params, body, headers }),
      );
      return { eventTracker: data, $metadata };
    },

    /**
     * Deletes an event tracker; repeating it succeeds. An adopted tracker is released and stays in Personalize, unless `destroy` is
     * given and the deployment allows it. With `ifMatch` (the ETag of describeEventTracker), the status is 412 if the tracker has
     * changed. A deletion with `ifMatch` is not retried without a response, because the first attempt may have changed the ETag.
     */
    async deleteEventTracker(
      { trackerId, destroy, ifMatch }: { trackerId: string; destroy?: boolean; ifMatch?: string },
      options: CallOptions = {},
    ): Promise<EventTrackerOutput> {
      const params = {
        path: { trackerId: checkedId(trackerId) },
        query: { destroy },
        header: { 'If-Match': ifMatch },
      };
      const { data, $metadata } = await sendCall(
        { operation: 'DeleteEventTracker', isRepeatable: ifMatch === undefined, ...callOf(options) },
        (init) => api.DELETE('/event-trackers/{trackerId}', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /** Retries a creation after CREATE FAILED, or a change of tags that failed. */
    async retryEventTracker(
      { trackerId }: { trackerId: string },
      options: KeyedCallOptions = {},
    ): Promise<EventTrackerOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const params = {
        path: { trackerId: checkedId(trackerId) },
        header: { 'Idempotency-Key': quoted(idempotencyKey) },
      };
      const { data, $metadata } = await sendCall(
        { operation: 'RetryEventTracker', idempotencyKey, ...callOf(options) },
        (init) => api.POST('/event-trackers/{trackerId}/retry', { ...init, params }),
      );
      return { eventTracker: data, $metadata };
    },

    /** Returns the latest transitions, oldest first. */
    async getEventTrackerHistory(
      { trackerId }: { trackerId: string },
      options: CallOptions = {},
    ): Promise<Output<Schemas['EventTrackerHistory']>> {
      const params = { path: { trackerId: checkedId(trackerId) } };
      const { data, $metadata } = await sendCall({ operation: 'GetEventTrackerHistory', ...callOf(options) }, (init) =>
        api.GET('/event-trackers/{trackerId}/history', { ...init, params }),
      );
      return { ...data, $metadata };
    },

    /**
     * Sends up to 100 interactions to Personalize. Generates a missing `eventId`: Personalize does not train on a second event with
     * the same ID, so repeating the call is safe.
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
      const { data, $metadata } = await sendCall({ operation: 'PutEvents', ...callOf(options) }, (init) =>
        api.POST('/event-trackers/{trackerId}/events', { ...init, params, body }),
      );
      return { ...data, $metadata };
    },
  };
}

/** @throws TypeError */
function preferOf({ waitSeconds }: HeldCallOptions): { Prefer?: string } {
  if (waitSeconds === undefined) return {};
  if (Number.isInteger(waitSeconds) && waitSeconds >= 0 && waitSeconds <= 9999)
    return { Prefer: `wait=${waitSeconds}` };
  throw new TypeError('waitSeconds must be a whole number of seconds from 0 to 9999');
}

/** Rejects an ID that would change the path, such as `..`. @throws TypeError */
function checkedId(trackerId: unknown): string {
  if (typeof trackerId === 'string' && /^[\w-]{1,128}$/.test(trackerId)) return trackerId;
  throw new TypeError("trackerId must be an event tracker's ID, such as et-…");
}

/** @throws TypeError */
function checkedEndpoint(endpoint: unknown): string {
  const url = typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('endpoint must be a URL, such as https://api.example.com');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError('endpoint must not contain a user name, password, query or fragment');
  }
  const isOwnMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isOwnMachine) {
    throw new TypeError('endpoint must be https, except on localhost, because requests carry a bearer token');
  }
  return `${url.origin}${url.pathname}`;
}
