import { parseArgs } from 'node:util';
import { type Benchmark, type Goal, sectionOf, writeResults } from './report.ts';

/**
 * `npm run bench:NAME` runs one benchmark, `npm run bench` all of them. It prints the result, and writes it to bench/RESULTS.md. With
 * `--json` it prints the goals only, as JSON, and writes nothing. It exits with 1 if a goal does not hold.
 */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  request: () => import('./request/benchmark.ts'),
  fleet: () => import('./fleet/benchmark.ts'),
  local: () => import('./local/benchmark.ts'),
  polling: () => import('./polling/benchmark.ts'),
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const goals: Goal[] = [];
for (const name of names) {
  const load = BENCHMARKS[name];
  if (load === undefined) {
    throw new Error(`There is no benchmark ${name}: it must be one of ${Object.keys(BENCHMARKS).join(', ')}.`);
  }
  const { benchmark } = await load();
  const started = performance.now();
  const report = await benchmark.run((line) => console.error(`bench:${name}: ${line}`));
  goals.push(...report.goals);
  if (values.json) continue;
  const section = sectionOf(benchmark.about, report, (performance.now() - started) / 1000);
  writeResults(name, section, report.files);
  console.log(`## bench:${name}\n\n${section}\n`);
}
if (values.json) console.log(JSON.stringify({ goals }));
if (!goals.every(({ holds }) => holds)) process.exitCode = 1;
