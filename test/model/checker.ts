import { keyOf } from './canonical.ts';
import { remembering } from './remember.ts';
import { brokenIn, isRightEnd } from './rules.ts';
import { firstWorld, steps } from './steps.ts';
import { formatStory } from './story.ts';
import type { Model, Scenario, World } from './world.ts';

export interface Checked {
  readonly states: number;
  readonly transitions: number;
  /** Steps from the first state to the farthest. */
  readonly depth: number;
  /** False: the bound was reached before everything was seen. */
  readonly complete: boolean;
  /** The shortest way to a broken rule, step by step. */
  readonly violation?: { readonly rule: string; readonly story: string };
}

/** A list of numbers that grows without boxing them. */
class Numbers {
  #values = new Int32Array(1 << 16);
  length = 0;
  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }
  at(index: number): number {
    return this.#values[index] ?? -1;
  }
}

/**
 * Every state of a scenario, breadth first. In each the rules must hold; then, backwards over the steps that are no faults and
 * no new requests: from each the right end must be reachable. Deterministic; the first violation found is a shortest one.
 * @param maxStates where to stop; the way back is then not searched
 */
export function check(code: Model, scenario: Scenario, maxStates: number): Checked {
  const model = remembering(code);
  const first = firstWorld(scenario);
  const indexOf = new Map<string, number>([[keyOf(first, scenario), 0]]);
  // Only the states that are still to be visited are kept whole; the others can be found again by their way.
  const worlds: (World | undefined)[] = [first];
  const parents = new Numbers();
  const choices = new Numbers();
  const depths = new Numbers();
  const from = new Numbers();
  const to = new Numbers();
  const rightEnds = new Numbers();
  parents.push(-1);
  choices.push(-1);
  depths.push(0);
  let transitions = 0;
  let complete = true;
  let broken: { rule: string; at: number } | undefined;

  for (let index = 0; index < worlds.length && broken === undefined; index++) {
    const world = worlds[index];
    if (world === undefined) continue;
    worlds[index] = undefined;
    if (isRightEnd(world)) rightEnds.push(index);
    let choice = -1;
    steps(model, world, scenario, (_say, next, fault) => {
      choice++;
      transitions++;
      if (broken) return;
      const key = keyOf(next, scenario);
      let target = indexOf.get(key);
      // A broken step may lead to a state that is known, and was right when it was reached otherwise.
      if (target === undefined || next.broken !== undefined) {
        if (worlds.length >= maxStates && next.broken === undefined) {
          complete = false;
          return;
        }
        target = worlds.length;
        indexOf.set(key, target);
        worlds.push(next);
        parents.push(index);
        choices.push(choice);
        depths.push(depths.at(index) + 1);
        const rule = brokenIn(next);
        if (rule !== undefined) broken = { rule, at: target };
      }
      if (!fault && target !== index) {
        from.push(index);
        to.push(target);
      }
    });
  }

  if (broken === undefined && complete) {
    const lost = firstLost(worlds.length, from, to, rightEnds);
    if (lost !== undefined) broken = { rule: 'the right end can not be reached any more', at: lost };
  }
  const counts = { states: worlds.length, transitions, depth: depths.at(worlds.length - 1), complete };
  if (broken === undefined) return counts;
  const way: number[] = [];
  for (let at = broken.at; at > 0; at = parents.at(at)) way.unshift(choices.at(at));
  return { ...counts, violation: { rule: broken.rule, story: formatStory(model, scenario, way, broken.rule) } };
}

/** The first state, in the order of their discovery, from which no right end can be reached. */
function firstLost(count: number, from: Numbers, to: Numbers, rightEnds: Numbers): number | undefined {
  // The edges by their target, as one array with the places where each target's begin.
  const begins = new Int32Array(count + 1);
  for (let edge = 0; edge < to.length; edge++) begins[to.at(edge) + 1] = (begins[to.at(edge) + 1] ?? 0) + 1;
  for (let index = 0; index < count; index++) begins[index + 1] = (begins[index + 1] ?? 0) + (begins[index] ?? 0);
  const fill = begins.slice();
  const sources = new Int32Array(to.length);
  for (let edge = 0; edge < to.length; edge++) {
    const target = to.at(edge);
    const place = fill[target] ?? 0;
    sources[place] = from.at(edge);
    fill[target] = place + 1;
  }
  const reaches = new Uint8Array(count);
  const queue: number[] = [];
  for (let index = 0; index < rightEnds.length; index++) {
    reaches[rightEnds.at(index)] = 1;
    queue.push(rightEnds.at(index));
  }
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (let edge = begins[index] ?? 0; edge < (begins[index + 1] ?? 0); edge++) {
      const source = sources[edge] ?? 0;
      if (reaches[source]) continue;
      reaches[source] = 1;
      queue.push(source);
    }
  }
  const lost = reaches.indexOf(0);
  return lost === -1 ? undefined : lost;
}
