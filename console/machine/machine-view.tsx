import { Copy } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { durationText, preciseText, Time } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import type { ExecutionRow, StateMachineGraph, TrackerExecution } from '../protocol.ts';
import { now } from '../state/clock.ts';
import { executions, runtime, version } from '../state/feed.ts';
import { linkTo, route } from '../state/route.ts';
import { internalsOf } from '../wire/api.ts';
import { callPath } from '../wire/http.ts';
import { ExecutionList, newestFirst, ownerOf, titleOf } from './execution-list.tsx';
import { Graph } from './graph.tsx';
import { pathOf, type Visit } from './path.ts';

/** The state machines with an execution in them: the chosen one, or else the newest. */
export function MachineView() {
  version.value;
  const [, chosenArn] = route.value;
  const execution = chosenArn === undefined ? newestFirst.value[0] : executions.get(chosenArn);
  const graphs = useLoaded(`graphs ${runtime.value?.startedAt}`, 0, loadGraphs);
  const graph = graphs.value?.find(({ stateMachineArn }) => stateMachineArn === execution?.stateMachineArn);
  return (
    <div class={`two-panes ${chosenArn === undefined ? '' : 'has-detail'}`}>
      <ExecutionList chosenArn={execution?.executionArn} />
      <section class="pane detail-pane wide-pane" aria-label="State machine">
        {execution !== undefined && (
          <Execution key={execution.executionArn} row={execution} graph={graph} isChosen={chosenArn !== undefined} />
        )}
        {execution === undefined && <NoExecution graph={graphs.value?.[0]} isChosen={chosenArn !== undefined} />}
        {graphs.value === undefined && <NotLoaded of={graphs} />}
      </section>
    </div>
  );
}

const loadGraphs = async (): Promise<readonly StateMachineGraph[]> =>
  (await callPath('GET', '/_console/graphs')) as readonly StateMachineGraph[];

function NoExecution({
  graph,
  isChosen,
}: {
  readonly graph: StateMachineGraph | undefined;
  readonly isChosen: boolean;
}) {
  return (
    <>
      <p class="muted">
        {isChosen
          ? 'This execution is not among those that the runtime shows.'
          : 'Ask for an event tracker, and its execution shows here.'}
      </p>
      {graph && <Graph graph={graph} visits={[]} isRunning={false} summary="No execution." />}
    </>
  );
}

interface ExecutionProps {
  readonly row: ExecutionRow;
  readonly graph: StateMachineGraph | undefined;
  /** It does not give its place to a newer one. */
  readonly isChosen: boolean;
}

function Execution({ row, graph, isChosen }: ExecutionProps) {
  const { executionArn, status, startedAt, stoppedAt, state, events } = row;
  const isRunning = status === 'RUNNING';
  const path = useLoaded(executionArn, events + (isRunning ? 0 : 1), () => pathOf(executionArn));
  const visits = path.value?.visits ?? [];
  const owner = ownerOf(row.name);
  return (
    <>
      <header class="detail-head">
        <a class="button quiet square only-narrow" href={linkTo('machine')} aria-label="All executions">
          <Icon name="back" />
        </a>
        <h2>{titleOf(row)}</h2>
        <Status status={status} />
        <span class="muted">
          <Time at={startedAt} /> ·{' '}
          {stoppedAt === undefined ? durationText(now.value - startedAt) : preciseText(stoppedAt - startedAt)}
        </span>
        {!isChosen && <span class="badge">follows the newest</span>}
        <p class="detail-id">
          <span class="code">{row.name}</span>
          <Copy text={() => executionArn} label="Copy the ARN of the execution" />
          {owner && <a href={linkTo('trackers', owner.trackerId)}>Open the event tracker</a>}
        </p>
      </header>
      {owner && <Epochs trackerId={owner.trackerId} chosenArn={executionArn} />}
      {graph && (
        <Graph
          graph={graph}
          visits={visits}
          isRunning={isRunning}
          summary={
            isRunning
              ? `The execution is in ${state ?? 'its first state'}.`
              : `The execution ended ${status} in ${state ?? 'no state'}.`
          }
        />
      )}
      {path.error && <NotLoaded of={path} />}
      {path.value?.isDropped && <p class="muted">The history of this execution was dropped in favor of newer ones.</p>}
      <Path visits={visits} isRunning={isRunning} />
    </>
  );
}

const STARTED_BY: Readonly<Record<TrackerExecution['startedBy'], string>> = {
  request: 'a request',
  'hand-over': 'hand-over after 50 rounds',
  'take-over': 'take-over by the sweeper',
};

/** The executions of the same tracker, oldest first, with what started each. */
function Epochs({ trackerId, chosenArn }: { readonly trackerId: string; readonly chosenArn: string }) {
  const internals = useLoaded(`epochs ${trackerId}`, executions.size, () => internalsOf(trackerId));
  const all = internals.value?.executions.toReversed() ?? [];
  if (all.length === 0) return null;
  return (
    <ol class="epochs" aria-label="Executions of this event tracker">
      {all.slice(-12).map(({ executionArn, epoch, startedBy, status }) => (
        <li key={executionArn} class={startedBy === 'take-over' ? 'is-take-over' : undefined}>
          <span class="epoch-cause">{STARTED_BY[startedBy]}</span>
          <a href={linkTo('machine', executionArn)} aria-current={executionArn === chosenArn ? 'page' : undefined}>
            Epoch {epoch} <span class="muted">{executions.get(executionArn)?.status ?? status}</span>
          </a>
        </li>
      ))}
    </ol>
  );
}

const MAX_SHOWN = 200;

/** The visits, newest first, with the time in each state. */
function Path({ visits, isRunning }: { readonly visits: readonly Visit[]; readonly isRunning: boolean }) {
  if (visits.length === 0) return null;
  const latest = visits.slice(-MAX_SHOWN);
  const first = visits.length - latest.length;
  return (
    <>
      <h3>
        Path <span class="count">{visits.length}</span>
      </h3>
      <table class="path">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th scope="col">Entered</th>
            <th scope="col">Time in it</th>
          </tr>
        </thead>
        <tbody>
          {latest.toReversed().map(({ state, enteredAt, leftAt, errors }, index) => (
            <tr key={`${first + latest.length - index}`}>
              <td>{first + latest.length - index}</td>
              <td>
                {state}
                {errors.map((error, at) => (
                  <span class="badge tone-bad" key={`${error} ${at}`}>
                    {error}
                  </span>
                ))}
              </td>
              <td>
                <Time at={enteredAt} />
              </td>
              <td>
                {leftAt === undefined
                  ? `${durationText(now.value - enteredAt)}${isRunning ? ', now' : ''}`
                  : preciseText(leftAt - enteredAt)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
