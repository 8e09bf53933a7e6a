import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEventBridgeService, type EventBridgeService } from '../../../infra/local/eventbridge/service.ts';

const COMMAND = join(import.meta.dirname, '../../../infra/local/watch-events.ts');

let directory: string;
let service: EventBridgeService | undefined;
let server: Server | undefined;
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-events-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  stopRuntime();
  rmSync(directory, { recursive: true });
});

/** Starts the parts of a runtime that the command uses: runtime.json, and /_events at its awsUrl. */
async function startRuntime(events = directory): Promise<void> {
  service = createEventBridgeService({ clock: Date.now, directory: events, deliver: async () => {} });
  server = createServer(service.watch);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const runtime = { apiUrl: 'http://127.0.0.1:1', awsUrl: `http://127.0.0.1:${port}`, pid: process.pid };
  writeFileSync(join(directory, 'runtime.json'), JSON.stringify(runtime));
}
/** Ends the runtime as `kill -9` does: every connection breaks, and runtime.json remains. */
function stopRuntime(): void {
  server?.closeAllConnections();
  server?.close();
  service?.close();
  server = service = undefined;
}
const put = (name: string) =>
  service?.core.putEvents([{ Source: 's', DetailType: 'd', Detail: JSON.stringify({ name }) }]);

/** Runs the command. `names` returns the names of the printed events, which are one JSON line each. */
function run(args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...process.env, EVENT_TRACKERS_DATA: directory, ...environment },
  });
  const out = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    out.stderr += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child?.on('close', resolve));
  const names = () => out.stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line).detail.name] : []));
  return { out, exit, names, signal: (name: NodeJS.Signals) => child?.kill(name) };
}
const until = (check: () => void) => vi.waitFor(check, { interval: 20, timeout: 60_000 });

test('prints past and new events, one per line, continues after the runtime restarts on another port, and ends on Ctrl-C', async () => {
  await startRuntime();
  put('a');
  const command = run();
  await until(() => expect(command.names()).toEqual(['a']));
  put('b');
  await until(() => expect(command.names()).toEqual(['a', 'b']));

  stopRuntime();
  await until(() => expect(command.out.stderr).toContain('The runtime stopped. Waiting for it to start again'));
  await startRuntime();
  put('c');
  await until(() => expect(command.names()).toEqual(['a', 'b', 'c']));

  // A runtime that is started with --fresh restarts its counters.
  stopRuntime();
  await startRuntime(mkdtempSync(join(directory, 'fresh-')));
  put('d');
  await until(() => expect(command.names()).toEqual(['a', 'b', 'c', 'd']));
  command.signal('SIGINT');
  expect(await command.exit).toBe(0);
});

test('--once ends after the first event, --after skips known events, and --data overrides the environment', async () => {
  await startRuntime();
  const connected = new Promise((resolve) => server?.once('request', resolve));
  const command = run(['--once', '--data', directory], { EVENT_TRACKERS_DATA: '/nowhere' });
  await connected;
  put('a');
  expect(await command.exit).toBe(0);
  expect(command.names()).toEqual(['a']);
  put('b');
  put('c');
  const later = run(['--once', '--after', '1']);
  expect(await later.exit).toBe(0);
  expect(later.names()).toEqual(['b', 'c']);
});

test('without a runtime, or with a stale runtime.json, it prints an error and exits with 1', async () => {
  const nothing = run();
  expect(await nothing.exit).toBe(1);
  expect(nothing.out.stderr).toContain(`No runtime is running on ${directory}.`);
  await startRuntime();
  stopRuntime();
  const stale = run();
  expect(await stale.exit).toBe(1);
  expect(stale.out.stderr).toMatch(/No runtime is running: http:\S+ does not answer \(ECONNREFUSED\)/);
  expect(stale.out.stdout).toBe('');
});

test.each([
  [['--afer', '3'], "Unknown option '--afer'"],
  [['--after', 'x'], '--after must be a whole number'],
  [['--data'], '--data'],
  [['more'], "Unexpected argument 'more'"],
])('%j is refused with exit code 2', async (args, message) => {
  const command = run(args);
  expect(await command.exit).toBe(2);
  expect(command.out.stderr).toContain(message);
  expect(command.out.stderr).toContain('Usage: npm run --silent events');
});
