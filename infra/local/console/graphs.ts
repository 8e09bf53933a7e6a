import type { GraphTransition, StateMachineGraph } from '../../../console/protocol.ts';
import type { Machine } from '../step-functions/machine.ts';
import { isObject, type Json, type JsonObject } from '../step-functions/path-check.ts';

type Transition = Omit<GraphTransition, 'points'>;

/** The page draws names in 12 px; a box also has an icon, and a second line. */
const CHARACTER_WIDTH = 6.8;
const BOX_PADDING = 38;
/** For the second line: how often and how long. */
const MIN_BOX_WIDTH = 126;
const BOX_HEIGHT = 44;

/** The graph of a state machine, laid out by dagre from left to right. */
export async function graphOf(
  machine: Pick<Machine, 'stateMachineArn' | 'name' | 'definition'>,
): Promise<StateMachineGraph> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  const { stateMachineArn, name, definition } = machine;
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 38, edgesep: 8, marginx: 12, marginy: 12 });
  for (const state of Object.keys(definition.States)) {
    graph.setNode(state, {
      width: Math.max(MIN_BOX_WIDTH, Math.ceil(state.length * CHARACTER_WIDTH + BOX_PADDING)),
      height: BOX_HEIGHT,
    });
  }
  const transitions = transitionsOf(definition.States);
  for (const [index, { from, to }] of transitions.entries()) {
    // What is usual is drawn straighter than the ways to a failure.
    graph.setEdge(from, to, { weight: definition.States[to]?.Type === 'Fail' ? 0.2 : 1 }, String(index));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    stateMachineArn,
    name,
    width: Math.ceil(width),
    height: Math.ceil(height),
    states: Object.entries(definition.States).map(([state, { Type, Comment }]) => {
      const { x, y, width: itsWidth, height: itsHeight } = graph.node(state);
      return {
        name: state,
        type: String(Type),
        ...(typeof Comment === 'string' && { comment: Comment }),
        isStart: state === definition.StartAt,
        x: Math.round(x),
        y: Math.round(y),
        width: itsWidth,
        height: itsHeight,
      };
    }),
    transitions: transitions.map((transition, index) => ({
      ...transition,
      points: graph
        .edge(transition.from, transition.to, String(index))
        .points.map(({ x, y }: { x: number; y: number }) => ({ x: Math.round(x), y: Math.round(y) })),
    })),
  };
}

/** The transitions of the definition; those between the same two states are one. */
function transitionsOf(states: Readonly<Record<string, JsonObject>>): Transition[] {
  const found = new Map<string, Transition>();
  const add = (from: string, to: Json | undefined, when: string, isCatch = false) => {
    if (typeof to !== 'string') return;
    const key = JSON.stringify([from, to, isCatch]);
    const before = found.get(key)?.when;
    found.set(key, { from, to, isCatch, when: before === undefined ? when : `${before}, ${when}` });
  };
  for (const [from, { Next, Default, Choices, Catch }] of Object.entries(states)) {
    add(from, Next, 'always');
    for (const rule of objectsIn(Choices)) add(from, rule.Next, conditionOf(rule));
    add(from, Default, 'otherwise');
    for (const rule of objectsIn(Catch)) add(from, rule.Next, String(rule.ErrorEquals), true);
  }
  return [...found.values()];
}

const objectsIn = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A choice rule in words: the value that the variable must have, or the rule's operators. */
function conditionOf({ Next: _, Comment: __, Variable, ...operators }: JsonObject): string {
  const texts = Object.entries(operators).map(([operator, operand]) =>
    typeof operand === 'object' ? operator : operator.endsWith('Equals') ? String(operand) : `${operator} ${operand}`,
  );
  return texts.join(' ') || String(Variable);
}
