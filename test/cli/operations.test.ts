import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProgress } from '../../cli/progress.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { bareEnvironment, jsonOf } from './binary.ts';
import { inProcess } from './in-process.ts';
import { arnOf, type Service, startService } from './service.ts';

let service: Service;
let environment: Record<string, string>;
beforeAll(async () => {
  service = await startService();
  const scopes = ['read', 'write', 'platform'];
  const token = await mintToken(join(service.runtime.data, 'identity'), { scopes, expiresInSeconds: 3600 });
  environment = { EVENT_TRACKERS_ENDPOINT_URL: service.runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
});
afterAll(() => service.end());

const run = (args: readonly string[]) => inProcess(args, environment);
const FILTER = ['--failure-codes', 'DATASET_GROUP_NOT_FOUND', 'CONFLICT'];

describe('retry-event-trackers', () => {
  beforeAll(async () => {
    for (const name of ['one', 'two']) {
      const args = ['create-event-tracker', '--name', name, '--dataset-group-arn', arnOf(`acme-${name}`), '--wait'];
      expect((await service.run(args)).code).toBe(254);
    }
  });

  test('--dry-run counts; --wait retries, shows the progress on stderr and prints the operation', async () => {
    expect(jsonOf(await run(['retry-event-trackers', ...FILTER, '--dry-run']))).toEqual({ matched: 2 });
    const none = ['--tenant-ids', 'globex', 'umami', '--since', '2026-01-01T00:00:00Z', '--max-retries', '5'];
    expect(jsonOf(await run(['retry-event-trackers', ...FILTER, ...none, '--dry-run']))).toEqual({ matched: 0 });
    const ended = await run(['retry-event-trackers', ...FILTER, '--wait', '--timeout', '60']);
    const { operation } = jsonOf(ended);
    expect(operation).toMatchObject({ status: 'COMPLETED', counts: { matched: 2, retried: 2, remaining: 0 } });
    expect(ended.stderr).toContain(`${operation.operationId}: PENDING`);
    expect(ended.stderr).toContain('COMPLETED, 2 of 2: 2 retried, 0 skipped, 0 failed');
    // Lines, and no bar, where nobody watches.
    expect(ended.stderr).not.toContain('[#');
    expect(ended.stderr).not.toContain('\u001b');

    const id = ['--operation-id', operation.operationId];
    expect(jsonOf(await run(['describe-operation', ...id]))).toEqual({ operation });
    expect((await run(['wait', 'operation-ended', ...id])).code).toBe(0);
    expect(jsonOf(await run(['cancel-operation', ...id]))).toEqual({ operation });
    const listed = jsonOf(await run(['list-operations', '--max-items', '1']));
    expect(listed.operations).toEqual([operation]);
  });

  test('the same --idempotency-key meets the same operation', async () => {
    const keyed = ['retry-event-trackers', ...FILTER, '--idempotency-key', 'repair'];
    const first = jsonOf(await run(keyed));
    const again = jsonOf(await run(keyed));
    expect(again.operation.operationId).toBe(first.operation.operationId);
  });

  test('needs failures, of which there are only some, and an operation’s id', async () => {
    expect((await run(['retry-event-trackers'])).stderr).toContain('--failure-codes');
    expect((await run(['retry-event-trackers', '--failure-codes', 'DENIED'])).code).toBe(252);
    expect((await run(['describe-operation', '--operation-id', 'et-1'])).code).toBe(252);
    const unknown = await run(['cancel-operation', '--operation-id', `op-${'a'.repeat(26)}`]);
    expect([unknown.code, unknown.stderr]).toEqual([254, expect.stringContaining('(NOT_FOUND)')]);
    expect((await service.run(['list-operations'])).stderr).toContain('(FORBIDDEN)');
  });
});

test('Ctrl-C ends the wait only, and says how to watch or cancel the operation', async () => {
  // Nothing matches until the run plans it, within five seconds: there is time to interrupt the wait.
  const bin = join(import.meta.dirname, '../../bin/event-trackers.js');
  const child = spawn(process.execPath, [bin, 'retry-event-trackers', ...FILTER, '--wait'], {
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // A second signal would end it immediately.
    if (stderr === '') child.kill('SIGINT');
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect(code, stderr).toBe(130);
  const operationId = /op-[a-z2-7]{26}/.exec(stderr)?.[0] ?? '';
  expect(stderr).toContain(`event-trackers wait operation-ended --operation-id ${operationId}`);
  expect(stderr).toContain(`event-trackers cancel-operation --operation-id ${operationId}`);
  expect(jsonOf(await run(['describe-operation', '--operation-id', operationId])).operation.status).not.toBe(
    'CANCELED',
  );
});

test('on a terminal the progress has a bar', async () => {
  let text = '';
  const terminal = {
    isTTY: true,
    columns: 80,
    write: (some: string) => {
      text += some;
      return true;
    },
    cursorTo: () => {},
    clearLine: () => {},
    moveCursor: () => {},
    on: () => {},
    off: () => {},
  };
  const streams = { stdout: terminal, stderr: terminal } as never;
  const progress = await startProgress('op-1', streams, { TERM: 'xterm' }, 'off');
  progress.update('RUNNING, 12 of 24', 0.5);
  await expect.poll(() => text, { timeout: 5000 }).toContain('[############------------] RUNNING, 12 of 24');
  progress.stop();
});
