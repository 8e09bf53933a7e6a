import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { DescribeEventTrackerCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalRuntime, startLocalRuntime } from './local-runtime.ts';

const root = resolve(import.meta.dirname, '../..');
let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await startLocalRuntime({ timeScale: 1 });
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

test('the commands of the README, pasted unchanged, end in an event with the tracking ID of Personalize', async () => {
  const readme = readFileSync(`${root}/README.md`, 'utf8');
  const lines = /```sh\n(TOKEN=[\s\S]*?)```/.exec(readme)?.[1];
  if (lines === undefined) throw new Error('the README has no shell block that begins with TOKEN=');
  // The only change is the address of the runtime.
  const pasted = lines.replaceAll('http://127.0.0.1:8787', runtime.apiUrl);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', pasted], {
    cwd: root,
    env: { ...process.env, EVENT_TRACKERS_DATA: runtime.data },
  });
  const [event] = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((line) => line['detail-type'] === 'Event Tracker State Change');
  expect(event.detail.data).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });

  const personalize = new PersonalizeClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { eventTrackerArn, trackingId } = event.detail.data;
  const { eventTracker } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
  expect(eventTracker).toMatchObject({ status: 'ACTIVE', trackingId });
  personalize.destroy();
});
