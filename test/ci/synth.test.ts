import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-synth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npx cdk synth` in the root folder without a profile, an account or a network. */
async function synth(output: string, ...args: string[]) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('npx', ['cdk', 'synth', '--quiet', '--output', join(folder, output), ...args], {
    cwd: ROOT,
    env: {
      // The PATH of a shell: npm has put node_modules/.bin first.
      PATH: PATH.split(':')
        .filter((each) => !each.includes('node_modules'))
        .join(':'),
      HOME,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      https_proxy: 'http://127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk));
  const code = await new Promise((resolved) => child.on('close', resolved));
  return { code, text };
}

const isInThisRun = process.env.SYNTHESIS === 'yes';

test.runIf(isInThisRun)(
  'npx cdk synth works without arguments, account or network, and says that the issuer is a placeholder',
  async () => {
    const { code, text } = await synth('dev');
    expect(code, text).toBe(0);
    const template = JSON.parse(readFileSync(join(folder, 'dev/event-trackers-dev.template.json'), 'utf8'));
    expect(Object.keys(template.Outputs)).toContain('ApiUrl');
    expect(text).toContain('The issuer is a placeholder');
    // CDK's validation against CloudFormation's schemas reports its findings as warnings.
    expect(text).not.toContain('CloudFormation Validate');
    // No context lookup was made in an account, so the template does not depend on who synthesizes it.
    expect(existsSync(join(ROOT, 'cdk.context.json'))).toBe(false);
    const assets = readdirSync(join(folder, 'dev')).filter((name) => name.startsWith('asset.'));
    for (const asset of assets) {
      // The document is in the function that returns it.
      const files = readdirSync(join(folder, 'dev', asset)).filter((file) => file !== 'openapi.json.br');
      const code = files.filter((file) => file.endsWith('.mjs'));
      expect(code).toContain('index.mjs');
      expect(files.sort(), 'code with its source maps, and nothing else').toEqual(
        code.flatMap((file) => [file, `${file}.map`]).sort(),
      );
    }
  },
  150_000,
);

test.runIf(isInThisRun)(
  'an invalid configuration ends synthesis with one line per problem and no stack trace',
  async () => {
    const file = join(folder, 'wrong.json');
    writeFileSync(
      file,
      JSON.stringify({ stage: 'prod', audience: ['a'], tenancy: { pattern: '^[a-z-]+$' }, events: 'yes' }),
    );
    const { code, text } = await synth('wrong', '-c', `config=${file}`);
    expect(code).not.toBe(0);
    expect(text).toContain(`${file} cannot be deployed:\n  events must be true or false\n`);
    expect(text).not.toMatch(/^\s+at /m);
    expect(existsSync(join(folder, 'wrong/manifest.json'))).toBe(false);
  },
  150_000,
);
