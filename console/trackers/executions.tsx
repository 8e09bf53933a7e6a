import { NotLoaded } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { durationText, preciseText, Time } from '../parts/time.tsx';
import type { Loaded } from '../parts/use-loaded.ts';
import type { TrackerExecution, TrackerInternals } from '../protocol.ts';
import { now } from '../state/clock.ts';
import { linkTo } from '../state/route.ts';

const STARTED_BY: Readonly<Record<TrackerExecution['startedBy'], string>> = {
  request: 'started by a request',
  'hand-over': 'continues after 50 rounds',
  'take-over': 'taken over by the sweeper',
};

/** The executions of a tracker, newest first; each says why it was started. */
export function Executions({ internals }: { readonly internals: Loaded<TrackerInternals> }) {
  const { value } = internals;
  if (value === undefined) return <NotLoaded of={internals} />;
  if (value.executions.length === 0) return <p class="muted">No execution was started yet.</p>;
  return (
    <ol class="timeline">
      {value.executions.map((execution) => (
        <Execution key={execution.executionArn} execution={execution} />
      ))}
    </ol>
  );
}

function Execution({ execution }: { readonly execution: TrackerExecution }) {
  const { executionArn, name, epoch, status, startedBy, startedAt, stoppedAt, state, stateSince } = execution;
  return (
    <li class={startedBy === 'take-over' ? 'is-take-over' : undefined}>
      <div class="timeline-head">
        <Status status={status} />
        <a href={linkTo('machine', executionArn)}>Epoch {epoch}</a>
        {startedBy === 'take-over' && <span class="badge tone-leaving">Take-over</span>}
        <span class="muted">
          <Time at={startedAt} /> ·{' '}
          {stoppedAt === undefined ? durationText(now.value - startedAt) : preciseText(stoppedAt - startedAt)}
        </span>
      </div>
      <p>
        {STARTED_BY[startedBy]}
        {state !== undefined && (
          <>
            , {status === 'RUNNING' ? 'now in' : 'ended in'} <span class="code">{state}</span>
            {status === 'RUNNING' && stateSince !== undefined && ` for ${durationText(now.value - stateSince)}`}
          </>
        )}
      </p>
      <p class="muted code">{name}</p>
    </li>
  );
}
