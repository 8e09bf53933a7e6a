/** A request, not yet authorized. */
export interface OutgoingRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Api {
  /** Returns the URL, such as `https://ID.execute-api.REGION.amazonaws.com/platform/event-trackers`. */
  readonly url: () => string;
  /** Adds the authorization to the headers: a SigV4 signature or a bearer token. */
  readonly authorize: (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;
}

/** The API could not accept the request now. The state machine retries this error by its name. */
export class ServiceBusy extends Error {
  constructor(why: string) {
    super(`The API could not accept the request now: ${why}`);
    this.name = 'ServiceBusy';
  }
}

/** In milliseconds; less than the timeout of the function. */
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * Posts JSON. A response that is not a JSON object counts as an empty one.
 * @throws ServiceBusy if there is no response. The API may have accepted the request, and a retry then joins it
 */
export async function post(
  { url, authorize }: Api,
  { query, body }: { readonly query: string; readonly body: string },
) {
  const request: OutgoingRequest = {
    method: 'POST',
    url: new URL(`${url()}${query}`),
    headers: { 'content-type': 'application/json' },
    body,
  };
  const headers = await authorize(request);
  try {
    const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    const response = await fetch(request.url, { method: request.method, headers, body, signal });
    return { status: response.status, body: objectIn(await response.text()) };
  } catch (error) {
    throw new ServiceBusy(error instanceof Error ? error.name : 'no response');
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // For example the error page of a gateway. Its status is sufficient.
    return {};
  }
}
