import { useState } from 'preact/hooks';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import type { ActiveFault } from '../protocol.ts';
import { simulation } from '../state/feed.ts';
import { control, removeFault } from '../wire/control.ts';
import { numberOr } from './fields.tsx';
import { counted, nameOfService } from './switched-on.ts';

interface UsualFault {
  readonly title: string;
  /** What happens, and what the service makes of it. */
  readonly text: string;
  readonly service: string;
  readonly operation: string;
  readonly fault: string;
  readonly fields?: ActiveFault['fields'];
}

const ofCreate = (fault: string, title: string, text: string, fields: ActiveFault['fields'] = {}): UsualFault => ({
  ...{ service: 'personalize', operation: 'CreateEventTracker', fault, title, text, fields },
});

const USUAL: readonly UsualFault[] = [
  ofCreate(
    'create-failed',
    'Creation fails, without a reason',
    'Personalize accepts the event tracker and then reports CREATE FAILED. The service deletes what is left and publishes the failure.',
  ),
  ofCreate(
    'error',
    'Creation is refused, with a reason',
    'CreateEventTracker answers InvalidInputException. The request ends CREATE FAILED with the error and its AWS request id.',
    { error: 'InvalidInputException' },
  ),
  ofCreate(
    'access-denied',
    'Permission is missing',
    'The request ends CREATE FAILED, with a remedy that names the role.',
  ),
  ofCreate('throttle', 'Throttled', 'The service waits and repeats this one call. A throttle is never a failure.'),
  ofCreate(
    'lost-answer',
    'The answer is lost',
    'The tracker is created, but the connection breaks. The service finds it by its tags, and creates no second one.',
  ),
  ofCreate('late-act', 'Takes effect late', 'The connection breaks, and the tracker appears 5 seconds later.', {
    delayMs: 5000,
  }),
  ofCreate(
    'stuck',
    'Creation never ends',
    'The tracker stays CREATE IN_PROGRESS, until the deadline ends the request.',
  ),
  {
    title: 'Lists are stale',
    text: 'ListEventTrackers leaves out what is younger than a minute. The service waits, and creates no second tracker.',
    service: 'personalize',
    operation: 'ListEventTrackers',
    fault: 'stale-list',
  },
  {
    title: 'Deletion never ends',
    text: 'The tracker stays DELETE IN_PROGRESS. The service polls for as long as it takes.',
    service: 'personalize',
    operation: 'DeleteEventTracker',
    fault: 'stuck',
  },
  {
    title: 'A write of the record loses its answer',
    text: 'It is in the table, but the service cannot know. It reads the record again.',
    service: 'dynamodb',
    operation: 'UpdateItem',
    fault: 'lost-answer',
  },
  {
    title: 'The execution does not start',
    text: 'The caller gets a 500. Its record is there, and the sweeper starts an execution.',
    service: 'states',
    operation: 'StartExecution',
    fault: 'server-error',
  },
  {
    title: 'The bus refuses events',
    text: 'PutEvents answers 200 with failed entries. The events stay in the outbox and are published again.',
    service: 'events',
    operation: 'PutEvents',
    fault: 'fail-entries',
  },
];

/** The faults that are tried most, each with a switch. */
export function UsualFaults({ services }: { readonly services: readonly string[] }) {
  return (
    <ul class="usual-faults">
      {USUAL.filter(({ service }) => services.includes(service)).map((each) => (
        <UsualFaultItem key={each.title} usual={each} />
      ))}
    </ul>
  );
}

const isOf =
  ({ service, operation, fault }: UsualFault) =>
  (each: ActiveFault): boolean =>
    each.service === service && each.operation === operation && each.fault === fault && !each.fields.datasetGroupArn;

function UsualFaultItem({ usual }: { readonly usual: UsualFault }) {
  const { title, text, service, operation, fault, fields } = usual;
  const [times, setTimes] = useState('1');
  const { isRunning, problem, run } = useAction();
  const active = simulation.value.faults.filter(isOf(usual));
  const left = active.reduce((sum, each) => sum + each.times, 0);
  const toggle = () =>
    run(async () => {
      if (active.length === 0) {
        await control('POST', '/_faults', { service, operation, fault, times: numberOr(times), ...fields });
      }
      for (const { id } of active) await removeFault(id);
    });
  return (
    <li class={left > 0 ? 'is-on' : undefined}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={left > 0}
        aria-label={title}
        disabled={isRunning}
        onClick={toggle}
      >
        <span aria-hidden="true" />
      </button>
      <div class="usual-fault-text">
        <p class="usual-fault-title">{title}</p>
        <p class="muted">{text}</p>
        <p class="usual-fault-call">
          <span class="muted">
            {nameOfService(service)} <span class="code">{operation}</span>
          </span>
          {left > 0 ? (
            <b>{counted(left, 'call')} left</b>
          ) : (
            <label>
              next{' '}
              <input
                class="count-input"
                inputMode="numeric"
                aria-label={`Number of calls of: ${title}`}
                aria-invalid={problem?.errors.some(({ field }) => field === 'times')}
                value={times}
                onInput={({ currentTarget }) => setTimes(currentTarget.value.trim())}
              />{' '}
              calls
            </label>
          )}
        </p>
        {problem && <ProblemNote problem={problem} />}
      </div>
    </li>
  );
}
