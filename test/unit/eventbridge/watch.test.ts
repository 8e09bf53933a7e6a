import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEventBridgeService, type EventBridgeService } from '../../../infra/local/eventbridge/service.ts';
import { watchEvents } from '../../../infra/local/eventbridge/watch-client.ts';

let directory: string;
let service: EventBridgeService;
let server: Server;
let url: string;

async function start(keepAliveMs?: number): Promise<void> {
  service = createEventBridgeService({ clock: Date.now, directory, deliver: async () => {}, keepAliveMs });
  server = createServer(service.watch);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_events`;
}
function stop(): void {
  service.close();
  server.close();
}
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'events-'));
  await start();
});
afterEach(() => {
  stop();
  rmSync(directory, { recursive: true });
});

function put(name: string, bus = 'event-trackers', size = 0): void {
  const Detail = JSON.stringify({ name, text: 'x'.repeat(size) });
  service.core.putEvents([{ Source: 's', DetailType: 'd', Detail, EventBusName: bus }]);
}

const request = (query = '', headers = {}) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}${query}`, { headers, agent: false }, resolve).on('error', reject);
  });

/** Reads a stream like an EventSource. `events` returns the events received so far. */
async function watch(query?: string, headers?: object) {
  const response = await request(query, headers);
  const seen = { text: '', ended: false, events: () => [] as [number, string][], close: () => response.destroy() };
  response.setEncoding('utf8').on('data', (chunk) => {
    seen.text += chunk;
  });
  response.on('end', () => {
    seen.ended = true;
  });
  response.on('error', () => {});
  seen.events = () =>
    [...seen.text.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id, data]) => [
      Number(id),
      JSON.parse(data ?? '').detail.name,
    ]);
  return seen;
}
const until = (check: () => void) => vi.waitFor(check, { interval: 20, timeout: 60_000 });

test('each event consists of its counter and, in one line, its whole envelope', async () => {
  const stream = await watch();
  put('a');
  await until(() => expect(stream.events()).toEqual([[1, 'a']]));
  const taken = service.core.log.get(1);
  expect(stream.text).toBe(`retry: 1000\n\nid: 1\ndata: ${JSON.stringify(taken?.event)}\n\n`);
  expect(Object.keys(taken?.event ?? {})).toEqual([
    'version',
    'id',
    'detail-type',
    'source',
    'account',
    'time',
    'region',
    'resources',
    'detail',
  ]);
});

test('without a counter only new events arrive; after=0 replays all, and after=N replays later ones', async () => {
  for (const name of ['a', 'b', 'c']) put(name);
  const [fresh, all, later, none] = await Promise.all([
    watch(),
    watch('?after=0'),
    watch('?after=2'),
    watch('?after=3'),
  ]);
  put('d');
  await until(() =>
    expect(all.events()).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ]),
  );
  await until(() =>
    expect(later.events()).toEqual([
      [3, 'c'],
      [4, 'd'],
    ]),
  );
  await until(() => expect([fresh.events(), none.events()]).toEqual([[[4, 'd']], [[4, 'd']]]));
});

test('after a restart the counters continue, and old events can be replayed', async () => {
  put('a');
  put('b');
  stop();
  await start();
  put('c');
  const stream = await watch('?after=1');
  await until(() =>
    expect(stream.events()).toEqual([
      [2, 'b'],
      [3, 'c'],
    ]),
  );
});

test('Last-Event-ID works like the query parameter after, which takes precedence', async () => {
  for (const name of ['a', 'b', 'c']) put(name);
  const byHeader = await watch('', { 'last-event-id': '2' });
  const byQuery = await watch('?after=1', { 'last-event-id': '2' });
  await until(() => expect(byHeader.events()).toEqual([[3, 'c']]));
  await until(() =>
    expect(byQuery.events()).toEqual([
      [2, 'b'],
      [3, 'c'],
    ]),
  );
});

test('a counter beyond the last one returns new events only', async () => {
  put('a');
  const stream = await watch('?after=1000');
  put('b');
  await until(() => expect(stream.events()).toEqual([[2, 'b']]));
});

test('the query parameter bus limits the stream to one event bus', async () => {
  put('a', 'default');
  put('b', 'event-trackers');
  put('c', 'default');
  const stream = await watch('?after=0&bus=default');
  await until(() =>
    expect(stream.events()).toEqual([
      [1, 'a'],
      [3, 'c'],
    ]),
  );
});

test.each([
  ['?after=-1', {}, 'after must be a counter'],
  ['?after=', {}, 'after must be a counter'],
  ['?after=1e3', {}, 'after must be a counter'],
  ['', { 'last-event-id': 'x' }, 'Last-Event-ID must be a counter'],
  ['?bus=nowhere', {}, 'bus must be the name or ARN of an event bus'],
])('%s %j is a 400', async (query, headers, message) => {
  const response = await request(query, headers);
  expect(response.statusCode).toBe(400);
  expect(JSON.parse(String(await response.setEncoding('utf8').read()))).toMatchObject({
    message: expect.stringContaining(message),
  });
});

test('the switch from the backlog to live events has no gap and no duplicate, for any number of readers', async () => {
  const total = 600;
  for (let n = 1; n <= total / 3; n++) put(`${n}`, 'event-trackers', 2000);
  const readers = [];
  for (let n = total / 3 + 1; n <= total; n++) {
    put(`${n}`, 'event-trackers', 2000);
    if (n % 100 === 0) readers.push(await watch('?after=0'));
  }
  const all = Array.from({ length: total }, (_, at) => [at + 1, `${at + 1}`]);
  for (const reader of readers) await until(() => expect(reader.events()).toEqual(all));
});

test('the stream waits for a slow client instead of buffering, and the client gets everything', async () => {
  const responses: ServerResponse[] = [];
  server.on('request', (_request, response) => responses.push(response));
  // The client reads nothing from the socket before it iterates over the events.
  const { events } = await watchEvents(url, 0);
  // 30 MB is more than the socket buffers of both sides hold.
  for (let n = 1; n <= 150; n++) put(`${n}`, 'event-trackers', 200_000);
  await until(() => expect(responses[0]?.writableNeedDrain).toBe(true));
  expect(responses[0]?.writableLength).toBeLessThan(1_000_000);
  const ids: number[] = [];
  for await (const { id } of events) {
    ids.push(id);
    if (id === 150) break;
  }
  expect(ids).toEqual(Array.from({ length: 150 }, (_, at) => at + 1));
});

test('comments keep the connection alive', async () => {
  stop();
  await start(10);
  const stream = await watch();
  await until(() => expect(stream.text).toContain(': keep-alive\n\n: keep-alive\n\n'));
});

test('close ends every stream, even if its client does not read', async () => {
  const responses: ServerResponse[] = [];
  server.on('request', (_request, response) => responses.push(response));
  await watchEvents(url, 0);
  for (let n = 1; n <= 150; n++) put(`${n}`, 'event-trackers', 200_000);
  await until(() => expect(responses[0]?.writableNeedDrain).toBe(true));
  const stream = await watch();
  const closed = new Promise((resolve) => server.close(resolve));
  service.close();
  await until(() => expect(stream.ended).toBe(true));
  await closed;
  await start();
});
