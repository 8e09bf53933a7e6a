import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { readRuntimeFile } from '../../infra/local/runtime-file.ts';
import {
  call,
  DEMO_GROUP,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  local,
  newDataFolder,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

const started: LocalRuntime[] = [];
const start = async (...args: Parameters<typeof startLocalRuntime>) => {
  const runtime = await startLocalRuntime(...args);
  started.push(runtime);
  return runtime;
};
afterEach(async () => {
  for (const { process: child } of started.splice(0)) child.kill('SIGKILL');
});

const shop = { name: 'shop', datasetGroupArn: DEMO_GROUP };

test('after kill -9 during CREATE IN_PROGRESS and a restart, the tracker becomes ACTIVE by one create call and one event', async () => {
  const first = await start();
  const token = await tokenOf(first);
  await local(first, 'PUT', '/_simulator/timing', { createPendingMs: 100, createInProgressMs: 3000 });
  const { body } = await call(first, 'POST', '/event-trackers', { token, body: shop });
  const location = `/event-trackers/${body.trackerId}`;
  await expect
    .poll(async () => (await call(first, 'GET', location, { token })).body.status, { timeout: 60_000, interval: 100 })
    .toBe('CREATE IN_PROGRESS');
  await first.end('SIGKILL');
  expect(existsSync(join(first.data, 'runtime.json'))).toBe(true);

  const second = await start({ data: first.data });
  // Immediately after the start, with the former token.
  expect(await call(second, 'GET', location, { token })).toMatchObject({ status: 200, body: { generation: 1 } });
  const events = await eventsUntil(second, (taken) => taken.length > 0);
  const { body: resource } = await call(second, 'GET', location, { token });
  expect(resource).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });
  expect(events.map(({ detail }) => [detail.data.status, detail.data.trackingId])).toEqual([
    ['ACTIVE', resource.trackingId],
  ]);
  expect(await personalizeCalls(second, 'CreateEventTracker')).toHaveLength(1);

  const sfn = new SFNClient({
    endpoint: second.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  const aborted = executions.find(({ name }) => name === `${body.trackerId}-1`);
  expect(aborted?.status).toBe('ABORTED');
  expect(executions.length).toBeGreaterThan(1);
  const { cause } = await sfn.send(new DescribeExecutionCommand({ executionArn: aborted?.executionArn }));
  expect(cause).toMatch(/runtime was stopped/);
  sfn.destroy();
});

test('an accepted request whose execution did not start is resumed at the next start', async () => {
  const first = await start();
  const token = await tokenOf(first);
  await local(first, 'PUT', '/_simulator/timing', { createPendingMs: 10, createInProgressMs: 10 });
  // The SDK tries three times.
  await injectFault(first, 'states', { operation: 'StartExecution', times: 3, fault: 'server-error' });
  const { status, body } = await call(first, 'POST', '/event-trackers', { token, body: shop });
  expect(status).toBe(202);
  await first.end('SIGKILL');

  const second = await start({ data: first.data });
  const events = await eventsUntil(second, (taken) => taken.length > 0);
  expect(events[0]?.detail.data).toMatchObject({ trackerId: body.trackerId, status: 'ACTIVE' });
});

test('Ctrl-C stops all processes and removes runtime.json', async () => {
  const data = newDataFolder();
  const root = resolve(import.meta.dirname, '../..');
  // In its own process group, as in a terminal: Ctrl-C goes to npm, to its shell and to node.
  const npm = spawn('npm', ['start', '--', '--port', '0', '--aws-port', '0', '--data', data], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid: group } = npm;
  if (group === undefined) throw new Error('npm did not start');
  let printed = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (text) => (printed += text));
  const exited = once(npm, 'exit');
  await expect.poll(() => readRuntimeFile(data), { timeout: 60_000 }).toBeDefined();
  const running = readRuntimeFile(data);
  // A pending request, a stream and a running execution must not delay the stop.
  const token = await tokenOf({ data });
  await call({ apiUrl: running?.apiUrl ?? '' }, 'POST', '/event-trackers', { token, body: shop });
  const stream = await fetch(`${running?.awsUrl}/_events?after=0`);
  process.kill(-group, 'SIGINT');
  await exited;
  await expect(stream.text()).rejects.toThrow();
  await expect.poll(() => isAlive(running?.pid ?? 0), { timeout: 60_000 }).toBe(false);
  expect(existsSync(join(data, 'runtime.json')), printed).toBe(false);
  expect(printed).not.toContain('could not stop');
  await expect(fetch(`${running?.awsUrl}/_health`)).rejects.toThrow();
});

test('a port in use is reported in one line that names the flag', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await expect(start({ args: ['--port', String(port)] })).rejects.toThrow(
    `port ${port} is in use; choose another with --port`,
  );
  await expect(start({ args: ['--aws-port', String(port)] })).rejects.toThrow('choose another with --aws-port');
  taken.close();
});

test('a second runtime on the same data folder is refused; a stale runtime.json is ignored', async () => {
  const first = await start();
  await expect(start({ data: first.data })).rejects.toThrow(`pid ${first.process.pid}`);
  await first.end('SIGTERM');
  writeFileSync(
    join(first.data, 'runtime.json'),
    JSON.stringify({ apiUrl: first.apiUrl, awsUrl: first.awsUrl, pid: process.pid }),
  );
  const second = await start({ data: first.data });
  expect(readRuntimeFile(first.data)).toMatchObject({ pid: second.process.pid, apiUrl: second.apiUrl });
});

test('--fresh empties the data folder, but never a folder of other files', async () => {
  const first = await start();
  const token = await tokenOf(first);
  const { body } = await call(first, 'POST', '/event-trackers', { token, body: shop });
  await first.end('SIGTERM');
  const second = await start({ data: first.data, args: ['--fresh'] });
  const newToken = await tokenOf(second);
  expect((await call(second, 'GET', `/event-trackers/${body.trackerId}`, { token })).status).toBe(401);
  expect((await call(second, 'GET', `/event-trackers/${body.trackerId}`, { token: newToken })).status).toBe(404);

  const foreign = newDataFolder();
  writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
  await expect(start({ data: foreign, args: ['--fresh'] })).rejects.toThrow('does not use or empty');
  expect(existsSync(join(foreign, 'thesis.txt'))).toBe(true);
});

test.each([
  [['--port', 'http'], '--port must be a port from 0 to 65535, not "http".'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--time-scale', '0'], '--time-scale must be a number above 0'],
])('%j is refused with a list of all flags', async (args, message) => {
  const failed = start({ args });
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.toThrow('Usage: npm start');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
