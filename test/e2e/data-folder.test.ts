import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { datasetGroupsOf } from './api/dataset-groups.ts';
import {
  call,
  DEMO_GROUP,
  type LocalRuntime,
  local,
  newDataFolder,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';
import { MAIN } from './spawn-runtime.ts';

const FULL_DISK = resolve(import.meta.dirname, 'full-disk.ts');

const isRoot = process.getuid?.() === 0;
/** Starts a runtime that is expected to exit at startup. With `isNobody`, it runs without root's permissions. */
const start = (
  data: string,
  environment: Record<string, string> = {},
  { isNobody = false, args = [] as readonly string[] } = {},
) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const options = { env: { ...process.env, ...environment }, timeout: 60_000, ...(isNobody && { uid: 65_534 }) };
    const flags = ['--port', '0', '--aws-port', '0', '--data', data, ...args];
    execFile(process.execPath, [MAIN, ...flags], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const oneLine = (text: string) => expect(text.trimEnd().split('\n')).toHaveLength(1);

test.each([
  ['CONNECT_SECONDS', 'x'],
  ['LEASE_SECONDS', '-1'],
  ['MAX_ROUNDS', 'many'],
  ['RECREATE_MISSING', 'yes'],
  ['POWERTOOLS_LOG_LEVEL', 'TRACEX'],
  ['TENANT_PATTERN', '('],
  ['PLATFORM_ROLES', 'no-arn'],
  ['CALLBACKS', 'yes'],
  ['PREFER_WAIT_SECONDS', '26'],
])('%s=%s ends the runtime at startup with code 2 and a message that names the variable', async (name, value) => {
  const ended = await start(newDataFolder(), { [name]: value });
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr.split('\n')[0]).toContain(name);
  expect(ended.stderr).not.toContain('    at ');
});

test('--personalize-url without a runtime there ends the start with one line', async () => {
  const other = createServer((_, response) => void response.end('{"status":"ok"}')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const started = () => start(newDataFolder(), {}, { args: ['--personalize-url', url] });
  const elsewhere = await started();
  other.close();
  const dead = await started();
  for (const { code, stdout, stderr } of [elsewhere, dead]) {
    expect([code, stdout]).toEqual([1, '']);
    oneLine(stderr);
    expect(stderr).toContain(`--personalize-url ${url} is not the AWS port of a running runtime: `);
  }
  expect(elsewhere.stderr).toContain('something else answers there');
  expect(dead.stderr).toContain('ECONNREFUSED');
});

test('two deployments share the Personalize of one', async () => {
  const prod = await startLocalRuntime({ args: ['--deployment', 'prod'] });
  const dev = await startLocalRuntime({ args: ['--deployment', 'dev', '--personalize-url', prod.awsUrl] });
  const create = async (runtime: LocalRuntime) =>
    call(runtime, 'POST', '/event-trackers?dryRun=true', {
      token: await tokenOf(runtime),
      body: { name: 'shop', datasetGroupArn: DEMO_GROUP },
    });
  expect((await create(dev)).body.outcome).toBe('CREATE');
  expect(await personalizeCalls(prod, 'ListEventTrackers')).not.toEqual([]);
  await Promise.all([prod.end('SIGKILL'), dev.end('SIGKILL')]);
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
  const { code, stdout, stderr } = await start(data, {}, { isNobody: isRoot });
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

test('a line that the runtime does not write is reported with its file, its line number and its field', async () => {
  const data = await usedFolder();
  const file = join(data, 'personalize/dataset-groups.jsonl');
  writeFileSync(file, '["arn",{"name":7}]\n');
  const { code, stdout, stderr } = await start(data);
  expect([code, stdout]).toEqual([1, '']);
  oneLine(stderr);
  expect(stderr).toContain(`${file}, line 1: the line is damaged; in its value, sequence: expected number`);
  expect(stderr).toContain('Delete this line, which loses that one change, or start with --fresh');
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

/** Makes files immutable, also for processes that have opened them: as on a disk that the system makes read-only after an error. */
const freeze = (folder: string, isFrozen = true) => spawnSync('chattr', ['-R', isFrozen ? '+i' : '-i', folder]);
/** As root, on a file system that can. */
const canFreeze = (() => {
  const folder = newDataFolder();
  const isFrozen = freeze(folder).status === 0;
  freeze(folder, false);
  return isFrozen;
})();

test.runIf(canFreeze)('a data folder that becomes read-only ends the runtime with one line', async () => {
  const runtime = await startLocalRuntime({ environment: { POWERTOOLS_LOG_LEVEL: 'WARN' } });
  const token = await tokenOf(runtime);
  const create = (name: string) =>
    call(runtime, 'POST', '/event-trackers', {
      token,
      body: { name: 'shop', datasetGroupArn: DEMO_GROUP.replace('acme-shop', name) },
    });
  const accepted = await create('acme-accepted');
  const exited = once(runtime.process, 'exit');
  freeze(runtime.data);
  try {
    await expect(create('acme-lost')).rejects.toThrow('fetch failed');
    expect(await exited).toEqual([1, null]);
  } finally {
    freeze(runtime.data, false);
  }
  const [, ...lines] = runtime.output().trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(`^The data folder ${runtime.data} can't be used: .*Operation not permitted|EPERM`),
  ]);
  const again = await startLocalRuntime({ data: runtime.data });
  const found = await call(again, 'GET', `/event-trackers/${accepted.body.trackerId}`, { token });
  expect(found.status).toBe(200);
  await again.end('SIGKILL');
});

/** What only writes of the runtime's own files meet: LevelDB writes without Node. */
test('a file system that becomes read-only under the own files ends the runtime with one line', async () => {
  const flag = join(newDataFolder(), 'read-only');
  const readOnly = `data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    for (const name of ['writeSync', 'ftruncateSync', 'rmSync', 'writeFileSync', 'renameSync']) {
      const real = fs[name];
      fs[name] = (...args) => {
        if (!fs.existsSync(${JSON.stringify(flag)})) return real(...args);
        throw Object.assign(new Error('EROFS: read-only file system, ' + name), { code: 'EROFS', path: String(args[0]) });
      };
    }
    syncBuiltinESMExports();`)}`;
  const environment = { NODE_OPTIONS: `--import=${readOnly}`, POWERTOOLS_LOG_LEVEL: 'WARN' };
  const runtime = await startLocalRuntime({ environment });
  const exited = once(runtime.process, 'exit');
  writeFileSync(flag, '');
  await expect(local(runtime, 'PUT', '/_simulator/timing', { datasetMs: 1 })).rejects.toThrow('fetch failed');
  expect(await exited).toEqual([1, null]);
  const [, ...lines] = runtime.output().trimEnd().split('\n');
  expect(lines).toEqual([
    `The data folder ${runtime.data} can't be used: the file system is read-only (EROFS). Choose another folder with --data.`,
  ]);
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
