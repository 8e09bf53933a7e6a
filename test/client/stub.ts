/** An answer of the stub. */
export interface StubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent unchanged, anything else as JSON. */
  readonly body?: unknown;
}

/** A request that the stub received. */
export interface SeenRequest {
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * A fetch that returns the answers in order and repeats the last one. An Error is thrown. 'never' waits until the request is aborted.
 */
export function stubFetch(...answers: (StubAnswer | Error | 'never')[]) {
  const seen: SeenRequest[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const { method, url, headers } = request;
    seen.push({ at: Date.now(), method, url, headers, body: await request.clone().text() });
    const answer = answers[Math.min(seen.length, answers.length) - 1];
    if (answer === undefined) throw new Error('the stub has no answer');
    if (answer instanceof Error) throw answer;
    if (answer === 'never') {
      const { promise, reject } = Promise.withResolvers<never>();
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
      if (request.signal.aborted) reject(request.signal.reason);
      return promise;
    }
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return new Response(text, {
      status: answer.status,
      headers: { 'content-type': 'application/json', ...answer.headers },
    });
  };
  return { fetch, seen };
}

/** The error that fetch throws when the connection breaks. */
export const brokenConnection = (): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });

export const TRACKER_ID = 'et-aqm2uhwb7pflkqipkzrbxen4hq';

/** An event tracker as the API returns it. */
export const tracker = (changes: object = {}) => ({
  trackerId: TRACKER_ID,
  name: 'shop',
  datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
  tenantId: 'acme',
  status: 'CREATE PENDING',
  generation: 1,
  tags: [],
  creationDateTime: '2026-11-24T12:00:00.000Z',
  lastUpdatedDateTime: '2026-11-24T12:00:00.000Z',
  ...changes,
});
export const progress = { waitingFor: 'creation', attempt: 1, nextPollAt: '2026-11-24T12:00:05.000Z' };
export const inProgress = (headers: Record<string, string> = {}): StubAnswer => ({
  status: 200,
  headers,
  body: tracker({ progress }),
});
export const active: StubAnswer = { status: 200, body: tracker({ status: 'ACTIVE', trackingId: 'the-tracking-id' }) };

/** A problem as the API returns it. */
export const problem = (status: number, reason: string, members: object = {}, headers = {}): StubAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: {
    type: `/problems/${reason.toLowerCase()}`,
    title: 'A title',
    status,
    detail: 'What is wrong.',
    reason,
    retryable: false,
    correlationId: 'request-1',
    ...members,
  },
});
export const gateway = (status: number, message: string, headers = {}): StubAnswer => ({
  status,
  headers,
  body: { message },
});
