import { useEffect, useRef } from 'preact/hooks';
import { durationText, preciseText } from '../parts/time.tsx';
import type { GraphState, GraphTransition, StateMachineGraph } from '../protocol.ts';
import { now } from '../state/clock.ts';
import { type StateTotal, totalsOf, transitionKey, transitionsOf, type Visit } from './path.ts';

interface GraphProps {
  readonly graph: StateMachineGraph;
  readonly visits: readonly Visit[];
  readonly isRunning: boolean;
  /** How the execution ended, or that it runs; for those who do not see the picture. */
  readonly summary: string;
}

/** The state machine, with the way of an execution through it: what it has visited, how long, and where it is. */
export function Graph({ graph, visits, isRunning, summary }: GraphProps) {
  const totals = totalsOf(visits);
  const taken = transitionsOf(visits);
  const present = isRunning ? visits.at(-1) : undefined;
  const scroller = useRef<HTMLElement>(null);
  useEffect(() => {
    const state = graph.states.find(({ name }) => name === present?.state);
    const box = scroller.current;
    if (state === undefined || box === null || box.scrollWidth <= box.clientWidth) return;
    box.scrollTo({ left: (state.x / graph.width) * box.scrollWidth - box.clientWidth / 2 });
  }, [present?.state]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section class="graph" ref={scroller} tabIndex={0} aria-label="State machine">
      <svg
        viewBox={`0 0 ${graph.width} ${graph.height}`}
        style={{ aspectRatio: `${graph.width} / ${graph.height}` }}
        role="img"
        aria-label={`State machine ${graph.name}. ${summary}`}
      >
        <defs>
          {['', '-taken'].map((kind) => (
            <marker
              key={kind}
              id={`arrow${kind}`}
              class={`arrow${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M1 1l6 3-6 3z" />
            </marker>
          ))}
        </defs>
        {graph.transitions.map((transition) => (
          <Transition
            key={`${transition.from} ${transition.to} ${transition.isCatch}`}
            transition={transition}
            count={taken.get(transitionKey(transition.from, transition.to)) ?? 0}
          />
        ))}
        {graph.states.map((state) => (
          <State
            key={state.name}
            state={state}
            total={totals.get(state.name)}
            presentSince={present?.state === state.name ? present.enteredAt : undefined}
          />
        ))}
      </svg>
    </section>
  );
}

function Transition({
  transition: { from, to, isCatch, when, points },
  count,
}: {
  transition: GraphTransition;
  count: number;
}) {
  const isTaken = count > 0;
  return (
    <path
      class={`transition ${isCatch ? 'is-catch' : ''} ${isTaken ? 'is-taken' : ''}`}
      d={smooth(points)}
      marker-end={`url(#arrow${isTaken ? '-taken' : ''})`}
    >
      <title>{`${from} → ${to}${isCatch ? ' after an error' : ''}: ${when}${isTaken ? `; taken ${count} ×` : ''}`}</title>
    </path>
  );
}

/** A curve that follows the points: quadratic, through the middles between them. */
function smooth(points: GraphTransition['points']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const curves = rest.slice(0, -1).map(({ x, y }, index) => {
    const next = rest[index + 1];
    if (next === undefined) return '';
    const isLast = index === rest.length - 2;
    const [toX, toY] = isLast ? [next.x, next.y] : [(x + next.x) / 2, (y + next.y) / 2];
    return `Q${x} ${y} ${toX} ${toY}`;
  });
  const last = rest.at(-1);
  return `M${first.x} ${first.y}${curves.length > 0 ? curves.join('') : `L${last?.x} ${last?.y}`}`;
}

/** The sign of each type of state, on a grid of 12. */
const SIGNS: Readonly<Record<string, string>> = {
  Task: 'M2 2.5h8v7H2zM4.5 5.2l1.3 1.2-1.3 1.2M7 7.8h1.2',
  Choice: 'M6 1l5 5-5 5-5-5z',
  Wait: 'M6 3v3l2 1M11 6A5 5 0 1 1 1 6a5 5 0 0 1 10 0',
  Succeed: 'M2 6.5l2.7 2.7L10 3.4',
  Fail: 'M3 3l6 6M9 3l-6 6',
  Map: 'M1.5 3h9M1.5 6h9M1.5 9h9',
  Pass: 'M2 6h8M7 3l3 3-3 3',
};

interface StateProps {
  readonly state: GraphState;
  readonly total: StateTotal | undefined;
  /** Of the state in which the execution is. */
  readonly presentSince: number | undefined;
}

function State({ state: { name, type, comment, isStart, x, y, width, height }, total, presentSince }: StateProps) {
  const isPresent = presentSince !== undefined;
  const looks = [
    'state',
    `type-${type}`,
    total && 'is-visited',
    isPresent && 'is-present',
    total?.errors && 'has-errors',
  ];
  const time = isPresent ? `now, ${durationText(now.value - presentSince)}` : total && preciseText(total.totalMs);
  return (
    <g
      class={looks.filter(Boolean).join(' ')}
      data-state={name}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
    >
      <title>{`${name} (${type}${isStart ? ', the first state' : ''})${comment ? `: ${comment}` : ''}`}</title>
      <rect class="state-box" width={width} height={height} rx={type === 'Choice' ? 16 : 7} />
      <path
        class="state-sign"
        d={SIGNS[type] ?? SIGNS.Pass}
        transform={`translate(10 ${total ? 8 : height / 2 - 6})`}
      />
      <text class="state-name" x={28} y={total ? 18 : height / 2 + 4}>
        {name}
      </text>
      {total && (
        <text class="state-time" x={28} y={34}>
          {total.count > 1 && `${total.count} × · `}
          {time}
          {total.errors > 0 && ` · ${total.errors} failed`}
        </text>
      )}
    </g>
  );
}
