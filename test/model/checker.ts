import { keyOf } from './canonical.ts';
import { remembering } from './remember.ts';
import { brokenIn, isExpectedEnd } from './rules.ts';
import { firstWorld, steps } from './steps.ts';
import { formatStory } from './story.ts';
import type { Model, Scenario, World } from './world.ts';

export interface Checked {
  readonly states: number;
  readonly transitions: number;
  /** The number of steps from the first state to the farthest one. */
  readonly depth: number;
  /** False if the limit was reached before all states were explored. */
  readonly complete: boolean;
  /** The shortest path to a broken rule, step by step. */
  readonly violation?: { readonly rule: string; readonly story: string };
}

/** A growing list of unboxed numbers. */
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
 * Explores every state of a scenario, breadth first. The rules must hold in each state. Then a backward search, which ignores faults and
 * new requests, checks that each state can reach the expected end state. Deterministic; the first violation found is a shortest one.
 * @param maxStates where to stop; the backward search is then skipped
 */
export function check(code: Model, scenario: Scenario, maxStates: number): Checked {
  const model = remembering(code);
  const first = firstWorld(scenario);
  const indexOf = new Map<string, number>([[keyOf(first, scenario), 0]]);
  // Only unvisited states are kept whole. The path to any other state is enough to rebuild it.
  const worlds: (World | undefined)[] = [first];
  const parents = new Numbers();
  const choices = new Numbers();
  const depths = new Numbers();
  const from = new Numbers();
  const to = new Numbers();
  const endStates = new Numbers();
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
    if (isExpectedEnd(world, scenario)) endStates.push(index);
    let choice = -1;
    steps(model, world, scenario, (_label, next, fault) => {
      choice++;
      transitions++;
      if (broken) return;
      const key = keyOf(next, scenario);
      let target = indexOf.get(key);
      // A step that breaks a rule may lead to a known state that another path reached correctly.
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
    const stuck = firstStuck(worlds.length, from, to, endStates);
    if (stuck !== undefined) broken = { rule: 'the expected end state cannot be reached any more', at: stuck };
  }
  const counts = { states: worlds.length, transitions, depth: depths.at(worlds.length - 1), complete };
  if (broken === undefined) return counts;
  const way: number[] = [];
  for (let at = broken.at; at > 0; at = parents.at(at)) way.unshift(choices.at(at));
  return { ...counts, violation: { rule: broken.rule, story: formatStory(model, scenario, way, broken.rule) } };
}

/** The first state, in order of discovery, that cannot reach the expected end state. */
function firstStuck(count: number, from: Numbers, to: Numbers, endStates: Numbers): number | undefined {
  // The edges grouped by target in one array, and the index where each target's group begins.
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
  for (let index = 0; index < endStates.length; index++) {
    reaches[endStates.at(index)] = 1;
    queue.push(endStates.at(index));
  }
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (let edge = begins[index] ?? 0; edge < (begins[index + 1] ?? 0); edge++) {
      const source = sources[edge] ?? 0;
      if (reaches[source]) continue;
      reaches[source] = 1;
      queue.push(source);
    }
  }
  const stuck = reaches.indexOf(0);
  return stuck === -1 ? undefined : stuck;
}
