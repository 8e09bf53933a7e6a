import { expect, test } from 'vitest';
import { createEventTrackersClient, EventTrackersError } from '../../client/index.ts';
import { active, gateway, inProgress, problem, type StubAnswer, stubFetch, TRACKER_ID } from './stub.ts';

const SECRET = 'header.payload.signature-that-is-secret';
const TASK_TOKEN = 'a-task-token-that-is-secret';
const endpoint = 'https://api.example.com';
const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

async function errorOf(answer: StubAnswer | Error): Promise<EventTrackersError> {
  const client = createEventTrackersClient({ endpoint, token: SECRET, fetch: stubFetch(answer).fetch, maxAttempts: 1 });
  const input = { name: 'shop', datasetGroupArn, callback: { taskToken: TASK_TOKEN } };
  const error: unknown = await client.createEventTracker(input).then(
    () => new Error('the call succeeded'),
    (thrown) => thrown,
  );
  if (!(error instanceof EventTrackersError)) throw error;
  return error;
}

test('a problem is an error with its fields', async () => {
  const existing = {
    trackerId: TRACKER_ID,
    name: 'old',
    status: 'ACTIVE',
    tags: [],
    href: `/event-trackers/${TRACKER_ID}`,
  };
  const errors = [{ field: 'name', rule: "must be the existing event tracker's name" }];
  const error = await errorOf(problem(409, 'NAME_CONFLICT', { errors, existing }));
  expect(error).toMatchObject({
    name: 'EventTrackersError',
    operation: 'CreateEventTracker',
    status: 409,
    reason: 'NAME_CONFLICT',
    title: 'A title',
    type: '/problems/name_conflict',
    detail: 'What is wrong.',
    errors,
    existing,
    retryable: false,
    correlationId: 'request-1',
    attempts: 1,
  });
  expect(error.message).toBe('CreateEventTracker: What is wrong. (409, NAME_CONFLICT, correlation id request-1)');
});

test('a problem with an unknown reason, from a newer service, is returned unchanged', async () => {
  const error = await errorOf(problem(451, 'NOT_IN_THIS_REGION', { retryable: true, more: 1 }));
  expect(error).toMatchObject({ reason: 'NOT_IN_THIS_REGION', retryable: true, errors: [] });
});

test.each([
  [gateway(401, 'Unauthorized'), 'UNAUTHORIZED', false],
  [gateway(403, 'Forbidden'), 'FORBIDDEN', false],
  [gateway(404, 'Not Found'), 'UNEXPECTED_ANSWER', false],
  [gateway(413, 'Request Entity Too Large'), 'REQUEST_TOO_LARGE', false],
  [gateway(429, 'Too Many Requests'), 'TOO_MANY_REQUESTS', true],
  [gateway(500, 'Internal Server Error'), 'SERVICE_UNAVAILABLE', true],
  [gateway(503, 'Service Unavailable'), 'SERVICE_UNAVAILABLE', true],
  [{ status: 502, body: `<html>you sent ${SECRET}</html>` }, 'SERVICE_UNAVAILABLE', true],
  [{ status: 302, headers: { location: 'https://login.example.com' }, body: '' }, 'UNEXPECTED_ANSWER', false],
  [{ status: 200, body: `<html>please log in, ${SECRET}</html>` }, 'UNEXPECTED_ANSWER', false],
] as const)('an answer that does not come from the API %#: %o is %s', async (answer, reason, retryable) => {
  const error = await errorOf({
    ...answer,
    headers: { ...('headers' in answer && answer.headers), 'apigw-requestid': 'r-1' },
  });
  expect(error).toMatchObject({ status: answer.status, reason, retryable });
  if (answer.status >= 300) expect(error.correlationId).toBe('r-1');
});

test('without a token, a refusal speaks of the AWS credentials that signed the request', async () => {
  for (const [status, reason] of [
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
  ] as const) {
    const { fetch } = stubFetch(gateway(status, 'Forbidden'));
    const error = await createEventTrackersClient({ endpoint, fetch, maxAttempts: 1 })
      .listEventTrackers()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      status,
      reason,
      detail: expect.stringMatching(/AWS credentials.*Region.*execute-api:Invoke/),
    });
    expect((error as EventTrackersError).detail).not.toMatch(/token|scope/);
  }
});

test('no error contains a token, a task token or a tracking ID', async () => {
  const answers = [
    problem(400, 'INVALID_REQUEST'),
    gateway(401, 'Unauthorized'),
    { status: 200, body: `not JSON ${SECRET} ${TASK_TOKEN}` },
    { status: 500, body: { message: `${SECRET} ${TASK_TOKEN}` } },
    new TypeError('fetch failed', { cause: new Error('socket hang up') }),
  ];
  for (const answer of answers) {
    const error = await errorOf(answer);
    const printed = JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: `${error.cause}` });
    expect(printed).not.toContain(SECRET);
    expect(printed).not.toContain(TASK_TOKEN);
  }
});

test.each([
  [{ endpoint: 'api.example.com' }, /^endpoint must be a URL/],
  [{ endpoint: 'ftp://api.example.com' }, /^endpoint must be a URL/],
  [{ endpoint: 'http://api.example.com' }, /^endpoint must be https/],
  [{ endpoint: 'http://localhost.example.com' }, /^endpoint must be https/],
  [{ endpoint: 'https://u:p@api.example.com' }, /^endpoint must not contain a user name/],
  [{ endpoint: 'https://api.example.com?stage=1' }, /^endpoint must not contain a user name, password, query/],
  [{ token: '' }, /^token must be a JWT/],
  [{ token: `${SECRET}\n` }, /^token must be a JWT/],
  [{ token: undefined }, /^token must be given, unless fetch/],
  [{ maxAttempts: 0 }, /^maxAttempts must be/],
  [{ requestTimeout: 0 }, /^requestTimeout must be/],
])('an invalid option is refused %#: %o', (option, message) => {
  const make = () => createEventTrackersClient({ endpoint, token: SECRET, ...option });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
  expect(make).not.toThrow(SECRET);
});

test('invalid arguments are rejected before a request is sent', async () => {
  const { fetch, seen } = stubFetch(active);
  const client = createEventTrackersClient({ endpoint, token: SECRET, fetch });
  for (const trackerId of ['', '..', 'a/b', 'a?b']) {
    await expect(client.describeEventTracker({ trackerId })).rejects.toThrow(/^trackerId must be/);
    await expect(client.deleteEventTracker({ trackerId })).rejects.toThrow(/^trackerId must be/);
  }
  const input = { name: 'shop', datasetGroupArn };
  for (const idempotencyKey of ['', 'é', 'a\nb', 'x'.repeat(256)]) {
    await expect(client.createEventTracker(input, { idempotencyKey })).rejects.toThrow(/^idempotencyKey must be/);
  }
  await expect(client.describeEventTracker({ trackerId: 'et-1' }, { waitSeconds: 0.5 })).rejects.toThrow(
    /^waitSeconds must be/,
  );
  const breaking = createEventTrackersClient({ endpoint, fetch, token: async () => `${SECRET}\r\nx: y` });
  const refused = await breaking.listEventTrackers().catch((error: unknown) => error);
  expect(refused).toEqual(
    new TypeError('token must be a JWT: printable ASCII characters without spaces or line breaks'),
  );
  expect(seen).toEqual([]);
});

test('the endpoint may have a path; a platform that signs requests has no token', async () => {
  const { fetch, seen } = stubFetch(inProgress());
  const signing = (request: Request) => {
    request.headers.set('authorization', 'AWS4-HMAC-SHA256 …'.replace('…', 'x'));
    return fetch(request);
  };
  const platform = createEventTrackersClient({ endpoint: `${endpoint}/platform/`, fetch: signing });
  await platform.createEventTracker({ name: 'shop', datasetGroupArn, tenantId: 'acme' });
  expect(seen).toMatchObject([{ method: 'POST', url: `${endpoint}/platform/event-trackers` }]);
  expect(seen[0]?.headers.get('authorization')).toBe('AWS4-HMAC-SHA256 x');
});
