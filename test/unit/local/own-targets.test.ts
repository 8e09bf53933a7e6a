import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadOwnTargets, ownTargetArn, parseOwnTargets } from '../../../infra/local/own-targets.ts';

const directory = () => mkdtempSync(join(tmpdir(), 'own-targets-'));
const moduleWith = (text: string): string => {
  const path = join(directory(), 'handler.ts');
  writeFileSync(path, text);
  return path;
};
const event = { source: 'event-trackers', detail: { data: { trackerId: 'et-1' } } };

test.each([
  ['orders', 'must be NAME=FILE or NAME=URL'],
  ['a b=./x.ts', 'must be NAME=FILE or NAME=URL'],
  [`${'x'.repeat(65)}=./x.ts`, '1 to 64 characters'],
  ['orders=', 'must be NAME=FILE or NAME=URL'],
  ['orders=./nowhere.ts', '--target orders: there is no file'],
  ['orders=http://example.com/', 'must be an http URL of this machine'],
  ['orders=http://127.0.0.1.example.com/', 'must be an http URL of this machine'],
  ['orders=https://127.0.0.1/', 'must be an http URL of this machine'],
  ['event-trackers-sweep=http://127.0.0.1/', "are those of the service's functions"],
])('--target %s is refused', (flag, rule) => {
  expect(() => parseOwnTargets([flag])).toThrow(rule);
});

test('a name is given once, and more than one target is possible', () => {
  const flags = ['a=http://127.0.0.1:1/x', 'b=http://localhost:2'];
  expect(parseOwnTargets(flags)).toEqual([
    { name: 'a', at: { url: 'http://127.0.0.1:1/x' } },
    { name: 'b', at: { url: 'http://localhost:2/' } },
  ]);
  expect(() => parseOwnTargets([...flags, 'a=http://[::1]:3/'])).toThrow('--target a must not be given twice');
});

test('a module is called as Lambda would, by its handler or its default', async () => {
  const named = moduleWith(
    'export const handler = async (event: unknown, context: { functionName: string }) => ({ event, name: context.functionName });',
  );
  const byDefault = moduleWith('export default async () => { throw new RangeError("no"); };');
  const functions = await loadOwnTargets(parseOwnTargets([`a=${named}`, `b=${byDefault}`]));
  expect(await functions[ownTargetArn('a')]?.(event)).toEqual({ event, name: 'a' });
  await expect(functions[ownTargetArn('b')]?.(event)).rejects.toThrow('no');
  const none = parseOwnTargets([`c=${moduleWith('export const other = 1;')}`]);
  await expect(loadOwnTargets(none)).rejects.toThrow(/--target c: .* must export a function named handler/);
});

test('an endpoint gets the event as JSON; only a 2xx is a success', async () => {
  const received: unknown[] = [];
  const statuses = [204, 500, 302];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push([
      request.method,
      request.url,
      request.headers['content-type'],
      JSON.parse(String(Buffer.concat(chunks))),
    ]);
    response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end('body');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events?x=1`;
  const invoke = (await loadOwnTargets(parseOwnTargets([`a=${url}`])))[ownTargetArn('a')];
  await invoke?.(event);
  await expect(invoke?.(event)).rejects.toThrow(`${url} answered 500.`);
  await expect(invoke?.(event)).rejects.toThrow(`${url} answered 302.`);
  expect(received[0]).toEqual(['POST', '/events?x=1', 'application/json', event]);
  expect(received).toHaveLength(3);
  server.close();
  await expect(invoke?.(event)).rejects.toThrow();
});
