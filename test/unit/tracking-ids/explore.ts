import { setImmediate as settled } from 'node:timers/promises';
import { keepTrackingId } from '../../../functions/tracking-ids/keep-tracking-id.ts';
import { createWorld, expectedPaths } from './world.ts';

/** One thing that happens next: a delivery makes its next call, dies, or a write that it had sent takes effect after its death. */
type Choice = `step ${number}` | `crash ${number}` | `late ${number}`;

export interface Exploration {
  readonly states: number;
  readonly ends: number;
  /** The first schedule that ends with other paths than `expectedPaths`, with them. */
  readonly violation?: { readonly schedule: readonly Choice[]; readonly paths: Readonly<Record<string, string>> };
}

export interface Scenario {
  /** Events that were handled before. */
  readonly before?: readonly unknown[];
  readonly events: readonly unknown[];
  /** How many deliveries may die. */
  readonly crashes: number;
}

interface Pending {
  readonly name: string;
  readonly effect: () => unknown;
  readonly answer: (result: unknown) => void;
}
interface Delivery {
  readonly event: unknown;
  pending?: Pending;
  /** What it has seen so far: together with its event, its whole state. */
  seen: string;
  isDone: boolean;
}

/**
 * Runs the deliveries of these events in every interleaving of their calls. A delivery that dies is repeated, as Lambda does; a write that it
 * had sent may still take effect until then. Runs that lead to the same state are continued once.
 */
export async function explore({ before = [], events, crashes }: Scenario): Promise<Exploration> {
  const expected = JSON.stringify(sorted(expectedPaths([...before, ...events])));
  const visited = new Set<string>();
  const stack: (readonly Choice[])[] = [[]];
  let ends = 0;
  for (let schedule = stack.pop(); schedule !== undefined; schedule = stack.pop()) {
    const { key, choices, paths } = await run({ before, events, crashes }, schedule);
    if (visited.has(key)) continue;
    visited.add(key);
    for (const choice of choices) stack.push([...schedule, choice]);
    if (choices.length > 0) continue;
    ends += 1;
    if (JSON.stringify(sorted(paths)) !== expected)
      return { states: visited.size, ends, violation: { schedule, paths } };
  }
  return { states: visited.size, ends };
}

const sorted = (paths: Readonly<Record<string, string>>) => Object.entries(paths).sort();

async function run({ before, events, crashes }: Required<Scenario>, schedule: readonly Choice[]) {
  const world = createWorld();
  for (const event of before) await keepTrackingId(world.dependencies(), event);
  const deliveries: Delivery[] = [];
  const late = new Map<number, () => unknown>();
  const start = (event: unknown) => {
    const delivery: Delivery = { event, seen: '', isDone: false };
    deliveries.push(delivery);
    const dependencies = world.dependencies(
      (name, effect) =>
        new Promise((resolve) => {
          delivery.pending = { name, effect, answer: resolve as (result: unknown) => void };
        }),
    );
    void keepTrackingId(dependencies, event).then(() => {
      delivery.isDone = true;
    });
  };
  for (const event of events) start(event);
  await settled();

  let left = crashes;
  for (const choice of schedule) {
    const [kind, number] = choice.split(' ');
    const index = Number(number);
    const delivery = deliveries[index];
    if (delivery === undefined) throw new Error(`There is no delivery ${index}.`);
    const { pending } = delivery;
    delete delivery.pending;
    if (kind === 'late') {
      late.get(index)?.();
      late.delete(index);
    } else if (kind === 'crash') {
      left -= 1;
      delivery.isDone = true;
      const isLate = pending?.name.startsWith('paths.') ?? false;
      if (isLate && pending !== undefined) late.set(index, pending.effect);
      // What it did no longer matters, except for what may still take effect.
      delivery.seen = isLate ? `dead after ${delivery.seen}` : 'dead';
      start(delivery.event);
    } else if (pending !== undefined) {
      // A repetition starts only after the time in which a write of the dead delivery can still take effect.
      if (index >= events.length && delivery.seen === '') late.clear();
      const result = pending.effect();
      delivery.seen += `${pending.name} ${JSON.stringify(result)};`;
      pending.answer(result);
    }
    await settled();
  }
  const choices = deliveries.flatMap(({ pending, isDone }, index): Choice[] => {
    if (isDone || pending === undefined) return late.has(index) ? [`late ${index}`] : [];
    return [`step ${index}`, ...(left > 0 ? ([`crash ${index}`] as const) : [])];
  });
  const key = JSON.stringify([
    world.state(),
    deliveries.map(({ seen, isDone }) => [seen, isDone]),
    left,
    [...late.keys()],
  ]);
  return { key, choices, paths: world.paths() };
}
