import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * `npm run test:ci`: what needs more than npm, installing it and requiring it; then the counts of this and of the `npm test`
 * that ran before it. Exits with 1 when anything failed.
 */
const root = resolve(import.meta.dirname, '../..');
const RESULTS = join(root, 'node_modules/.cache/vitest-results.json');
const DYNOXIDE = '@dynoxide/linux-x64@1.2.1';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-ci-'));
let failed = 0;
let passed = 0;

/** Adds a run's counts; one that left no results, or ran no test, has failed. */
function count(file: string): void {
  const results = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number; success: boolean })
    : undefined;
  if (!results || results.numPassedTests === 0) {
    console.error(`${file}: no test ran`);
    failed++;
    return;
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  if (!results.success && results.numFailedTests === 0) failed++;
}

function run(command: string, args: readonly string[], environment: Record<string, string> = {}): boolean {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
  return status === 0;
}

/** The store's suite on the second DynamoDB engine: a binary in an npm package of one platform, so no dependency of everybody. */
function secondEngine(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `the second DynamoDB engine runs on Linux x64 only, not on ${process.platform} ${process.arch}: left out`,
    );
    return;
  }
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, DYNOXIDE])) {
    failed++;
    return;
  }
  const results = join(folder, 'store.json');
  run('npx', ['vitest', 'run', 'test/contract/store.test.ts'], {
    VITEST_RESULTS: results,
    DYNOXIDE: join(folder, 'node_modules/@dynoxide/linux-x64/dynoxide'),
  });
  count(results);
  const ran = existsSync(results) && readFileSync(results, 'utf8').includes('the store: dynoxide over the wire');
  if (!ran) {
    console.error('the store was not tested on dynoxide');
    failed++;
  }
}

try {
  count(RESULTS);
  secondEngine();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
