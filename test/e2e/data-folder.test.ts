import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { datasetGroupsOf } from './api/dataset-groups.ts';
import { call, DEMO_GROUP, newDataFolder, startLocalRuntime, tokenOf } from './local-runtime.ts';
import { MAIN } from './spawn-runtime.ts';

const FULL_DISK = resolve(import.meta.dirname, 'full-disk.ts');

const isRoot = process.getuid?.() === 0;
/** Starts a runtime that is expected to exit at startup. With `isNobody`, it runs without root's permissions. */
const start = (data: string, environment: Record<string, string> = {}, isNobody = false) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const options = { env: { ...process.env, ...environment }, timeout: 60_000, ...(isNobody && { uid: 65_534 }) };
    const flags = ['--port', '0', '--aws-port', '0', '--data', data];
    execFile(process.execPath, [MAIN, ...flags], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const oneLine = (text: string) => expect(text.trimEnd().split('\n')).toHaveLength(1);

test.each([
  ['CONNECT_SECONDS', 'x', 1],
  ['LEASE_SECONDS', '-1', 1],
  ['MAX_ROUNDS', 'many', 1],
  ['RECREATE_MISSING', 'yes', 1],
  ['POWERTOOLS_LOG_LEVEL', 'TRACEX', 1],
  ['TENANT_PATTERN', '(', 1],
  ['PLATFORM_ROLES', 'no-arn', 1],
  ['CALLBACKS', 'yes', 2],
  ['PREFER_WAIT_SECONDS', '26', 2],
])('%s=%s ends the runtime at startup with a message that names the variable', async (name, value, code) => {
  const ended = await start(newDataFolder(), { [name]: value });
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr.split('\n')[0]).toContain(name);
  expect(ended.stderr).not.toContain('    at ');
});

test('an environment variable disables a feature, as on AWS', async () => {
  const runtime = await startLocalRuntime({ environment: { CALLBACKS: 'disabled' } });
  const body = { name: 'shop', datasetGroupArn: DEMO_GROUP, callback: { taskToken: 'x' } };
  const token = await tokenOf(runtime, 'acme', ['read', 'write', 'callback']);
  const refused = await call(runtime, 'POST', '/event-trackers', { token, body });
  expect([refused.status, refused.body.reason]).toEqual([400, 'NOT_ENABLED']);
  await runtime.end('SIGKILL');
});

test.each([
  ['a folder with other files', () => withFile('thesis.txt'), 'it contains files and is not the data folder'],
  ['a file', () => join(withFile('file'), 'file'), 'a file is in its place'],
  ['a path below a file', () => join(withFile('file'), 'file/data'), 'a file is in its place'],
  ['a path that cannot exist', () => '/proc/nope/x', "can't be used"],
])('%s as the data folder ends the runtime at startup with one line', async (_, folder, reason) => {
  const data = folder();
  const { code, stdout, stderr } = await start(data);
  expect([code, stdout]).toEqual([1, '']);
  oneLine(stderr);
  for (const part of [data, reason, '--data']) expect(stderr).toContain(part);
});

test('a data folder without permission ends the runtime at startup with one line', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'no-permission-'));
  const data = join(parent, 'data');
  mkdirSync(data, { mode: 0o500 });
  const { code, stdout, stderr } = await start(data, {}, isRoot);
  expect([code, stdout]).toEqual([1, '']);
  oneLine(stderr);
  expect(stderr).toContain('this user may not use it (EACCES). Choose another folder with --data.');
});

function withFile(name: string): string {
  const folder = newDataFolder();
  writeFileSync(join(folder, name), 'not ours');
  return folder;
}

/** The data folder of a runtime that was killed: one runtime for all tests, a copy for each. */
async function usedFolder(): Promise<string> {
  killed ??= startLocalRuntime().then(async (runtime) => {
    await runtime.end('SIGKILL');
    return runtime.data;
  });
  const folder = newDataFolder();
  cpSync(await killed, folder, { recursive: true });
  chmodSync(folder, 0o700);
  return folder;
}
let killed: Promise<string> | undefined;

test('a damaged line is reported with its file and line number; --fresh recovers', async () => {
  const data = await usedFolder();
  const file = join(data, 'personalize/dataset-groups.jsonl');
  writeFileSync(file, `["half${readFileSync(file, 'utf8')}`);
  const { code, stderr } = await start(data);
  expect(code).toBe(1);
  oneLine(stderr);
  expect(stderr).toContain(`${file}, line 1: the line is damaged`);
  const fresh = await startLocalRuntime({ data, args: ['--fresh'] });
  expect(await fresh.end('SIGTERM')).toBe(0);
});

test.each([
  ['identity/signing-key.json', '', 'signing-key.json is damaged'],
  ['identity/signing-key.json', '{"a":1}', 'signing-key.json is damaged'],
  ['lock/CURRENT', 'x', 'another folder with --data.'],
  ['dynamodb/CURRENT', 'x', 'another folder with --data.'],
])('a damaged %s (%j) ends the start with one line that says what to do', async (file, content, line) => {
  const data = await usedFolder();
  writeFileSync(join(data, file), content);
  const { code, stdout, stderr } = await start(data);
  expect([code, stdout]).toEqual([1, '']);
  oneLine(stderr);
  expect(stderr).toContain(data);
  expect(stderr).toContain(line);
});

test('a folder in the place of runtime.json ends the start with one line', async () => {
  const data = await usedFolder();
  rmSync(join(data, 'runtime.json'));
  mkdirSync(join(data, 'runtime.json'));
  const { code, stderr } = await start(data);
  expect(code).toBe(1);
  oneLine(stderr);
  expect(stderr).toContain('a folder is in the place of a file');
});

test('deleting the data folder ends the runtime with one line', async () => {
  const runtime = await startLocalRuntime({ environment: { POWERTOOLS_LOG_LEVEL: 'WARN' } });
  const token = await tokenOf(runtime);
  const exited = once(runtime.process, 'exit');
  rmSync(runtime.data, { recursive: true });
  const create = call(runtime, 'POST', '/event-trackers', {
    token,
    body: { name: 'shop', datasetGroupArn: DEMO_GROUP },
  });
  await expect(create).rejects.toThrow('fetch failed');
  expect(await exited).toEqual([1, null]);
  const [, ...lines] = runtime.output().trimEnd().split('\n');
  expect(lines).toEqual([expect.stringMatching(`^The data folder ${runtime.data} can't be used: .*(deleted|moved)`)]);
  expect(existsSync(runtime.data)).toBe(false);
});

const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
test.skipIf(!canMount)('a full disk ends the runtime with one line and loses no accepted request', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'small-'));
  const mountAndRun = 'mount -t tmpfs -o size=900k tmpfs "$1" && exec "$2" "$3" "$1"';
  const child = spawn('unshare', ['-rm', 'sh', '-c', mountAndRun, 'sh', folder, process.execPath, FULL_DISK], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  const rounds = printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rounds).toHaveLength(3);
  for (const { code, lost, unclear, output } of rounds) {
    expect({ code, lost, unclear }).toEqual({ code: 1, lost: [], unclear: [] });
    // A restart also logs each unfinished record that it takes over.
    const [ready, ...lines] = String(output)
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes('taken over'));
    expect(ready).toContain('Ready: ');
    expect(lines).toEqual([expect.stringMatching(/^The data folder .* can't be used: .*(ENOSPC|No space left)/)]);
  }
  expect(rounds.at(-1).accepted).toBeGreaterThan(0);
});

test.skipIf(!canMount)('a read-only file system ends the runtime at startup with one line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'read-only-'));
  const mountAndRun = 'mount -t tmpfs -o ro tmpfs "$1" && exec "$2" "$3" --port 0 --aws-port 0 --data "$1/data"';
  const ended = spawnSync('unshare', ['-rm', 'sh', '-c', mountAndRun, 'sh', folder, process.execPath, MAIN], {
    encoding: 'utf8',
  });
  expect([ended.status, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr).toBe(
    `The data folder ${folder}/data can't be used: the file system is read-only (EROFS). Choose another folder with --data.\n`,
  );
});

test('setting the clock back does not delay a creation', async () => {
  const offset = join(newDataFolder(), 'offset');
  writeFileSync(offset, '0');
  const clock = `data:text/javascript,${encodeURIComponent(`
    import { readFileSync } from 'node:fs';
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      static now() {
        return RealDate.now() + Number(readFileSync(${JSON.stringify(offset)}, 'utf8'));
      }
      constructor(...given) {
        super(...(given.length === 0 ? [Date.now()] : given));
      }
    };`)}`;
  const runtime = await startLocalRuntime({ environment: { NODE_OPTIONS: `--import=${clock}` } });
  const token = await tokenOf(runtime);
  const groups = await datasetGroupsOf(runtime);
  const before = await groups.make('acme-before');
  await call(runtime, 'POST', '/event-trackers', { token, body: { name: 'shop', datasetGroupArn: before } });
  writeFileSync(offset, '-3600000');
  const after = await groups.make('acme-after');
  const body = { name: 'shop', datasetGroupArn: after };
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  const tokenThen = await tokenOf(runtime);
  vi.useRealTimers();
  expect((await call(runtime, 'POST', '/event-trackers', { token: tokenThen, body })).status).toBe(202);
  const active = async () =>
    (await call(runtime, 'GET', '/event-trackers?status=ACTIVE', { token: tokenThen })).body.eventTrackers.length;
  await expect.poll(active, { timeout: 40_000 }).toBe(2);
  await runtime.end('SIGKILL');
});
