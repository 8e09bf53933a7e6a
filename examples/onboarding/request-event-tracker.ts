import { type Api, post, ServiceBusy } from './api.ts';

/** The input from the state machine: `Payload` in onboarding.asl.json. */
export type OnboardingRequest = TrackedRequest | DryRunRequest;

interface Tracker {
  readonly tenantId: string;
  /** The name of the event tracker. */
  readonly name: string;
  readonly datasetGroupArn: string;
}
interface TrackedRequest extends Tracker {
  /** A secret. */
  readonly taskToken: string;
  /** The HeartbeatSeconds of the state; at least 300. */
  readonly heartbeatSeconds?: number;
}
interface DryRunRequest extends Tracker {
  readonly dryRun: true;
}

/** The API rejected the request. The name is the `reason` of the problem, such as NAME_CONFLICT, for `Catch`. */
export class RequestRejected extends Error {
  constructor(reason: string, remedy: string) {
    super(remedy);
    this.name = reason;
  }
}

/** What a dry run finds that passes by itself. */
const BUSY: ReadonlySet<unknown> = new Set(['TOO_MANY_UNFINISHED', 'TOO_MANY_CALLBACKS', 'NO_ROOM']);

/**
 * The function of the states CheckRequest and RequestEventTracker. The latter passes the task token and does not wait, because the
 * service completes the task when the outcome is known, or immediately if it already is. Retrying with a new token is safe and joins
 * the existing request. There is no Idempotency-Key, because a retry has another token and therefore another body. The request waits for
 * the dataset group and its dataset (`waitForDatasetGroup`).
 * @returns the result of the accepted request, or of the dry run, for the history of the execution. It contains no tracking ID
 */
export function createRequestEventTracker(api: Api) {
  return async (event: OnboardingRequest) => {
    const { tenantId, name, datasetGroupArn } = event;
    const request = { tenantId, name, datasetGroupArn, waitForDatasetGroup: true };
    if ('dryRun' in event) return verdictOf(await ask(api, '?dryRun=true', request));
    const { taskToken, heartbeatSeconds } = event;
    const body = await ask(api, '', { ...request, callback: { taskToken, heartbeatSeconds } });
    return { trackerId: body.trackerId, status: body.status };
  };
}

/** @throws ServiceBusy, RequestRejected */
async function ask(api: Api, query: string, request: object): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await post(api, { query, body: JSON.stringify(request) });
  if (status === 200 || status === 202) return body;
  if (status === 429 || status >= 500) throw new ServiceBusy(`it returned ${status}`);
  // API Gateway's own responses have a `message` and no `reason`.
  const remedy = [body.detail ?? body.message ?? 'The API gave no reason.', body.remedy].filter(Boolean).join(' ');
  throw new RequestRejected(String(body.reason ?? `HttpStatus${status}`), remedy);
}

/** The body of a dry run can show the tracker with its tracking ID, so only the outcome and the first finding are returned. */
function verdictOf({ outcome, wouldSucceed, findings }: Readonly<Record<string, unknown>>) {
  const [finding] = Array.isArray(findings) ? findings : [];
  if (BUSY.has(finding?.code)) throw new ServiceBusy(finding.code);
  const accepted = wouldSucceed === true;
  const error = accepted ? {} : { Error: String(finding?.code ?? outcome), Cause: causeOf(finding) };
  return { accepted, outcome: String(outcome), error };
}

const causeOf = (finding: { readonly reason?: unknown; readonly remedy?: unknown } | undefined): string =>
  [finding?.reason, finding?.remedy].filter((text) => typeof text === 'string').join(' ');
