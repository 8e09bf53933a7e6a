import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonalizeEventsGateway } from '../../../functions/gateways/personalize-events.ts';
import { MAX_CALLER_TAGS } from '../../../functions/tracker/ownership.ts';
import { ACTIVE, groupArn, serveApi } from './served.ts';

const claims = { tenant: 'acme' };
let again = 0;
type Put = PersonalizeEventsGateway['put'];
let put: Put = async () => ({ kind: 'taken' });
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi({ features: { callbacks: true }, putEvents: (call) => put(call) });
});
afterAll(() => api.close());

describe('a list', () => {
  const list = (query: string, tenant = 'acme') => api.ask('GET', `/event-trackers${query}`, { claims: { tenant } });
  const refused = { status: 400, body: { reason: 'INVALID_REQUEST', errors: [{ field: 'nextToken' }] } };

  test('accepts only an unchanged page token, with the same filters and a valid tracker id', async () => {
    for (const name of ['acme-a', 'acme-b', 'acme-c']) await api.has('acme', name);
    const { nextToken } = (await list('?maxResults=1')).body;
    expect((await list(`?maxResults=1&nextToken=${nextToken}`)).status).toBe(200);
    expect(await list(`?nextToken=${nextToken}!!`)).toMatchObject(refused);
    expect(await list(`?nextToken=${nextToken}&datasetGroupArn=${groupArn('acme-a')}`)).toMatchObject(refused);
    const content = JSON.parse(Buffer.from(nextToken, 'base64url').toString());
    // DynamoDB rejects empty keys and keys over 1024 bytes. Its ValidationException would become a 500.
    for (const after of ['', 'x', 'é', '\0', 'y'.repeat(1080)]) {
      const made = Buffer.from(JSON.stringify({ ...content, after })).toString('base64url');
      expect(await list(`?nextToken=${made}`), after).toMatchObject(refused);
    }
  });

  test('encodes spaces in the link to the next page as %20, not as plus signs', async () => {
    const page = await list(`?maxResults=1&status=${encodeURIComponent('CREATE PENDING')}`);
    const next = /^<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toContain('status=CREATE%20PENDING');
    expect((await list(next.slice('/event-trackers'.length))).body.eventTrackers).toHaveLength(1);
  });

  test('of trackers with the largest tags keeps each page under 6 MB, the limit of Lambda, and skips none', async () => {
    const tags = Array.from({ length: MAX_CALLER_TAGS }, (_, n) => ({
      tagKey: `${n}${'界'.repeat(126)}`,
      tagValue: '界'.repeat(256),
    }));
    const paths = new Set<string>();
    for (let n = 0; n < 100; n++) paths.add(await api.has('bulk', `bulk-${n}`, { tags }));
    const seen: string[] = [];
    let query = '?maxResults=100';
    for (let more = true; more; ) {
      const { status, body } = await list(query, 'bulk');
      expect(status).toBe(200);
      expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(5 * 1024 * 1024);
      seen.push(...body.eventTrackers.map(({ trackerId }: { trackerId: string }) => `/event-trackers/${trackerId}`));
      more = body.nextToken !== undefined;
      query = `?maxResults=100&nextToken=${body.nextToken}`;
    }
    expect(seen).toHaveLength(100);
    expect(new Set(seen)).toEqual(paths);
  });
});

describe('interactions', () => {
  const event = (more: object = {}) => ({ eventType: 'view', sentAt: '2026-11-24T12:00:00Z', ...more });
  const send = (path: string, eventList: object[]) =>
    api.ask('POST', `${path}/events`, { claims, body: { sessionId: 's', eventList } });

  test('are sent ten per call, with all calls in parallel: a call that hangs delays no other', async () => {
    const path = await api.has('acme', 'acme-events', ACTIVE);
    const sizes: number[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    put = async ({ trackingId, events }) => {
      expect(trackingId).toBe(ACTIVE.trackingId);
      const place = sizes.push(events.length);
      if (place === 3) resolve();
      await all;
      return place === 2 ? { kind: 'throttled' } : { kind: 'taken' };
    };
    const answer = await send(
      path,
      Array.from({ length: 25 }, () => event()),
    );
    expect(sizes).toEqual([10, 10, 5]);
    expect(answer).toMatchObject({ status: 200, body: { accepted: 15 } });
    expect(answer.body.failed.map(({ index }: { index: number }) => index)).toEqual(
      Array.from({ length: 10 }, (_, n) => 10 + n),
    );
    put = async () => ({ kind: 'taken' });
  });

  test('of more than 10 KB each are refused, with their index', async () => {
    const path = await api.has('acme', 'acme-large-events', ACTIVE);
    const impression = (length: number) => event({ impression: Array(length).fill('界'.repeat(200)) });
    const answer = await send(path, [impression(16), impression(17)]);
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [{ field: 'eventList[1]', rule: expect.stringContaining('must be at most 10240 bytes of JSON') }],
      },
    });
    expect((await send(path, [impression(16)])).status).toBe(200);
    // Each quote in the properties becomes two characters in the string for Personalize.
    const quoted = event({ properties: { a: '"'.repeat(500) }, impression: Array(15).fill('界'.repeat(200)) });
    expect(await send(path, [quoted])).toMatchObject({ status: 400, body: { errors: [{ field: 'eventList[0]' }] } });
  });

  test('that break a rule of Personalize are all reported by index and rule, before any call', async () => {
    const path = await api.has('acme', 'acme-rules', ACTIVE);
    let calls = 0;
    put = async () => {
      calls++;
      return { kind: 'taken' };
    };
    const answer = await send(path, [
      event({ properties: { price: 3, UserID: 'u' } }),
      event(),
      event({ properties: ['a'], eventValue: 1e39 }),
      event({ metricAttribution: { eventAttributionSource: '  ' } }),
      event({ metricAttribution: { eventAttributionSource: 'größe' } }),
      event({ metricAttribution: { eventAttributionSource: 'x'.repeat(1025) } }),
      event({ metricAttribution: { source: 'x' } }),
      event({ impression: [''], recommendationId: 'x'.repeat(41), eventId: '' }),
      event({ impression: Array(26).fill('a') }),
    ]);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    expect(answer.body.errors).toEqual([
      {
        field: 'eventList[0].properties',
        rule: 'must not contain a key that Personalize reserves (in upper or lower case): userId, sessionId, eventType, timestamp, recommendationId, impression',
      },
      { field: 'eventList[2].eventValue', rule: 'must be in the range of a 32-bit float' },
      { field: 'eventList[2].properties', rule: 'must be an object' },
      ...[3, 4].map((index) => ({
        field: `eventList[${index}].metricAttribution.eventAttributionSource`,
        rule: 'must be printable ASCII characters and not only spaces',
      })),
      {
        field: 'eventList[5].metricAttribution.eventAttributionSource',
        rule: 'must be at most 1024 characters long',
      },
      { field: 'eventList[6].metricAttribution.eventAttributionSource', rule: 'is required' },
      { field: 'eventList[6].metricAttribution.source', rule: 'is not recognized' },
      { field: 'eventList[7].eventId', rule: 'must not be empty' },
      { field: 'eventList[7].recommendationId', rule: 'must be at most 40 characters long' },
      { field: 'eventList[7].impression[0]', rule: 'must not be empty' },
      { field: 'eventList[8].impression', rule: expect.stringContaining('at most 25') },
    ]);
    expect(calls).toBe(0);
    put = async () => ({ kind: 'taken' });
  });

  test('may have 1024 characters of properties, counted as code points', async () => {
    const path = await api.has('acme', 'acme-characters', ACTIVE);
    // 1024 characters include {"a":""}.
    const of = (length: number) => event({ properties: { a: '\u{1F600}'.repeat(length - 8) } });
    expect((await send(path, [of(1024)])).status).toBe(200);
    expect(await send(path, [of(1025)])).toMatchObject({ body: { errors: [{ field: 'eventList[0].properties' }] } });
  });

  test.each(['2026-11-24', '2026-11-24T12:00:00', '2026-11-24T12:00Z', '1700000000'])(
    'with the time %s are refused, and the rule names the required format',
    async (sentAt) => {
      const path = await api.has('acme', 'acme-times', ACTIVE);
      const rule = 'must be an ISO 8601 time with seconds and Z or an offset, such as 2026-11-24T12:00:00Z';
      expect((await send(path, [event({ sentAt })])).body.errors).toEqual([{ field: 'eventList[0].sentAt', rule }]);
    },
  );

  test.each([
    ['throttled', { kind: 'throttled' }, true, /^Send the interaction again\.$/],
    ['not answered', { kind: 'unknown' }, true, /if it has an eventId\.$/],
    [
      'not allowed',
      { kind: 'denied', operation: 'PutEvents' },
      true,
      /^Allow the service's role to call personalize:PutEvents; .* Then send the interaction again\.$/,
    ],
    ['refused', { kind: 'refused', awsError: 'InvalidInputException', message: 'secret' }, false, /^Correct /],
  ] as const)(
    'of a call that is %s fail with a remedy, while those of other calls are accepted',
    async (name, outcome, retryable, remedy) => {
      const path = await api.has('acme', `acme-${name.replace(' ', '-')}`, ACTIVE);
      let calls = 0;
      put = async () => (++calls === 2 ? outcome : { kind: 'taken' });
      const { status, body } = await send(path, Array(12).fill(event()));
      expect({ status, accepted: body.accepted }).toEqual({ status: 200, accepted: 10 });
      expect(body.failed).toEqual(
        [10, 11].map((index) => ({
          index,
          reason: expect.any(String),
          remedy: expect.stringMatching(remedy),
          retryable,
        })),
      );
      expect(JSON.stringify(body)).not.toContain('secret');
      put = async () => ({ kind: 'taken' });
    },
  );

  test('are a problem if every call fails: 503 if throttled, 422 if refused, 500 if access is denied', async () => {
    const path = await api.has('acme', 'acme-none-taken', ACTIVE);
    const kinds = ['throttled', 'unknown'] as const;
    let calls = 0;
    put = async () => ({ kind: kinds[calls++ % 2] ?? 'throttled' });
    const busy = await send(path, Array(12).fill(event()));
    expect(busy).toMatchObject({ status: 503, body: { reason: 'THROTTLED', retryable: true } });
    // A call without a response may have taken effect, so a repeat is safe only with an eventId.
    expect(busy.body.remedy).toContain('if it has an eventId');
    put = async () => ({ kind: 'refused', awsError: 'InvalidInputException', message: 'secret' });
    expect(await send(path, Array(12).fill(event()))).toMatchObject({ status: 422 });
    put = async () => ({ kind: 'denied', operation: 'PutEvents' });
    expect(await send(path, Array(12).fill(event()))).toMatchObject({
      status: 500,
      body: { reason: 'INTERNAL_ERROR' },
    });
    put = async () => ({ kind: 'taken' });
  });

  test.each([
    ['waits for the deletion of an earlier one', 'DELETE PENDING', 'PRESENT', true],
    ['is being created', 'CREATE IN_PROGRESS', 'PRESENT', true],
    ['is being created, but its deletion is requested', 'CREATE IN_PROGRESS', 'ABSENT', false],
    ['is being deleted', 'DELETE PENDING', 'ABSENT', false],
  ] as const)(
    'for a tracker that %s (%s, desired %s) are NOT_ACTIVE, retryable: %s',
    async (_, status, desired, retryable) => {
      const state = { status, desired, generation: 3, observedGeneration: 2 };
      const path = await api.has('acme', `acme-not-active-${again++}`, state);
      expect(await send(path, [event()])).toMatchObject({ status: 409, body: { reason: 'NOT_ACTIVE', retryable } });
    },
  );

  test('reach Personalize complete, including metricAttribution', async () => {
    const path = await api.has('acme', 'acme-attributed', ACTIVE);
    const passed: unknown[] = [];
    put = async ({ events }) => {
      passed.push(...events);
      return { kind: 'taken' };
    };
    const metricAttribution = { eventAttributionSource: 'newsletter 7' };
    const whole = event({
      eventId: 'e',
      itemId: 'i',
      eventValue: 0.5,
      recommendationId: 'r',
      impression: ['i'],
      metricAttribution,
    });
    expect((await send(path, [{ ...whole, properties: { numberOfRatings: '12' } }])).status).toBe(200);
    expect(passed).toEqual([
      { ...whole, sentAt: new Date('2026-11-24T12:00:00Z'), properties: '{"numberOfRatings":"12"}' },
    ]);
    put = async () => ({ kind: 'taken' });
  });
});

test.each(['event-trackers:deployment', 'Event-Trackers:Deployment', 'AWS:cost'])(
  'the reserved tag key %s is refused, in upper or lower case',
  async (tagKey) => {
    const body = { name: 'shop', datasetGroupArn: groupArn('acme-tagged'), tags: [{ tagKey, tagValue: 'x' }] };
    const answer = await api.ask('POST', '/event-trackers', { claims, body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'tags[0].tagKey' }] } });
  },
);

test('an empty name appears as "" in the field of an error', async () => {
  const { body } = await api.ask('GET', '/event-trackers?=x', { claims });
  expect(body.errors).toEqual([{ field: '""', rule: expect.any(String) }]);
  const made = {
    name: 'shop',
    datasetGroupArn: groupArn('acme-unnamed'),
    tags: [{ tagKey: 'a', tagValue: 'b', '': 1 }],
  };
  const answer = await api.ask('POST', '/event-trackers', { claims, body: made });
  expect(answer.body.errors).toEqual([{ field: 'tags[0].""', rule: expect.any(String) }]);
});

describe('a batch', () => {
  test.each(['dryRun=true', 'tenantId=acme', 'x='])(
    'with the query %s is refused, and creates nothing',
    async (query) => {
      const group = groupArn(`acme-batch-${again++}`);
      const body = { requests: [{ name: 'shop', datasetGroupArn: group }] };
      const answer = await api.ask('POST', `/event-trackers/batch?${query}`, { claims, body });
      const [field] = query.split('=');
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
      const listed = await api.ask('GET', `/event-trackers?datasetGroupArn=${group}`, { claims });
      expect(listed.body.eventTrackers).toEqual([]);
    },
  );
});

describe('a dry run returns what the request would', () => {
  const dry = (group: string, more: object = {}) =>
    api.ask('POST', '/event-trackers?dryRun=true', {
      claims,
      body: { name: 'shop', datasetGroupArn: groupArn(group), ...more },
    });

  test('ignores a recorded failure, because the request would be a new attempt', async () => {
    const failure = {
      code: 'CREATE_FAILED',
      reason: 'Personalize reports CREATE FAILED.',
      remedy: 'Ask again.',
      retryable: true,
    };
    await api.has('acme', 'acme-dry-failed', { status: 'CREATE FAILED', observedGeneration: 1, failure });
    expect((await dry('acme-dry-failed')).body).toMatchObject({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
    expect((await dry('acme-dry-failed', { name: 'other' })).body.findings).toEqual([]);
  });

  test('reports TOO_MANY_CALLBACKS for a ninth task token', async () => {
    const callbacks = Array.from({ length: 8 }, (_, n) => ({ taskToken: `token-${n}` }));
    await api.has('acme', 'acme-dry-waiting', { callbacks });
    const ninth = await dry('acme-dry-waiting', { callback: { taskToken: 'token-8' } });
    expect(ninth.body).toMatchObject({ wouldSucceed: false, findings: [{ code: 'TOO_MANY_CALLBACKS' }] });
    expect(JSON.stringify(ninth.body)).not.toContain('token-');
    const known = await dry('acme-dry-waiting', { callback: { taskToken: 'token-7' } });
    expect(known.body.wouldSucceed).toBe(true);
  });
});

test('a task token may have at most 2,048 characters, the limit of Step Functions', async () => {
  const ask = (length: number) =>
    api.ask('POST', '/event-trackers', {
      claims,
      body: { name: 'shop', datasetGroupArn: groupArn('acme-token'), callback: { taskToken: 'x'.repeat(length) } },
    });
  expect(await ask(2049)).toMatchObject({ status: 400, body: { errors: [{ field: 'callback.taskToken' }] } });
  expect((await ask(2048)).status).toBe(202);
});

test('a tenantId that a platform sends may be at most as long as the name of a dataset group', async () => {
  const list = (length: number) => api.ask('GET', `/platform/event-trackers?tenantId=${'a'.repeat(length)}`);
  expect((await list(63)).status).toBe(200);
  for (const length of [64, 3000]) {
    expect(await list(length)).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
  }
});

test('If-Match compares strongly, If-None-Match weakly', async () => {
  const path = await api.has('acme', 'acme-matches', ACTIVE);
  const etag = (await api.ask('GET', path, { claims })).headers.get('etag') ?? '';
  const weak = { 'if-none-match': `W/${etag}` };
  expect((await api.ask('GET', path, { claims, headers: weak })).status).toBe(304);
  const remove = (tag: string) => api.ask('DELETE', path, { claims, headers: { 'if-match': tag } });
  expect((await remove(`W/${etag}`)).status).toBe(412);
  expect((await remove(`"another", ${etag}`)).status).toBe(202);
});

test.each(['gzip', 'br', 'GZIP, identity'])(
  'Content-Encoding: %s is a 415 that names the accepted encoding',
  async (encoding) => {
    const headers = { 'content-encoding': encoding };
    const body = { name: 'shop', datasetGroupArn: groupArn('acme-coded') };
    const answer = await api.ask('POST', '/event-trackers', { claims, headers, body });
    expect(answer).toMatchObject({
      status: 415,
      body: { reason: 'UNSUPPORTED_MEDIA_TYPE', errors: [{ field: 'Content-Encoding' }] },
    });
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    const identity = { 'content-encoding': 'identity' };
    expect((await api.ask('POST', '/event-trackers', { claims, headers: identity, body })).status).toBe(202);
  },
);

test.each([
  ['wait=3', 'wait=3'],
  ['WAIT="4"', 'wait=4'],
  ['respond-async, wait=5', 'wait=5'],
  ['wait=6; exact', 'wait=6'],
  ['wait=99999', 'wait=25'],
  ['wait=7, wait=8', 'wait=7'],
  ['handling=lenient; wait=9', null],
  ['wait=1.5', null],
  ['wait=-1', null],
  ['await=5', null],
])('Prefer: %s applies %s to a read; a write returns immediately', async (prefer, applied) => {
  const path = await api.has('acme', 'acme-preferred', ACTIVE);
  const read = await api.ask('GET', path, { claims, headers: { prefer } });
  expect(read.headers.get('preference-applied')).toBe(applied);
  const same = { name: 'shop', datasetGroupArn: groupArn('acme-preferred') };
  const asked = await api.ask('POST', '/event-trackers', { claims, headers: { prefer }, body: same });
  expect(asked.headers.get('preference-applied')).toBeNull();
  const failed = await api.has('acme', `acme-again-${again++}`, { status: 'CREATE FAILED', observedGeneration: 1 });
  const retried = await api.ask('POST', `${failed}/retry`, { claims, headers: { prefer } });
  expect(retried.status).toBe(202);
  expect(retried.headers.get('preference-applied')).toBeNull();
});

test('every response has a request ID, including those of API Gateway itself', async () => {
  const ids = new Set<string | null>();
  for (const path of ['/event-trackers', '/nowhere', '/event-trackers/%zz', '/health']) {
    ids.add(
      (await api.ask('GET', path, { claims: path === '/event-trackers' ? { scope: 'x' } : claims })).headers.get(
        'apigw-requestid',
      ),
    );
  }
  expect(ids.has(null)).toBe(false);
  expect(ids.size).toBe(4);
});

test('a caller with the callback scope gets NOT_ENABLED if the deployment has callbacks off', async () => {
  const other = await serveApi();
  const callback = { taskToken: 'secret-of-ours' };
  const body = { name: 'shop', datasetGroupArn: groupArn('acme-called'), callback };
  const ask = (scope: string) => other.ask('POST', '/event-trackers', { claims: { tenant: 'acme', scope }, body });
  expect(await ask('event-trackers/write event-trackers/callback')).toMatchObject({
    status: 400,
    body: {
      reason: 'NOT_ENABLED',
      errors: [{ field: 'callback', rule: expect.stringContaining('setting callbacks is off') }],
    },
  });
  expect(await ask('event-trackers/write')).toMatchObject({ status: 403, body: { reason: 'SCOPE_REQUIRED' } });
  await other.close();
});
