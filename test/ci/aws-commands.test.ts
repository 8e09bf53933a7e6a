import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

/*
 * Run by `npm run test:ci`. The AWS CLI checks the names and parameters of every command in the documents for on-call engineers.
 * Every accepted command then fails to connect, because nothing listens at the endpoint.
 */
const ROOT = resolve(import.meta.dirname, '../..');
const CLI = process.env.AWS_CLI;

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-aws-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Replaces `aws` on the PATH: writes the last line of the AWS CLI's output to a file and prints a sample answer. */
const WRAPPER = `#!/bin/bash
output=$(timeout 60 '${CLI}' --cli-connect-timeout 1 "$@" 2>&1)
echo "$(echo "$*" | tr '\\n' ' ') => $(echo "$output" | tail -1)" >> '${join(folder, 'results')}'
echo arn:aws:service:us-east-1:123456789012:answer
`;
/** Replaces other programs and sets the variables that a reader would have. */
const PRELUDE = `
sleep() { :; }
npx() { :; }
npm() { :; }
curl() { :; }
zip() { :; }
TRACKER_ID=et-1 DATASET_GROUP_ARN=arn RULE=rule POINT=2026-01-01T00:00:00Z FROM=2026-01-01T00:00:00Z TO=2026-01-01T01:00:00Z
`;

async function run(document: string): Promise<string[]> {
  const blocks = [...readFileSync(join(ROOT, 'docs', document), 'utf8').matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)];
  writeFileSync(join(folder, 'aws'), WRAPPER);
  chmodSync(join(folder, 'aws'), 0o755);
  writeFileSync(join(folder, 'results'), '');
  // The CLI checks that the file is a ZIP archive; this one is empty.
  writeFileSync(join(folder, 'trigger.zip'), Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]));
  const child = spawn('bash', ['--norc', '-c', PRELUDE + blocks.map(([, commands]) => commands).join('\n')], {
    cwd: folder,
    stdio: 'ignore',
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: process.env.HOME,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  await new Promise((resolved) => child.on('close', resolved));
  return readFileSync(join(folder, 'results'), 'utf8').split('\n').filter(Boolean);
}

describe.skipIf(CLI === undefined)('the AWS CLI accepts the commands of', () => {
  test.each([
    ['deploy.md', 23],
    ['operations.md', 35],
  ])('docs/%s', { timeout: 300_000 }, async (document, least) => {
    const results = await run(document);
    expect(results.length).toBeGreaterThan(least);
    for (const result of results) expect(result).toContain('Could not connect to the endpoint URL');
  });
});
