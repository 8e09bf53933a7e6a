/** What the state machine hands over: `Payload` in onboarding.asl.json. The task token is a secret. */
export interface OnboardingRequest {
  readonly tenantId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly taskToken: string;
  /** The state's HeartbeatSeconds: at least 300. */
  readonly heartbeatSeconds?: number;
}

/** The call as it goes out, before it is authorized. */
export interface OutgoingRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Api {
  /** Of the entrance that is called, as `https://ID.execute-api.REGION.amazonaws.com/platform/event-trackers`. */
  readonly url: () => string;
  /** The headers with what says who calls: a signature of a role, or a bearer token. */
  readonly authorize: (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;
}

/** The API did not take the request now: the state machine asks again. Its name is in `Retry`. */
export class ServiceBusy extends Error {
  constructor(why: string) {
    super(`The API did not take the request now: ${why}`);
    this.name = 'ServiceBusy';
  }
}

/** The API refused the request. The name is the problem's `reason`, such as NAME_CONFLICT, for `Catch`. */
export class RequestRejected extends Error {
  constructor(reason: string, detail: string) {
    super(detail);
    this.name = reason;
  }
}

/** Well within the function's own time-out, in milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * The Lambda of the state RequestEventTracker: asks for the tracker and hands the task token over. It does not wait: the
 * service answers the token on the outcome, also where that is there already. To ask again, with a new token, is safe: the
 * same request joins the one that stands. No Idempotency-Key: a retry has another token, and so another body.
 * @returns what the execution's history shows of the request that was taken
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
    if (status === 429 || status >= 500) throw new ServiceBusy(`it answered ${status}`);
    // What API Gateway answers itself has a `message` and no `reason`.
    throw new RequestRejected(
      String(body.reason ?? `HttpStatus${status}`),
      String(body.detail ?? body.message ?? 'The API gave no reason.'),
    );
  };
}

async function post({ method, url, body }: OutgoingRequest, headers: Readonly<Record<string, string>>) {
  try {
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return { status: response.status, body: objectIn(await response.text()) };
  } catch (error) {
    // Unknown whether it was taken: asking again joins it, if it was.
    throw new ServiceBusy(error instanceof Error ? error.name : 'no answer');
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // A gateway's page of an error, say: its status tells enough.
    return {};
  }
}
