import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiAnswer, ApiCall, FaultService, RequestDetail, TrackerInternals } from '../../console/protocol.ts';
import { feedUntil } from './console-feed.ts';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from './local-runtime.ts';

const SHOP = 'et-aqm2uhwb7pflkqipkzrbxen4hq';
const REQUEST = { name: 'shop', datasetGroupArn: DEMO_GROUP };

let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 200, createInProgressMs: 400 });
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

const fromPage = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${runtime.awsUrl}${path}`, { ...init, headers: { 'x-console': 'yes', ...init.headers } });

const post = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fromPage('/_console/call', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function callApi(body: ApiCall): Promise<ApiAnswer> {
  const response = await post(body);
  expect(response.status).toBe(200);
  return response.json() as Promise<ApiAnswer>;
}

test('the page and its files come from the runtime, under a policy without inline code; / of the API leads there', async () => {
  const page = await fetch(`${runtime.awsUrl}/`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  expect(files.sort()).toEqual(['/_console/app.css', '/_console/app.js', '/_console/icon.svg']);
  for (const path of files) expect((await fetch(`${runtime.awsUrl}${path}`)).status, path).toBe(200);
  expect(html).not.toMatch(/<style|style=|<script(?! type="module" src=)|\son\w+=/);

  const lead = await fetch(`${runtime.apiUrl}/`, { redirect: 'manual' });
  expect([lead.status, lead.headers.get('location')]).toEqual([302, `${runtime.awsUrl}/`]);
  expect(runtime.output()).toContain(`console ${runtime.awsUrl}/`);
});

test('a signed request for / is one of another AWS service, and not for the page', async () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(`${runtime.awsUrl}/`, { headers: { authorization } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/xml']);
});

test('the paths of the console answer only to the page: not without its header, and not from another origin', async () => {
  const body = { method: 'GET', target: '/event-trackers' };
  const plain = await fetch(`${runtime.awsUrl}/_console/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(plain.status).toBe(403);
  expect((await fetch(`${runtime.awsUrl}/_console/tracker?trackerId=${SHOP}`)).status).toBe(403);
  expect((await post(body, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(body, { origin: 'http://127.0.0.1:1' })).status).toBe(403);
  expect((await post(body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  const feed = await fetch(`${runtime.awsUrl}/_console/changes`, { headers: { origin: 'https://evil.example' } });
  expect(feed.status).toBe(403);
});

test('a call is sent to the API only, and one that is not valid is refused with its rule', async () => {
  for (const [body, rule] of [
    [{ method: 'GET', target: 'http://evil.example/' }, 'target: must begin with /'],
    [{ method: 'get', target: '/health' }, 'method: must be an HTTP method'],
    [{ method: 'GET', target: '/health', headers: { 'x y': '1' } }, 'headers.x y: '],
    [{ method: 'GET', target: '/health\r\nx: y' }, 'target: must begin with /'],
  ] as const) {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { message: string }).message).toContain(rule);
  }
  // Not another host, whatever follows the slash.
  expect(await callApi({ method: 'GET', target: '//evil.example/' })).toMatchObject({ status: 404 });
});

test('a page sees a request become an ACTIVE tracker, its execution and the request itself, without asking again', async () => {
  const seen = feedUntil(
    runtime,
    ({ trackers, executions }) =>
      trackers.get(SHOP)?.status === 'ACTIVE' && [...executions.values()].some(({ state }) => state === 'Done'),
  );
  await expect
    .poll(async () => (await feedUntil(runtime, () => true)).snapshot.trackers.length, { timeout: 5_000 })
    .toBe(0);
  const accepted = await callApi({
    method: 'POST',
    target: '/event-trackers',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...REQUEST, tenantId: 'acme' }),
  });
  expect([accepted.status, accepted.headers.location]).toEqual([202, `/event-trackers/${SHOP}`]);

  const { statuses, trackers, executions, requests, snapshot } = await seen;
  expect(snapshot.runtime).toMatchObject({ pid: runtime.process.pid, apiUrl: runtime.apiUrl, awsUrl: runtime.awsUrl });
  expect(statuses.get(SHOP)?.[0]).toMatch(/^CREATE/);
  expect(trackers.get(SHOP)).toMatchObject({ name: 'shop', tenantId: 'acme', datasetGroupArn: DEMO_GROUP });
  expect([...executions.values()]).toMatchObject([{ name: `${SHOP}-1`, status: 'SUCCEEDED', state: 'Done' }]);
  expect(requests).toContainEqual(
    expect.objectContaining({ method: 'POST', target: '/event-trackers', status: 202, isBackground: false }),
  );
});

test('no answer of the console contains a token, or a secret of the request that it shows', async () => {
  const token = await tokenOf(runtime);
  await call(runtime, 'GET', `/event-trackers/${SHOP}`, { token });
  await callApi({ method: 'GET', target: `/event-trackers/${SHOP}/history`, isBackground: true });
  await callApi({ method: 'DELETE', target: '/event-trackers', headers: { authorization: 'Bearer my-own' } });
  const { snapshot } = await feedUntil(runtime, ({ requests }) => requests.some(({ method }) => method === 'DELETE'));
  const details: RequestDetail[] = [];
  for (const { number } of snapshot.requests) {
    details.push((await (await fromPage(`/_console/request?number=${number}`)).json()) as RequestDetail);
  }
  const text = JSON.stringify([snapshot, details]);
  expect(text).not.toMatch(/Bearer |eyJ[\w-]+\.|authorization/i);
  expect(text).not.toContain('my-own');
  expect(details.filter(({ isBackground }) => isBackground).map(({ target }) => target)).toEqual([
    `/event-trackers/${SHOP}/history`,
  ]);
  const shown = details.find(({ method, target }) => method === 'GET' && target === `/event-trackers/${SHOP}`);
  expect(shown).toMatchObject({ status: 200, response: { headers: { 'apigw-requestid': shown?.requestId } } });
  expect(JSON.parse(shown?.response.body ?? '')).toMatchObject({ trackerId: SHOP, status: 'ACTIVE' });
  expect(details.find(({ method }) => method === 'DELETE')).toMatchObject({ reason: 'METHOD_NOT_ALLOWED' });
});

test('an execution that the sweeper started after a kill is marked as a take-over', async () => {
  await callApi({ method: 'DELETE', target: `/event-trackers/${SHOP}` });
  await feedUntil(runtime, ({ trackers }) => trackers.get(SHOP)?.status === 'DELETED');
  await local(runtime, 'PUT', '/_simulator/timing', { createInProgressMs: 1_500 });
  await call(runtime, 'POST', '/event-trackers', { token: await tokenOf(runtime), body: REQUEST });
  await feedUntil(runtime, ({ trackers }) => trackers.get(SHOP)?.status === 'CREATE IN_PROGRESS');
  await runtime.end('SIGKILL');
  runtime = await startLocalRuntime({ data: runtime.data });

  await feedUntil(runtime, ({ trackers }) => trackers.get(SHOP)?.status === 'ACTIVE');
  const internals = (await (await fromPage(`/_console/tracker?trackerId=${SHOP}`)).json()) as TrackerInternals;
  const executions = internals.executions.map(({ epoch, status, startedBy }) => ({ epoch, status, startedBy }));
  expect(executions.slice(0, 2)).toMatchObject([
    { startedBy: 'take-over' },
    { status: 'ABORTED', startedBy: 'request' },
  ]);
  expect(executions.at(-1)).toEqual({ epoch: 1, status: 'SUCCEEDED', startedBy: 'request' });
  const unknown = await fromPage('/_console/tracker?trackerId=et-aaaaaaaaaaaaaaaaaaaaaaaaaa');
  expect(unknown.status).toBe(404);
});

test('every combination that the console offers is a fault that the runtime accepts', async () => {
  const services = (await (await fromPage('/_console/faults')).json()) as FaultService[];
  expect(services.map(({ service }) => service).sort()).toEqual(
    ['dynamodb', 'events', 'personalize', 'secretsmanager', 'ssm', 'states', 'sts'].sort(),
  );
  const given: Readonly<Record<string, unknown>> = { delayMs: 10, as: '500', error: 'SomeException', status: 409 };
  for (const { service, faults } of services) {
    for (const { fault, operations, fields } of faults) {
      for (const operation of [operations[0], operations.at(-1)]) {
        const more = Object.fromEntries(fields.filter((name) => name in given).map((name) => [name, given[name]]));
        expect(await local(runtime, 'POST', '/_faults', { service, operation, fault, ...more })).toMatchObject({
          fault,
        });
      }
    }
  }
  const { simulation } = (await feedUntil(runtime, () => true)).snapshot;
  expect(simulation.faults.length).toBe(simulation.faultCount);
  const [first] = simulation.faults;
  expect((await fromPage(`/_console/fault?id=${first?.id}`, { method: 'DELETE' })).status).toBe(200);
  expect((await fromPage(`/_console/fault?id=${first?.id}`, { method: 'DELETE' })).status).toBe(404);
  await local(runtime, 'DELETE', '/_faults');
  const after = (await feedUntil(runtime, () => true)).snapshot;
  expect(after.simulation.faultCount).toBe(0);
  expect(after.simulation.personalize[0]?.timing.createInProgressMs).not.toBe(
    after.runtime.initialTiming.createInProgressMs,
  );
});
