import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataFolder, type DataFolder, readRuntimeFile } from '../../../infra/local/runtime-file.ts';

const MODULE = resolve(import.meta.dirname, '../../../infra/local/runtime-file.ts');

let parent: string;
let data: string;
const claimed: DataFolder[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-folder-test-'));
  data = join(parent, 'data');
});
afterEach(async () => {
  for (const folder of claimed.splice(0)) await folder.release();
  rmSync(parent, { recursive: true, force: true });
});

async function claim(fresh = false) {
  const folder = await claimDataFolder({ data, fresh });
  claimed.push(folder);
  return folder;
}
const running = { apiUrl: 'http://127.0.0.1:1', awsUrl: 'http://127.0.0.1:2', pid: process.pid };

describe('the data folder', () => {
  it('and runtime.json are closed to other users, and the release removes runtime.json', async () => {
    mkdirSync(data);
    chmodSync(data, 0o755);
    const folder = await claim();
    folder.publish(running);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, 'runtime.json')).mode & 0o777).toBe(0o600);
    expect(readRuntimeFile(data)).toEqual(running);
    await folder.release();
    expect(existsSync(join(data, 'runtime.json'))).toBe(false);
  });

  it('belongs to one runtime at a time: the error of a second one names the first, with and without --fresh', async () => {
    const folder = await claim();
    await expect(claim()).rejects.toThrow('already starting');
    folder.publish(running);
    writeFileSync(join(data, 'state'), 'precious');
    await expect(claim()).rejects.toThrow(`already running as pid ${process.pid} at http://127.0.0.1:1`);
    await expect(claim(true)).rejects.toThrow('already running');
    expect(existsSync(join(data, 'state'))).toBe(true);
    await folder.release();
    await claim();
  });

  it('is free after its runtime was killed, even if another process has that pid now', async () => {
    const script = `
      const { claimDataFolder } = await import(${JSON.stringify(MODULE)});
      await claimDataFolder({ data: ${JSON.stringify(data)}, fresh: false });
      console.log('claimed');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(claim()).rejects.toThrow('already starting');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    // As if this process had the pid of the killed one.
    writeFileSync(join(data, 'runtime.json'), JSON.stringify(running));
    await claim();
    expect(readRuntimeFile(data)).toBeUndefined();
  });

  it('is emptied by --fresh', async () => {
    await (await claim()).release();
    writeFileSync(join(data, 'state'), 'old');
    const folder = await claim(true);
    expect(existsSync(join(data, 'state'))).toBe(false);
    folder.publish(running);
    await expect(claim()).rejects.toThrow('already running');
  });

  it.each([true, false])('cannot be a folder with other files (fresh: %s)', async (fresh) => {
    mkdirSync(data);
    writeFileSync(join(data, 'thesis.txt'), 'ten years of work');
    await expect(claim(fresh)).rejects.toThrow(/does not use or empty .*data: it contains files/);
    expect(existsSync(join(data, 'thesis.txt'))).toBe(true);
  });

  it('keeps a runtime.json that another process has written since', async () => {
    const folder = await claim();
    folder.publish({ ...running, pid: process.pid + 1 });
    await folder.release();
    expect(existsSync(join(data, 'runtime.json'))).toBe(true);
  });
});

describe('readRuntimeFile', () => {
  it.each([undefined, '', '{', 'null', '{"pid":1}', '{"apiUrl":1,"awsUrl":"","pid":1}'])(
    'finds nothing in %j',
    (text) => {
      mkdirSync(data);
      if (text !== undefined) writeFileSync(join(data, 'runtime.json'), text);
      expect(readRuntimeFile(data)).toBeUndefined();
    },
  );
});
