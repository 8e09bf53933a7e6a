import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { spawnRuntime } from './spawn-runtime.ts';

/**
 * data-folder.test.ts runs this in its own mount namespace. The argument is the path of a small file system. Creates trackers
 * until the disk is full and the runtime exits, frees the disk, restarts the runtime and reads the accepted trackers. Prints one
 * JSON object per round.
 */
const [folder = ''] = process.argv.slice(2);
const data = join(folder, 'data');
const filler = join(folder, 'filler');

/** Fills the disk in pages of 4 KB until `leave` bytes are free. */
function fillDisk(leave: number): void {
  const reserve = join(folder, 'reserve');
  writeAll(reserve, leave);
  writeAll(filler, Number.POSITIVE_INFINITY);
  rmSync(reserve);
}

function writeAll(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096);
  try {
    for (let written = 0; written < bytes; written += page.length) writeSync(file, page);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}

const accepted: string[] = [];
for (const leave of [0, 12_288, 40_960]) {
  const full = await spawnRuntime(data);
  const exited = once(full.child, 'exit');
  const headers = {
    authorization: `Bearer ${await mintToken(join(data, 'identity'), { tenant: 'acme', scopes: ['read', 'write'], expiresInSeconds: 3600 })}`,
    'content-type': 'application/json',
  };
  fillDisk(leave);
  const unclear: number[] = [];
  for (let n = 0; full.child.exitCode === null; n += 1) {
    const body = JSON.stringify({
      name: 'shop',
      datasetGroupArn: `arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-${leave}-${n}`,
      clientContext: 'x'.repeat(1000),
    });
    try {
      const answer = await fetch(`${full.apiUrl}/event-trackers`, { method: 'POST', headers, body });
      if (answer.status === 202) accepted.push(((await answer.json()) as { trackerId: string }).trackerId);
      else unclear.push(answer.status);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      break;
    }
  }
  const [code] = await exited;
  rmSync(filler);
  const again = await spawnRuntime(data);
  const lost = [];
  for (const trackerId of accepted) {
    const answer = await fetch(`${again.apiUrl}/event-trackers/${trackerId}`, { headers });
    if (answer.status !== 200) lost.push(trackerId);
  }
  again.child.kill('SIGTERM');
  await once(again.child, 'exit');
  console.log(JSON.stringify({ leave, code, accepted: accepted.length, lost, unclear, output: full.output() }));
}
