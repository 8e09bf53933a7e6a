/** The input from the state machine: `Payload` in onboarding.asl.json. The task token is a secret. */
export interface OnboardingRequest {
  readonly tenantId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly taskToken: string;
  /** The HeartbeatSeconds of the state; at least 300. */
  readonly heartbeatSeconds?: number;
}

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

/** The API rejected the request. The name is the `reason` of the problem, such as NAME_CONFLICT, for `Catch`. */
export class RequestRejected extends Error {
  constructor(reason: string, detail: string) {
    super(detail);
    this.name = reason;
  }
}

/** In milliseconds; less than the timeout of the function. */
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * The function of the state RequestEventTracker: requests the tracker and passes the task token. It does not wait, because the
 * service completes the task when the outcome is known, or immediately if it already is. Retrying with a new token is safe and joins
 * the existing request. There is no Idempotency-Key, because a retry has another token and therefore another body.
 * @returns the result of the accepted request, for the history of the execution
 */
export function createRequestEventTracker({ url, authorize }: Api) {
  return async ({ tenantId, name, datasetGroupArn, ...callback }: OnboardingRequest) => {
    const request: OutgoingRequest = {
      method: 'POST',
      url: new URL(url()),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenantId, name, datasetGroupArn, callback }),
    };
    const { status, body } = await post(request, await authorize(request));
    if (status === 200 || status === 202) return { trackerId: body.trackerId, status: body.status };
    if (status === 429 || status >= 500) throw new ServiceBusy(`it returned ${status}`);
    // API Gateway's own responses have a `message` and no `reason`.
    throw new RequestRejected(
      String(body.reason ?? `HttpStatus${status}`),
      String(body.detail ?? body.message ?? 'The API gave no reason.'),
    );
  };
}

async function post({ method, url, body }: OutgoingRequest, headers: Readonly<Record<string, string>>) {
  try {
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) });
    return { status: response.status, body: objectIn(await response.text()) };
  } catch (error) {
    // The API may have accepted the request. A retry then joins it.
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
