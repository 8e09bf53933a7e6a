import { atLeast, atMost, type Benchmark, figure, type Goal, type Report, table } from '../report.ts';
import { svgOf } from '../svg.ts';
import { type Fairness, fairnessAt, type LoneTenant, loneTenantAt } from './fairness.ts';
import { type Figures, figuresOf, run, type Scenario, type System } from './fleet.ts';
import { BEFORE_ADMISSION, type LoneTracker, loneTracker } from './lone-tracker.ts';
import { PRODUCT } from './product.ts';
import { ONE_TASK, TASK_PER_CALL } from './rivals.ts';
import { knownRate, onboarding, SHAPES, type Shape, seedsFor } from './scenarios.ts';

/** Fewer are for trying the benchmark out. */
const MAX_TRACKERS = Number(process.env.BENCH_FLEET_MAX || 10_000);
const SIZES = [10, 50, 500, 10_000].filter((trackers) => trackers <= MAX_TRACKERS);
const LARGE = Math.min(500, MAX_TRACKERS);
const RIVALS = [TASK_PER_CALL, ONE_TASK];
const COLORS = ['#d62728', '#1f77b4', '#2ca02c'];
/** Beyond this size, a rival's run takes a quarter of an hour: its calls are retried millions of times. */
const MAX_OF_RIVALS = 500;
/** A rival is given up after so many times the limit. */
const PATIENCE = { rival: 5, product: 20 };

/** Trackers, calls a second. */
type Size = readonly [trackers: number, ratePerSecond: number];
const CASES: readonly Size[] = [
  ...SIZES.map((trackers) => [trackers, 5] as const),
  ...[[LARGE, 2] as const, [LARGE, 20] as const],
];

/** The figures of all seeds. */
interface Cell {
  readonly mean: Figures;
  readonly worst: number;
}

export const benchmark: Benchmark = {
  about:
    'Fleets of trackers that are requested at once, under a throttle of Personalize: the requests, tasks, decisions, state machine and sweeper of this ' +
    'service, against loops without it. On a virtual clock, with the simulated Personalize and its token buckets (burst 10).',
  run: async (progress) => {
    const cells = new Map<string, Cell>();
    const cellOf = async (system: System, size: Size, shape: Shape, more: Partial<Scenario> = {}) => {
      const key = JSON.stringify([system.name, size, shape, more]);
      const found = cells.get(key) ?? (await measure(system, size, shape, more));
      if (!cells.has(key)) progress(`${size.join(' at ')}/s, ${shape}, ${system.name}: ${figure(found.mean.ratio)}`);
      cells.set(key, found);
      return found;
    };
    return report(cellOf, progress);
  },
};

type CellOf = (system: System, size: Size, shape: Shape, more?: Partial<Scenario>) => Promise<Cell>;

async function measure(system: System, [trackers, rate]: Size, shape: Shape, more: Partial<Scenario>): Promise<Cell> {
  const patience = system === PRODUCT ? PATIENCE.product : PATIENCE.rival;
  const all: Figures[] = [];
  for (const seed of seedsFor(trackers)) {
    all.push(figuresOf(await run(system, onboarding(trackers, rate, shape, { ...more, patience, seed }))));
  }
  const mean = (of: keyof Figures) => all.reduce((sum, each) => sum + each[of], 0) / all.length;
  return {
    mean: {
      ...{ ratio: mean('ratio'), thrown: mean('thrown'), lagMean: mean('lagMean'), lagP95: mean('lagP95') },
      ...{ writes: mean('writes'), transitions: mean('transitions'), calls: mean('calls') },
      recordBytes: mean('recordBytes'),
      largestRecordBytes: Math.max(...all.map((each) => each.largestRecordBytes)),
    },
    worst: Math.max(...all.map(({ ratio }) => ratio)),
  };
}

async function report(cellOf: CellOf, progress: (line: string) => void): Promise<Report> {
  const goals: Goal[] = [];
  const known = ([, rate]: Size, shape: Shape) => ({ admissionRate: knownRate(rate, shape) });
  for (const size of CASES.filter(([trackers]) => trackers >= 50)) {
    for (const shape of SHAPES) {
      const { mean } = await cellOf(PRODUCT, size, shape, known(size, shape));
      const isOneBucketOf20 = size[1] === 20 && shape === 'shared';
      const name = `fleet: ${size.join(' at ')}/s, ${shape}, rate known`;
      goals.push(atMost(`${name}: time ÷ limit`, mean.ratio, isOneBucketOf20 ? 1.3 : 1.2));
      goals.push(atMost(`${name}: throttled calls`, mean.thrown, 0.05));
    }
  }
  const wrong = CASES.filter(([trackers, rate]) => trackers >= 50 && rate === 5);
  for (const size of wrong) {
    for (const shape of SHAPES) {
      const rates = { 'twice too high': { admissionRate: 2 * knownRate(size[1], shape) }, unknown: {} };
      for (const [title, more] of Object.entries(rates)) {
        const { mean } = await cellOf(PRODUCT, size, shape, more);
        const name = `fleet: ${size.join(' at ')}/s, ${shape}, rate ${title}`;
        goals.push(atMost(`${name}: time ÷ limit`, mean.ratio, 1.25));
        goals.push(atMost(`${name}: throttled calls`, mean.thrown, 0.15));
      }
    }
  }
  const lone: LoneTenant[] = [];
  const shares: Fairness[] = [];
  for (const shape of SHAPES) {
    progress(`a lone tenant, ${shape}`);
    for (const afterMs of [0, 30_000]) lone.push(await loneTenantAt(PRODUCT, shape, afterMs, LARGE));
    shares.push(await fairnessAt(PRODUCT, shape));
  }
  for (const { shape, afterMs, ratio } of lone) {
    goals.push(
      atMost(`fleet: a lone tenant beside ${LARGE}, ${shape}, ${afterMs / 1000} s later: time ÷ alone`, ratio, 2),
    );
  }
  for (const { shape, jain } of shares)
    goals.push(atLeast(`fleet: 20 tenants × 25, ${shape}: Jain's index`, jain, 0.95));
  const idle = await loneTracker(PRODUCT);
  goals.push(
    atMost(
      'fleet: a lone tracker on an idle service: more writes for each call than before admission',
      idle.writes / idle.calls - BEFORE_ADMISSION.writes / BEFORE_ADMISSION.calls,
      1,
    ),
    atMost('fleet: a lone tracker on an idle service: waits without a poll', idle.waitsWithoutPoll, 0),
  );
  const text = `${await comparison(cellOf)}

${await costs(cellOf)}

${fairnessTable(lone, shares)}

${loneTrackerTable(idle)}`;
  return { goals, text, files: { 'fleet/fleet.svg': await picture(cellOf) } };
}

async function comparison(cellOf: CellOf): Promise<string> {
  const rows: string[][] = [];
  for (const size of CASES) {
    const row = [size[0].toLocaleString('en-US'), `${size[1]}/s`];
    for (const shape of SHAPES) {
      row.push(show(await cellOf(PRODUCT, size, shape, { admissionRate: knownRate(size[1], shape) })));
      row.push(show(await cellOf(PRODUCT, size, shape)));
      for (const rival of RIVALS) {
        row.push(size[0] > MAX_OF_RIVALS ? 'not run' : show(await cellOf(rival, size, shape)));
      }
    }
    rows.push(row);
  }
  const systems = ['rate known', 'rate unknown', ...RIVALS.map(({ name }) => name)];
  const head = SHAPES.flatMap((shape) => systems.map((name) => `${shape}: ${name}`));
  return `Time ÷ the limit of the throttle, and the part of the calls that was throttled; with a bucket for each operation, and with a shared one. Means of ${[
    50, 500, 10_000,
  ]
    .map((trackers) => `${seedsFor(trackers).length} (${trackers})`)
    .join(', ')} seeds.

${table(['trackers', 'throttle', ...head], rows)}`;
}

const show = ({ mean: { ratio, thrown } }: Cell): string =>
  Number.isFinite(ratio) ? `${figure(ratio)}; ${percent(thrown)}` : `> ${PATIENCE.rival}; ${percent(thrown)}`;
const percent = (part: number): string => `${figure(part * 100)} %`;

async function costs(cellOf: CellOf): Promise<string> {
  const rows: string[][] = [];
  for (const trackers of SIZES) {
    for (const shape of SHAPES) {
      const { mean, worst } = await cellOf(PRODUCT, [trackers, 5], shape, { admissionRate: knownRate(5, shape) });
      const { lagMean, lagP95, calls, writes, transitions, recordBytes, largestRecordBytes } = mean;
      const figures = [worst, lagMean, lagP95, calls, writes, transitions, recordBytes, largestRecordBytes].map(figure);
      rows.push([trackers.toLocaleString('en-US'), shape, ...figures]);
    }
  }
  const head = ['worst seed', 'lag, mean (s)', 'lag, p95 (s)', 'calls', 'writes', 'transitions', 'bytes', 'largest'];
  return `What a tracker costs this service at 5/s, the rate known: the lag from ACTIVE to its poll, the calls to Personalize with throttled ones, the writes to DynamoDB, the state
transitions, and the bytes of its record when all are ACTIVE, with the largest that a record had at any time. The worst seed is of time ÷ limit.

${table(['trackers', 'buckets', ...head], rows)}`;
}

function fairnessTable(lone: readonly LoneTenant[], shares: readonly Fairness[]): string {
  const rows = [
    ...lone.map(({ shape, afterMs, ratio, worst }) => [
      `one beside ${LARGE}, ${afterMs / 1000} s later: time ÷ its time alone`,
      ...[shape, figure(ratio), figure(worst)],
    ]),
    ...shares.map(({ shape, jain, worst }) => ["20 × 25: Jain's index", shape, figure(jain), figure(worst)]),
  ];
  return `Fairness at 5/s, the rate known. Jain's index is of what each tenant has when half of all trackers are created.

${table(['', 'buckets', 'mean', 'worst seed'], rows)}`;
}

function loneTrackerTable(idle: LoneTracker): string {
  const rowOf = (title: string, { calls, writes, transitions }: LoneTracker) => [
    ...[title, figure(calls), figure(writes), figure(transitions)],
  ];
  return `A lone tracker without a throttle:

${table(['', 'calls', 'writes', 'transitions'], [rowOf('now', idle), rowOf('before admission', BEFORE_ADMISSION)])}`;
}

async function picture(cellOf: CellOf): Promise<string> {
  const systems = [PRODUCT, ...RIVALS];
  const panels = await Promise.all(
    SHAPES.map(async (shape) => ({
      title: shape === 'each' ? 'a bucket for each operation' : 'a shared bucket',
      x: { title: 'trackers at 5 calls/s', ticks: [10, 50, 500, 10_000] },
      y: { title: 'time ÷ limit', ticks: [0.9, 1, 1.2, 1.5, 2, 3, 5] },
      series: await Promise.all(
        systems.map(async (system, index) => ({
          name: system.name,
          color: COLORS[index] ?? 'black',
          line: true,
          points: await Promise.all(
            SIZES.filter((trackers) => system === PRODUCT || trackers <= MAX_OF_RIVALS).map(async (trackers) => {
              const more = system === PRODUCT ? { admissionRate: knownRate(5, shape) } : {};
              return [trackers, (await cellOf(system, [trackers, 5], shape, more)).mean.ratio] as const;
            }),
          ),
        })),
      ),
    })),
  );
  return svgOf('Time divided by the limit of the throttle', panels);
}
