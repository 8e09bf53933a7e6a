import { expect, test } from 'vitest';
import { totalsOf, transitionsOf, visitsOf } from '../../../console/machine/path.ts';
import { graphOf } from '../../../infra/local/console/graphs.ts';
import { lifecycleDefinition, TASKS, type TaskName } from '../../../infra/state-machine.ts';

const arns = Object.fromEntries(TASKS.map((name) => [name, name])) as Record<TaskName, string>;
const definition = JSON.parse(lifecycleDefinition(arns));
const graph = await graphOf({ stateMachineArn: 'arn', name: 'lifecycle', definition });

/** Every `Next`, `Default`, choice and catch of the definition. */
function edgesIn(states: Record<string, Record<string, unknown>>): Set<string> {
  const nexts = (value: unknown): unknown[] =>
    Array.isArray(value)
      ? value.flatMap(nexts)
      : typeof value === 'object' && value !== null
        ? [Object(value).Next]
        : [];
  return new Set(
    Object.entries(states).flatMap(([from, { Next, Default, Choices, Catch }]) =>
      [Next, Default, ...nexts(Choices), ...nexts(Catch)].filter(Boolean).map((to) => `${from} → ${to}`),
    ),
  );
}

test('the graph has every state and every transition of the deployed definition', () => {
  expect(graph.states.map(({ name }) => name).sort()).toEqual(Object.keys(definition.States).sort());
  expect(new Set(graph.transitions.map(({ from, to }) => `${from} → ${to}`))).toEqual(edgesIn(definition.States));
  expect(graph.states.filter(({ isStart }) => isStart).map(({ name }) => name)).toEqual([definition.StartAt]);
  expect(graph.transitions).toContainEqual(
    expect.objectContaining({ from: 'NextAction', to: 'Observe', when: 'ObserveAgain', isCatch: false }),
  );
  expect(graph.transitions).toContainEqual(
    expect.objectContaining({ from: 'Observe', to: 'LifecycleFailed', when: 'States.ALL', isCatch: true }),
  );
});

test('no state of the graph covers another, and all are within the picture', () => {
  const boxes = graph.states.map(({ name, x, y, width, height }) => ({
    name,
    left: x - width / 2,
    right: x + width / 2,
    top: y - height / 2,
    bottom: y + height / 2,
  }));
  for (const [index, one] of boxes.entries()) {
    expect(one.left >= 0 && one.top >= 0 && one.right <= graph.width && one.bottom <= graph.height, one.name).toBe(
      true,
    );
    for (const other of boxes.slice(index + 1)) {
      const isBeside = one.right <= other.left || other.right <= one.left;
      const isAbove = one.bottom <= other.top || other.bottom <= one.top;
      expect(isBeside || isAbove, `${one.name} and ${other.name}`).toBe(true);
    }
  }
});

const entered = (name: string, timestamp: number) => ({
  type: 'TaskStateEntered',
  timestamp,
  stateEnteredEventDetails: { name },
});
const exited = (name: string, timestamp: number) => ({
  type: 'TaskStateExited',
  timestamp,
  stateExitedEventDetails: { name },
});
const HISTORY = [
  { type: 'ExecutionStarted', timestamp: 1 },
  entered('Observe', 1),
  { type: 'LambdaFunctionFailed', timestamp: 2, lambdaFunctionFailedEventDetails: { error: 'ThrottledError' } },
  exited('Observe', 4),
  entered('NextAction', 4),
  exited('NextAction', 4),
  entered('Observe', 5),
];

test('the path of an execution has the time in each state, failed calls, and the state that it is in', () => {
  const visits = visitsOf(HISTORY);
  expect(visits).toEqual([
    { state: 'Observe', enteredAt: 1000, leftAt: 4000, errors: ['ThrottledError'] },
    { state: 'NextAction', enteredAt: 4000, leftAt: 4000, errors: [] },
    { state: 'Observe', enteredAt: 5000, errors: [] },
  ]);
  expect(totalsOf(visits).get('Observe')).toEqual({ count: 2, totalMs: 3000, errors: 1 });
  expect([...transitionsOf(visits)]).toEqual([
    ['Observe → NextAction', 1],
    ['NextAction → Observe', 1],
  ]);
});

test('an execution that was ended from outside is in no state any more', () => {
  const aborted = visitsOf([...HISTORY, { type: 'ExecutionAborted', timestamp: 9 }]);
  expect(aborted.at(-1)).toEqual({ state: 'Observe', enteredAt: 5000, leftAt: 9000, errors: [] });
});
