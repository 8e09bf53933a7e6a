import type { ThrottleSettings } from '../../infra/local/personalize/throttle.ts';
import { logNormal, seededRandom } from '../random.ts';
import { quantile } from '../statistics.ts';
import { VirtualClock } from './clock.ts';
import { limitMs } from './limit.ts';
import { groupArn, ThrottledPersonalize } from './personalize.ts';
import { TIMING } from './timing.ts';

/** A request for a tracker. */
export interface Asked {
  readonly tenantId: string;
  readonly group: string;
  /** Milliseconds after the first request. */
  readonly afterMs: number;
}

/** What a system has to onboard, and under which throttle. */
export interface Scenario {
  readonly trackers: readonly Asked[];
  readonly throttle: ThrottleSettings | undefined;
  readonly seed: number;
  /** Trackers a second that the deployment is set to; absent: its default. Rivals have no such setting. */
  readonly admissionRate?: number;
  /** A run that takes longer than this many times the limit is ended. */
  readonly patience?: number;
  /** The run ends when the trackers of this tenant are known to be ACTIVE. */
  readonly until?: string;
}

/** Where a system runs. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly personalize: ThrottledPersonalize;
  /** Reports that the system knows a tracker to be ACTIVE. */
  noticed(group: string): void;
}

/** What a system has cost in a run. */
export interface Costs {
  /** Of DynamoDB. */
  readonly writes: number;
  readonly transitions: number;
  /** Wait states that were entered. */
  readonly waits: number;
  /** Of the records as DynamoDB stores them: the mean at the end, and the largest at any time. */
  readonly recordBytes: { readonly mean: number; readonly largest: number };
}

/** How trackers are onboarded: the product, or another loop. */
export interface System {
  readonly name: string;
  /** Makes the requests, each in its time. */
  start(scenario: Scenario, surroundings: Surroundings): Started;
}
export interface Started {
  /** So far. */
  costs(): Costs;
  /** Whether nothing is left to do. */
  isIdle(): boolean;
}

/** What happened to a tracker, in milliseconds after the first request. */
export interface Outcome extends Asked {
  readonly createdAt: number;
  readonly noticedAt: number;
  readonly lagMs: number;
}

/** Calls to Personalize. Polls are calls of DescribeEventTracker. */
export interface Calls {
  readonly made: number;
  readonly throttled: number;
  readonly polls: number;
}

export interface Run {
  /** In the order of the requests; those that were not noticed in time are missing. */
  readonly outcomes: readonly Outcome[];
  /** From the first request until the last tracker is known to be ACTIVE, in milliseconds; infinite if the run was ended before. */
  readonly timeMs: number;
  readonly limitMs: number;
  readonly calls: Calls;
  readonly costs: Costs;
}

/** A fleet: this many trackers for each tenant, all requested at once, by one tenant after the other. */
export const fleetOf = (tenants: Readonly<Record<string, number>>): Asked[] =>
  Object.entries(tenants)
    .flatMap(([tenantId, count]) => Array.from({ length: count }, (_, n) => ({ tenantId, group: `${tenantId}-${n}` })))
    .map((asked, index) => ({ ...asked, afterMs: index }));

/** Runs a system on a virtual clock. The creation times are the same for each system. */
export async function run(system: System, scenario: Scenario): Promise<Run> {
  const { trackers, throttle, seed, patience = 20, until } = scenario;
  const clock = new VirtualClock();
  const began = clock.time;
  const creations = seededRandom(seed);
  const creationMs = trackers.map(() => logNormal(creations, 15_000, 60_000));
  const creationOf = new Map(trackers.map(({ group }, index) => [groupArn(group), creationMs[index] ?? 0]));
  const random = seededRandom(seed + 1);
  const personalize = new ThrottledPersonalize(
    trackers.map(({ group }) => group),
    (group) => creationOf.get(group) ?? 0,
    throttle,
    { clock, random, callMs: TIMING.callMs },
  );
  const noticedAt = new Map<string, number>();
  const awaited = new Set(trackers.flatMap(({ tenantId, group }) => (tenantId === (until ?? tenantId) ? [group] : [])));
  const noticed = (group: string) => {
    if (!noticedAt.has(group)) noticedAt.set(group, clock.time);
    awaited.delete(group);
  };
  const started = system.start(scenario, { clock, random, personalize, noticed });
  const limit = throttle === undefined ? Math.max(...creationMs) : limitMs(creationMs, throttle, throttle.shared);
  const end = began + patience * limit;
  await clock.run(() => clock.time > end || (awaited.size === 0 && (until !== undefined || started.isIdle())));

  const outcomes = trackers.flatMap((asked): Outcome[] => {
    const arn = groupArn(asked.group);
    const at = noticedAt.get(asked.group);
    const createdAt = personalize.createdAt.get(arn);
    if (at === undefined || createdAt === undefined) return [];
    const lagMs = at - createdAt - Math.round(creationOf.get(arn) ?? 0);
    return [{ ...asked, createdAt: createdAt - began, noticedAt: at - began, lagMs }];
  });
  const isComplete = outcomes.length === trackers.length;
  return {
    outcomes,
    timeMs: isComplete ? Math.max(...outcomes.map((each) => each.noticedAt)) : Number.POSITIVE_INFINITY,
    limitMs: limit,
    calls: { ...personalize.calls },
    costs: started.costs(),
  };
}

export interface Figures {
  /** Time ÷ the limit of the throttle. */
  readonly ratio: number;
  /** Throttled calls ÷ all calls. */
  readonly thrown: number;
  readonly lagMean: number;
  readonly lagP95: number;
  /** For each tracker. */
  readonly writes: number;
  readonly transitions: number;
  readonly calls: number;
  /** Of its record, when the run ends. */
  readonly recordBytes: number;
  /** Of the largest record, at any time. */
  readonly largestRecordBytes: number;
}

/** Times in seconds. */
export function figuresOf({ outcomes, timeMs, limitMs: limit, calls, costs }: Run): Figures {
  const count = outcomes.length;
  const lags = outcomes.map(({ lagMs }) => lagMs / 1000);
  return {
    ratio: timeMs / limit,
    thrown: calls.made === 0 ? 0 : calls.throttled / calls.made,
    lagMean: lags.reduce((sum, each) => sum + each, 0) / count,
    lagP95: count === 0 ? Number.NaN : quantile(lags, 0.95),
    writes: costs.writes / count,
    transitions: costs.transitions / count,
    calls: calls.made / count,
    recordBytes: costs.recordBytes.mean,
    largestRecordBytes: costs.recordBytes.largest,
  };
}

/** Jain's index of shares: 1 if all are equal, 1 ÷ their number if one has all. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

/** The fairness among tenants while all of them wait: Jain's index of what each has when half of all trackers are created. */
export function fairnessOf({ outcomes }: Run): number {
  const half = quantile(
    outcomes.map(({ createdAt }) => createdAt),
    0.5,
  );
  const shares = Map.groupBy(outcomes, ({ tenantId }) => tenantId);
  return jainIndex([...shares.values()].map((of) => of.filter(({ createdAt }) => createdAt <= half).length));
}
