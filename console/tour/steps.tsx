import { useEffect, useState } from 'preact/hooks';
import { NotLoaded } from '../parts/loading.tsx';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import { Status } from '../parts/status.tsx';
import { durationText, Until } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import type { TrackerRow } from '../protocol.ts';
import { openRequestForm, requested } from '../request-form/open.ts';
import { busEvents, busVersion } from '../state/bus-events.ts';
import { now } from '../state/clock.ts';
import { simulation, trackers, version } from '../state/feed.ts';
import { goTo, linkTo } from '../state/route.ts';
import { api } from '../wire/api.ts';
import { makeDatasetGroup, type Waiting } from '../wire/personalize.ts';
import { DEMO_TENANT, freeGroup, freshGroupName, type Proof, proofOf } from './real-thing.ts';
import { goOn, leaveTour, loseAnswer, type Tour, tourSignal } from './tour.ts';

interface StepProps {
  readonly tour: Tour;
}

/** Shows what is being waited for, for a screen reader too. */
function WaitNote({ waiting }: { readonly waiting: Waiting | undefined }) {
  return (
    <p class="muted" role="status">
      {waiting && `Waiting for ${waiting.of}: ${waiting.status}`}
    </p>
  );
}

export function Ask() {
  const { isRunning, problem, run } = useAction();
  const [waiting, setWaiting] = useState<Waiting | undefined>(undefined);
  const [isAsking, setAsking] = useState(false);
  const open = () =>
    run(async () => {
      const datasetGroupArn = await freeGroup(setWaiting, tourSignal());
      setWaiting(undefined);
      requested.value = undefined;
      setAsking(true);
      openRequestForm({ name: 'tour', datasetGroupArn });
    });
  const trackerId = requested.value;
  useEffect(() => {
    if (isAsking && trackerId !== undefined) goOn({ step: 1, watched: trackerId });
  }, [isAsking, trackerId]);
  return (
    <>
      <p>
        One request asks for an event tracker. It is answered right away, with 202. What follows takes Personalize a
        while, and the service sees to it.
      </p>
      <WaitNote waiting={waiting} />
      {problem && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="button" class="button primary" disabled={isRunning} onClick={open}>
          Open the form
        </button>
      </div>
    </>
  );
}

/** The state of a tracker while it becomes ACTIVE. @returns whether it is */
function useActive(trackerId: string | undefined): {
  readonly row: TrackerRow | undefined;
  readonly isActive: boolean;
} {
  version.value;
  const row = trackers.get(trackerId ?? '');
  return { row, isActive: row?.status === 'ACTIVE' };
}

function Progress({ row }: { readonly row: TrackerRow | undefined }) {
  if (row === undefined) return <p class="muted">Waiting for the event tracker …</p>;
  const { trackerId, status, createdAt, updatedAt, waitingFor, nextPollAt, failureCode } = row;
  const isOver = status === 'ACTIVE' || failureCode !== undefined;
  return (
    <>
      <p class="tour-state" role="status">
        <Status status={status} />
        {waitingFor !== undefined && <span>waiting for {waitingFor}</span>}
        {failureCode !== undefined && <span class="code">{failureCode}</span>}
      </p>
      <p class="muted">
        {durationText((isOver ? updatedAt : now.value) - createdAt)}
        {nextPollAt !== undefined && (
          <>
            {' '}
            · next poll <Until at={nextPollAt} />
          </>
        )}
      </p>
      {failureCode !== undefined && (
        <p class="note tone-bad">
          It failed. Is something else switched on? Take it back, open the{' '}
          <a href={linkTo('trackers', trackerId)}>event tracker</a> and retry it: the tour goes on when it is ACTIVE.
        </p>
      )}
    </>
  );
}

export function Watch({ tour: { watched } }: StepProps) {
  busVersion.value;
  const { row, isActive } = useActive(watched);
  const events = busEvents.filter(({ trackerId, status }) => trackerId === watched && status === 'ACTIVE').length;
  return (
    <>
      <p>
        An execution of the state machine polls Personalize until the tracker is ACTIVE. Then an event with the tracking
        ID reaches the bus. Look at the tabs <b>History</b> and <b>Executions</b> above.
      </p>
      <Progress row={row} />
      {isActive && <p class="tour-done">It is ACTIVE{events > 0 && ', and its event is on the bus'}.</p>}
      <div class="actions">
        <button
          type="button"
          class="button primary"
          disabled={!isActive || events === 0}
          onClick={() => goOn({ step: 2 })}
        >
          Next
        </button>
      </div>
    </>
  );
}

export function Lose({ tour: { datasetGroupArn } }: StepProps) {
  const { isRunning, problem, run } = useAction();
  const [waiting, setWaiting] = useState<Waiting | undefined>(undefined);
  const isOn = simulation.value.faults.some(({ fields }) => fields.datasetGroupArn === datasetGroupArn);
  const isReady = datasetGroupArn !== undefined && isOn;
  const switchOn = () =>
    run(async () => {
      const arn = datasetGroupArn ?? (await makeDatasetGroup(freshGroupName(), setWaiting, tourSignal()));
      setWaiting(undefined);
      await loseAnswer(arn);
    });
  const ask = () =>
    run(async () => {
      if (datasetGroupArn === undefined) return;
      const { trackerId } = await api.create({ name: 'tour-lost-answer', datasetGroupArn }, DEMO_TENANT);
      goTo('trackers', trackerId, 'history');
      goOn({ step: 3, lost: trackerId });
    });
  return (
    <>
      <p>
        Now Personalize will create a tracker, but the connection breaks before its answer arrives. A service that just
        calls again would be refused, or make a second one.
      </p>
      <WaitNote waiting={waiting} />
      {isReady && <p class="tour-done">The fault is switched on, for the next call on a new dataset group.</p>}
      {problem && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="button" class="button primary" disabled={isRunning || isReady} onClick={switchOn}>
          Lose the next answer
        </button>
        <button type="button" class="button primary" disabled={isRunning || !isReady} onClick={ask}>
          Ask for a tracker
        </button>
      </div>
    </>
  );
}

export function Count({ tour: { lost, datasetGroupArn = '' } }: StepProps) {
  const { row, isActive } = useActive(lost);
  const proof = useLoaded<Proof | undefined>(`proof ${datasetGroupArn}`, row?.rev ?? 0, async () =>
    isActive ? proofOf(datasetGroupArn) : undefined,
  );
  return (
    <>
      <p>
        The service does not know whether its call took effect. So it looks for the tracker that has its tags, before it
        would call again.
      </p>
      {proof.value === undefined && <Progress row={row} />}
      {proof.error && <NotLoaded of={proof} />}
      {proof.value && <ProofNote proof={proof.value} />}
      <div class="actions">
        <button type="button" class="button primary" disabled={proof.value === undefined} onClick={leaveTour}>
          Done
        </button>
        {proof.value && (
          <a class="button" href={linkTo('faults')} onClick={leaveTour}>
            Break something else
          </a>
        )}
      </div>
    </>
  );
}

function ProofNote({ proof: { calls, lostAnswers, trackers: count } }: { readonly proof: Proof }) {
  const isProven = lostAnswers > 0 && count === 1;
  return (
    <div class={`note ${isProven ? 'tone-good' : 'tone-bad'}`} role="status">
      <p class="note-title">
        {isProven
          ? 'The answer was lost, and there is exactly one tracker.'
          : 'This is not what the tour expected: was the fault taken back, or another one switched on?'}
      </p>
      <dl class="numbers">
        <div>
          <dt>Calls of CreateEventTracker</dt>
          <dd>{calls}</dd>
        </div>
        <div>
          <dt>Lost answers</dt>
          <dd>{lostAnswers}</dd>
        </div>
        <div>
          <dt>Trackers in Personalize</dt>
          <dd>{count}</dd>
        </div>
      </dl>
      <p class="muted">As Personalize itself reports it: its list of calls, and ListEventTrackers.</p>
    </div>
  );
}
