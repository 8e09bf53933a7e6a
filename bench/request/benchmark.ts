import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, type Benchmark, exactly, figure, type Report, table, versionsOf } from '../report.ts';
import { interleaved, summaryOf } from '../statistics.ts';
import { type Bench, startBench } from './measure.ts';
import type { Seen } from './stub.ts';
import { deployedFunctions, rivals, type Variant } from './variants.ts';

/** Fewer are for trying the benchmark out. */
const ROUNDS = Number(process.env.BENCH_ROUNDS || 15);
const OURS = 'POST /event-trackers';
const RIVALS = ['B', 'B′', 'B″', 'R'] as const;
const NAMES = [OURS, ...RIVALS] as const;
type Name = (typeof NAMES)[number];
const PHASES = ['import', 'first', 'warm'] as const;
const TITLES = { import: 'import', first: 'import + first request', warm: 'a warm request' } as const;

const PACKAGES = [
  ...['@aws-sdk/client-dynamodb', '@aws-sdk/client-sfn', '@aws-lambda-powertools/logger', '@middy/core'],
  ...['@smithy/signature-v4', 'esbuild', 'zod'],
];

export const benchmark: Benchmark = {
  about:
    'The deployed bundle of the POST route against bare handlers that make the same two calls: B, the SDK alone, bundled by the ' +
    'defaults of esbuild and minified; B′, the same code as a minified ES module with credentials of the environment only; B″, the same ' +
    'code with all that the bundling of this service does; R, signed requests without a client of the SDK. DynamoDB and Step Functions are a stub in another process. Times are CPU time of fresh processes, in milliseconds.',
  async run(progress) {
    const folder = mkdtempSync(join(tmpdir(), 'event-trackers-bench-'));
    const bench = await startBench(folder);
    try {
      return await compare(bench, folder, progress);
    } finally {
      bench.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function compare(bench: Bench, folder: string, progress: (line: string) => void): Promise<Report> {
  progress('bundling');
  const functions = await deployedFunctions(folder);
  const variants: Readonly<Record<Name, Variant>> = { [OURS]: functions['api-write'], ...(await rivals(folder)) };
  const seen: Partial<Record<Name, Seen>> = {};
  const measured = await interleaved(NAMES, ROUNDS, async (name, round) => {
    if (name === OURS) progress(`round ${round + 1} of ${ROUNDS}`);
    const result = await bench.measure(variants[name]);
    const now = await bench.seen();
    seen[name] ??= now;
    return result;
  });
  const summaries = Object.fromEntries(
    NAMES.map((name) => [
      name,
      Object.fromEntries(PHASES.map((phase) => [phase, summaryOf(measured[name].map((each) => each[phase]))])),
    ]),
  ) as Record<Name, Record<(typeof PHASES)[number], ReturnType<typeof summaryOf>>>;
  const ratio = (phase: (typeof PHASES)[number], rival: Name, name: Name = OURS) =>
    summaries[name][phase].median / summaries[rival][phase].median;
  const callsOf = (name: Name) =>
    Object.values(seen[name]?.calls ?? {}).reduce((sum, count) => sum + count, 0) / bench.requests;
  assertSameCalls(seen);

  const figures = NAMES.map((name) => [
    name,
    Math.round(variants[name].bytes / 1000),
    ...PHASES.flatMap((phase) => {
      const { minimum, median, spread } = summaries[name][phase];
      return [
        `${figure(median)} (${figure(minimum)}; ${Math.round(spread * 100)} %)`,
        `${ratio(phase, 'B', name).toFixed(2)}; ${ratio(phase, 'B′', name).toFixed(2)}`,
      ];
    }),
    callsOf(name),
  ]);
  return {
    goals: [
      atMost('request: import + first request ÷ B', ratio('first', 'B'), 0.75),
      atMost('request: import + first request ÷ B′', ratio('first', 'B′'), 1.2),
      atMost('request: CPU of a warm request ÷ B′', ratio('warm', 'B′'), 1.12),
      exactly('request: AWS calls of a first request without Idempotency-Key', callsOf(OURS), 2),
    ],
    versions: versionsOf(PACKAGES),
    text: `Medians of ${ROUNDS} interleaved runs, with (minimum; distance of the quartiles ÷ median), then the medians ÷ B; ÷ B′.

${table(['', 'KB', ...PHASES.flatMap((phase) => [TITLES[phase], '÷ B; ÷ B′']), 'AWS calls a request'], figures)}

Every function's bundle: its size, and the CPU time of its import beside that of B′.

${await importsOf(bench, functions, variants['B′'], progress)}`,
  };
}

/** @throws Error if the variants do not send the same attributes to the same operations */
function assertSameCalls(seen: Partial<Record<Name, Seen>>): void {
  const shapeOf = (name: Name) =>
    JSON.stringify(
      Object.entries(seen[name]?.latest ?? {})
        .sort()
        .map(([target, body]) => [target, Object.keys(JSON.parse(body)).sort(), itemIn(body)]),
    );
  for (const name of RIVALS) {
    if (shapeOf(name) !== shapeOf(OURS)) throw new Error(`${name} makes other calls than we do: ${shapeOf(name)}`);
  }
}

const itemIn = (body: string): string[] => Object.keys(JSON.parse(body).Item ?? {}).sort();

async function importsOf(
  bench: Bench,
  functions: Readonly<Record<string, Variant>>,
  rival: Variant,
  progress: (line: string) => void,
): Promise<string> {
  const all: Readonly<Record<string, Variant>> = { 'B′': rival, ...functions };
  const loaded = await interleaved(Object.keys(all), ROUNDS, async (name, round) => {
    if (name === 'B′') progress(`imports, round ${round + 1} of ${ROUNDS}`);
    return bench.load(all[name] as Variant);
  });
  const median = (name: string) => summaryOf(loaded[name] ?? []).median;
  return table(
    ['function', 'KB', 'import (minimum; spread)', '÷ B′'],
    Object.entries(all).map(([name, { bytes }]) => {
      const { minimum, spread } = summaryOf(loaded[name] ?? []);
      return [
        name,
        Math.round(bytes / 1000),
        `${figure(median(name))} (${figure(minimum)}; ${Math.round(spread * 100)} %)`,
        (median(name) / median('B′')).toFixed(2),
      ];
    }),
  );
}
