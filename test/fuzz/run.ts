import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** `npm run test:fuzz -- [--runs N] [--seed N]`: 20,000 requests by default. Exits with 1 if a response is wrong. */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const root = resolve(import.meta.dirname, '../..');
// .ci/run counts the results of `npm test`, so this run must not write a result file.
const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/fuzz/fuzz.test.ts', '--reporter=default'];
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: values.runs, ...(values.seed && { FUZZ_SEED: values.seed }) },
});
process.exitCode = status ?? 1;
