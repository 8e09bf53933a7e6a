import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataFolder } from '../../../infra/local/data-folder.ts';
import { createIdentity } from '../../../infra/local/identity/service.ts';
import { claimDataFolder } from '../../../infra/local/runtime-file.ts';

const TOKEN = resolve(import.meta.dirname, '../../../infra/local/token.ts');

let parent: string;
let data: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'token-test-'));
  data = join(parent, 'data');
  openDataFolder(data);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, EVENT_TRACKERS_DATA: data };
    execFile(process.execPath, [TOKEN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

it('prints only a token, even while no runtime is running, and the next runtime accepts it', async () => {
  const { code, stdout, stderr } = await run('--tenant', 'acme');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const claims = decodeJwt(stdout);
  expect(claims).toMatchObject({
    iss: 'http://127.0.0.1:4566/_issuer',
    aud: 'event-trackers',
    tenant: 'acme',
    sub: expect.any(String),
    scope: 'event-trackers/read event-trackers/write event-trackers/events',
  });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3_600);
  expect(claims).not.toHaveProperty('datasetGroups');
  expect(statSync(data).mode & 0o777).toBe(0o700);

  const folder = await claimDataFolder({ data, fresh: false });
  const { authorizer } = await createIdentity(join(data, 'identity'));
  expect(await authorizer.verify(`Bearer ${stdout.trim()}`)).toMatchObject({ claims: { tenant: 'acme' } });
  await folder.release();
});

it('ends with one line if the folder has no usable key', async () => {
  mkdirSync(join(data, 'identity'));
  writeFileSync(join(data, 'identity/signing-key.json'), '{}');
  const damaged = await run('--tenant', 'acme');
  expect([damaged.code, damaged.stdout]).toEqual([1, '']);
  expect(damaged.stderr).toMatch(/^.*signing-key\.json is damaged: .*\n$/);
  rmSync(join(data, 'identity'), { recursive: true });
  writeFileSync(join(data, 'identity'), 'a file');
  const occupied = await run('--tenant', 'acme');
  expect(occupied.code).toBe(1);
  expect(occupied.stderr).toBe(
    `The data folder ${data} can't be used: a file is in its place (EEXIST). Choose another folder with --data.\n`,
  );
});

it('accepts short and full scope names, --platform, dataset groups and a lifetime', async () => {
  const args = ['--tenant', 'acme', '--scope', 'read event-trackers/adopt', '--platform', '--expires-in', '60'];
  const { stdout } = await run(...args, '--dataset-group', 'acme-a', '--dataset-group', 'acme-b');
  const claims = decodeJwt(stdout);
  expect(claims).toMatchObject({
    scope: 'event-trackers/read event-trackers/adopt event-trackers/platform event-trackers/callback',
    datasetGroups: ['acme-a', 'acme-b'],
  });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
});

it.each([
  [[], '--tenant'],
  [['--tenant', ''], '--tenant'],
  [['--tenant', 'acme', '--scope', 'reed'], '--scope must name some of read, write'],
  [['--tenant', 'acme', '--scope', ' '], '--scope'],
  [['--tenant', 'acme', '--expires-in', 'soon'], '--expires-in'],
  [['--tenant', 'acme', '--expires-in', '0'], '--expires-in'],
  [['--tenant', 'acme', '--data', ''], '--data'],
  [['--tennant', 'acme'], '--tennant'],
])('refuses %j with exit code 2 and names the flag', async (args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

it.each([
  ['an empty folder', mkdtempSync(join(tmpdir(), 'token-test-'))],
  ['a folder with other files', import.meta.dirname],
  ['no folder', '/nonexistent/data'],
])('issues no token for %s, because no runtime would accept it', async (_, folder) => {
  const before = existsSync(folder) ? readdirSync(folder) : undefined;
  const { code, stdout, stderr } = await run('--tenant', 'acme', '--data', folder);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    `No runtime has used the data folder ${folder}, so none would accept the token. Start one there first (npm start), or name its folder with --data.\n`,
  );
  expect(existsSync(folder) ? readdirSync(folder) : undefined).toEqual(before);
});
