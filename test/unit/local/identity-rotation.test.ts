import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataFolder } from '../../../infra/local/data-folder.ts';
import { createIdentity } from '../../../infra/local/identity/service.ts';

const TOKEN = resolve(import.meta.dirname, '../../../infra/local/token.ts');

let parent: string;
let data: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'rotation-test-'));
  data = join(parent, 'data');
  openDataFolder(data);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, EVENT_TRACKERS_DATA: data };
    execFile(process.execPath, [TOKEN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

it('rotates the key by command while the issuer runs, which then publishes both keys', async () => {
  const token = async () => (await run('--tenant', 'acme')).stdout.trim();
  const kidOf = (minted: string) => decodeProtectedHeader(minted).kid ?? '';
  const first = await token();
  const { authorizer, issuer } = await createIdentity(join(data, 'identity'));
  const shown = async () => {
    const path = '/_issuer/.well-known/jwks.json';
    const answer = await issuer({ method: 'GET', path, query: new URLSearchParams(), headers: {}, body: Buffer.of() });
    if (typeof answer === 'symbol') throw new Error('cut');
    return JSON.parse(answer.body.toString()).keys as Record<string, string>[];
  };

  const rotated = await run('--rotate');
  expect([rotated.code, rotated.stderr]).toEqual([0, '']);
  const second = await token();
  expect(rotated.stdout).toContain(
    `The new signing key is ${kidOf(second)}. Tokens signed with ${kidOf(first)} stay valid`,
  );
  expect((await shown()).map(({ kid }) => kid)).toEqual([kidOf(second), kidOf(first)]);
  for (const minted of [first, second])
    expect(await authorizer.verify(minted)).toMatchObject({ claims: { sub: 'acme' } });

  // Neither the published nor the stored part of the former key can sign.
  for (const key of await shown()) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const former = join(data, 'identity', `former-key-${kidOf(first)}.json`);
  expect(JSON.parse(readFileSync(former, 'utf8'))).not.toHaveProperty('d');
  expect(statSync(former).mode & 0o777).toBe(0o600);

  const removed = await run('--remove-former-keys');
  expect(removed.stdout).toContain(`Removed ${kidOf(first)}`);
  expect(readdirSync(join(data, 'identity'))).toEqual(['signing-key.json']);
  expect(await authorizer.verify(first)).toHaveProperty('challenge');
  expect(await authorizer.verify(second)).toMatchObject({ claims: { sub: 'acme' } });
  expect((await shown()).map(({ kid }) => kid)).toEqual([kidOf(second)]);
  expect((await run('--remove-former-keys')).stdout).toContain('There are no former keys');
});

it.each([
  [['--rotate', '--tenant', 'acme'], '--rotate is allowed with --data only, not with --tenant'],
  [['--rotate', '--remove-former-keys'], '--rotate is allowed with --data only, not with --remove-former-keys'],
  [['--remove-former-keys', '--platform'], '--remove-former-keys is allowed with --data only'],
])('refuses %j with exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
