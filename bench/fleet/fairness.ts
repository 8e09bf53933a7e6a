import { fairnessOf, fleetOf, type Run, run, type Scenario, type System } from './fleet.ts';
import { knownRate, type Shape, throttleOf } from './scenarios.ts';

const RATE = 5;

/** How much longer one tracker takes beside another tenant's fleet than alone. */
export interface LoneTenant {
  readonly shape: Shape;
  readonly afterMs: number;
  readonly ratio: number;
  readonly worst: number;
}

/** A single tracker has a lot of chance, so this takes more seeds. */
const SEEDS = 6;

/** @param afterMs how long after the fleet's requests the tenant asks */
export async function loneTenantAt(system: System, shape: Shape, afterMs: number, fleet: number): Promise<LoneTenant> {
  const ratios: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const scenario = { throttle: throttleOf(RATE, shape), seed, admissionRate: knownRate(RATE, shape) };
    // First in the list, so that its creation takes as long in both runs.
    const lone = { tenantId: 'lone', group: 'lone-0', afterMs: afterMs + fleet };
    const alone = await run(system, { ...scenario, trackers: [{ ...lone, afterMs: 0 }] });
    const beside = await run(system, { ...scenario, trackers: [lone, ...fleetOf({ acme: fleet })], until: 'lone' });
    ratios.push(timeOf(beside) / timeOf(alone));
  }
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return { shape, afterMs, ratio: mean, worst: Math.max(...ratios) };
}

const timeOf = ({ outcomes }: Run): number => {
  const lone = outcomes.find(({ tenantId }) => tenantId === 'lone');
  return lone === undefined ? Number.POSITIVE_INFINITY : lone.noticedAt - lone.afterMs;
};

export interface Fairness {
  readonly shape: Shape;
  readonly jain: number;
  readonly worst: number;
}

/** 20 tenants who ask for 25 trackers each, one tenant after the other. */
export async function fairnessAt(system: System, shape: Shape): Promise<Fairness> {
  const tenants = Object.fromEntries(Array.from({ length: 20 }, (_, tenant) => [`tenant${tenant}`, 25]));
  const shares: number[] = [];
  for (let seed = 1; seed <= 3; seed += 1) {
    const scenario: Scenario = {
      ...{ trackers: fleetOf(tenants), throttle: throttleOf(RATE, shape) },
      ...{ seed, admissionRate: knownRate(RATE, shape) },
    };
    shares.push(fairnessOf(await run(system, scenario)));
  }
  return { shape, jain: shares.reduce((sum, each) => sum + each, 0) / shares.length, worst: Math.min(...shares) };
}
