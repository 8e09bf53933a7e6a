import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, type Benchmark, exactly, figure, type Report, table, versionsOf } from '../report.ts';
import { quantile, summaryOf } from '../statistics.ts';
import { burst, killedInProgress, latencies, type Phases, restarts, throughput, timeToReady } from './phases.ts';

/** Fewer are for trying the benchmark out. */
const MANY = Number(process.env.BENCH_LOCAL_TRACKERS || 5000);
const FEW = Math.min(50, MANY);
/** Each that a starting runtime takes over costs it the same, so a part of them shows it. */
const IN_PROGRESS = Math.min(500, MANY);
const STARTS = 5;
const THROUGHPUT = { rounds: 5, perRound: 100 } as const;
const LATENCY = { rounds: 10, perRound: 12 } as const;

const PACKAGES = ['aws-local-stepfunctions', 'classic-level', 'dynalite'];

export const benchmark: Benchmark = {
  about:
    'The local runtime, as `npm start` runs it, with waits and creations that take no time: how soon it is ready, how many requests it takes, and what ' +
    `${figure(MANY)} trackers change. The rival is dynalite alone, which takes conditional puts of the same items from the same client, in turns.`,
  async run(progress) {
    const folder = mkdtempSync(join(tmpdir(), 'event-trackers-bench-'));
    try {
      return await measure({ folder, progress });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(phases: Phases): Promise<Report> {
  const ready = await timeToReady(phases, STARTS);
  const { posts, active, puts } = await throughput(phases, THROUGHPUT.rounds, THROUGHPUT.perRound);
  const all = await burst(phases, MANY);
  const { few, many } = await latencies(phases, FEW, all.runtime, LATENCY.rounds, LATENCY.perRound);
  const again = await restarts(all.runtime, STARTS);
  const killed = await killedInProgress(phases, IN_PROGRESS);

  const p95 = (values: readonly number[]) => quantile(values, 0.95);
  const growth = (of: 'post' | 'list') => p95(many[of]) / p95(few[of]);
  const median = (values: readonly number[]) => summaryOf(values).median;
  return {
    goals: [
      atMost('local: seconds until a new runtime is ready', median(ready), 3),
      exactly(`local: lost of ${MANY} trackers that were requested at the same time`, all.lost, 0),
      atMost(`local: p95 of a request beside ${MANY} trackers ÷ beside ${FEW}`, growth('post'), 2),
      atMost(`local: p95 of a list beside ${MANY} trackers ÷ beside ${FEW}`, growth('list'), 2),
      atMost(`local: seconds until it is ready after a kill with ${MANY} trackers`, median(again), 3),
      atMost(`local: seconds until it is ready after a kill with ${IN_PROGRESS} in progress`, killed.readySeconds, 3),
      exactly(`local: lost of ${IN_PROGRESS} in progress after that kill`, killed.lost, 0),
      atMost(`local: MB of memory with ${MANY} trackers`, all.memory.now, 500),
    ],
    versions: versionsOf(PACKAGES),
    text: `Of ${THROUGHPUT.rounds} rounds of ${THROUGHPUT.perRound} requests on 50 connections, in turns:

${table(
  ['', 'median a second', 'minimum; spread', '÷ dynalite'],
  (
    [
      ['POST /event-trackers, until the 202', posts],
      ['trackers, until they are ACTIVE and their events published', active],
      ['conditional puts of dynalite', puts],
    ] as const
  ).map(([name, values]) => {
    const { minimum, spread } = summaryOf(values);
    return [
      name,
      figure(median(values)),
      `${figure(minimum)}; ${Math.round(spread * 100)} %`,
      (median(values) / median(puts)).toFixed(3),
    ];
  }),
)}

${MANY} trackers requested at the same time, each on a connection of its own: accepted after ${figure(all.seconds.accepted)} s, ACTIVE after ${figure(all.seconds.active)} s (${figure(MANY / all.seconds.active)} a second).
The memory of the process was ${figure(all.memory.now)} MB then, and ${figure(all.memory.peak)} MB at most.

Single requests, in turns, in milliseconds:

${table(
  ['', `beside ${FEW}: median`, 'p95', `beside ${MANY}: median`, 'p95'],
  (['post', 'list'] as const).map((of) => [
    of === 'post' ? 'POST of a new tracker' : 'GET of a page of 100, or of all if they are fewer',
    ...[few, many].flatMap((side) => [figure(median(side[of])), figure(p95(side[of]))]),
  ]),
)}

Seconds from \`npm start\` until the runtime is ready:

${table(
  ['', 'median', 'minimum; maximum'],
  (
    [
      ['with a new data folder', ready],
      [`after a kill, with ${MANY} ACTIVE trackers`, again],
      [`after a kill, with ${IN_PROGRESS} in progress`, [killed.readySeconds]],
    ] as const
  ).map(([name, values]) => [
    name,
    figure(median(values)),
    `${figure(Math.min(...values))}; ${figure(Math.max(...values))}`,
  ]),
)}`,
  };
}
