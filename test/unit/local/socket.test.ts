import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newSocket, removeDeadSockets } from '../../../infra/local/dynamodb/socket.ts';

beforeEach(() => {
  vi.stubEnv('TMPDIR', mkdtempSync(join(tmpdir(), 'sockets-')));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const makeOld = (path: string) => utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));

/** Makes the socket of a killed process. */
async function deadSocket() {
  const socket = newSocket();
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket.path)}, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return socket;
}

it('removes only the folders of sockets that no process listens on', async () => {
  const dead = await deadSocket();
  makeOld(dead.path);
  const live = newSocket();
  const server = createServer().listen(live.path);
  await once(server, 'listening');
  makeOld(live.path);
  // A starting runtime has created its socket but may not listen yet.
  const young = await deadSocket();
  const other = join(tmpdir(), 'event-trackers-data');
  mkdirSync(other);
  writeFileSync(join(other, 'dynamodb'), 'not a socket');
  writeFileSync(join(tmpdir(), 'event-trackers-file'), 'not a folder');
  await removeDeadSockets();
  expect([dead, live, young].map(({ folder }) => existsSync(folder))).toEqual([false, true, true]);
  expect(existsSync(join(other, 'dynamodb'))).toBe(true);
  server.close();
});
