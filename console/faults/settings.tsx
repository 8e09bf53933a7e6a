import { useState } from 'preact/hooks';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import type { PersonalizeSettings, Throttle } from '../protocol.ts';
import { runtime, simulation } from '../state/feed.ts';
import { control, inPlace } from '../wire/control.ts';
import { Choice, numberOr, TextField } from './fields.tsx';
import { isTimingChanged } from './switched-on.ts';

/** How fast Personalize is, how many calls it accepts, and its quota. */
export function Settings() {
  const { personalize } = simulation.value;
  const [chosen, setChosen] = useState(0);
  const settings = personalize[chosen] ?? personalize[0];
  if (settings === undefined) {
    return (
      <section class="card">
        <h3>Personalize</h3>
        <p class="muted">Personalize is that of another runtime. Its own console has its faults, times and throttle.</p>
      </section>
    );
  }
  const { accountId, region, throttle, timing, datasetGroups } = settings;
  // What another client sets replaces what is typed here.
  const key = (value: unknown) => `${accountId} ${region} ${JSON.stringify(value)}`;
  return (
    <>
      {personalize.length > 1 && (
        <div class="place-choice">
          <Choice
            label="Personalize in"
            name="place"
            problem={undefined}
            value={String(personalize.indexOf(settings))}
            values={personalize.map((each, at) => [String(at), `account ${each.accountId}, ${each.region}`])}
            onChange={(at) => setChosen(Number(at))}
          />
        </div>
      )}
      <div class="card-pair">
        <div>
          <section class="card" aria-labelledby="throttle">
            <h3 id="throttle">Throttle of Personalize</h3>
            <ThrottleForm key={key(throttle)} settings={settings} />
          </section>
          <section class="card" aria-labelledby="quota">
            <h3 id="quota">Quota of Personalize</h3>
            <QuotaForm key={key(datasetGroups)} settings={settings} />
          </section>
        </div>
        <section class="card" aria-labelledby="timing">
          <h3 id="timing">Times of Personalize</h3>
          <TimingForm key={key(timing)} settings={settings} />
          <AdvanceForm settings={settings} />
        </section>
      </div>
    </>
  );
}

interface FormProps {
  readonly settings: PersonalizeSettings;
}

const FIRST_THROTTLE: Throttle = { operations: '*', ratePerSecond: 5, burst: 10, shared: false };

function ThrottleForm({ settings }: FormProps) {
  const { throttle } = settings;
  const first = throttle ?? FIRST_THROTTLE;
  const [operations, setOperations] = useState(first.operations === '*' ? '*' : first.operations.join(', '));
  const [rate, setRate] = useState(String(first.ratePerSecond));
  const [burst, setBurst] = useState(String(first.burst));
  const [shared, setShared] = useState(String(first.shared));
  const { isRunning, problem, run, clear } = useAction();
  const path = `/_simulator/throttle${inPlace(settings)}`;
  const set = async (event: Event) => {
    event.preventDefault();
    const names = operations.split(',').map((each) => each.trim());
    const body = {
      operations: operations.trim() === '*' ? '*' : names,
      ratePerSecond: numberOr(rate),
      burst: numberOr(burst),
      shared: shared === 'true',
    };
    await run(() => control('PUT', path, body), 'The throttle is set.');
  };
  const shown = { problem };
  return (
    <form onSubmit={set} onInput={clear}>
      <p class="muted">Calls over the rate get a ThrottlingException and have no effect.</p>
      <div class="field-grid">
        <TextField {...shown} label="Calls a second" name="ratePerSecond" value={rate} onChange={setRate} isNumber />
        <TextField
          {...shown}
          label="Burst"
          name="burst"
          hint="calls after a pause"
          value={burst}
          onChange={setBurst}
          isNumber
        />
        <TextField
          {...shown}
          label="Operations"
          name="operations"
          hint="* for all, or names with commas between them"
          value={operations}
          onChange={setOperations}
        />
        <Choice
          {...shown}
          label="The rate is for"
          name="shared"
          value={shared}
          values={[
            ['false', 'each operation'],
            ['true', 'all of them together'],
          ]}
          onChange={setShared}
        />
      </div>
      {problem && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="button primary" disabled={isRunning}>
          Set the throttle
        </button>
        <button
          type="button"
          class="button"
          disabled={isRunning || throttle === null}
          onClick={() => run(() => control('DELETE', path))}
        >
          No throttle
        </button>
      </div>
    </form>
  );
}

const TIMES: readonly (readonly [name: string, label: string])[] = [
  ['createPendingMs', 'CREATE PENDING'],
  ['createInProgressMs', 'CREATE IN_PROGRESS'],
  ['deletePendingMs', 'DELETE PENDING'],
  ['deleteInProgressMs', 'DELETE IN_PROGRESS'],
  ['datasetGroupMs', 'A dataset group'],
  ['datasetMs', 'A dataset'],
];

function TimingForm({ settings }: FormProps) {
  const [times, setTimes] = useState(() =>
    Object.fromEntries(Object.entries(settings.timing).map(([name, ms]) => [name, String(ms)])),
  );
  const { isRunning, problem, run, clear } = useAction();
  const path = `/_simulator/timing${inPlace(settings)}`;
  const set = async (event: Event) => {
    event.preventDefault();
    const body = Object.fromEntries(Object.entries(times).map(([name, text]) => [name, numberOr(text)]));
    await run(() => control('PUT', path, body), 'The times are set.');
  };
  return (
    <form onSubmit={set} onInput={clear}>
      <p class="muted">Milliseconds, of what is created or deleted from now on.</p>
      <div class="field-grid">
        {TIMES.map(([name, label]) => (
          <TextField
            key={name}
            label={label}
            name={name}
            problem={problem}
            value={times[name] ?? ''}
            onChange={(text) => setTimes({ ...times, [name]: text })}
            isNumber
          />
        ))}
      </div>
      {problem && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="button primary" disabled={isRunning}>
          Set the times
        </button>
        <button
          type="button"
          class="button"
          disabled={isRunning || !isTimingChanged(settings)}
          onClick={() => run(() => control('PUT', path, runtime.value?.initialTiming))}
        >
          Initial times
        </button>
      </div>
    </form>
  );
}

function AdvanceForm({ settings }: FormProps) {
  const [ms, setMs] = useState('60000');
  const { isRunning, problem, run, clear } = useAction();
  const advance = async (event: Event) => {
    event.preventDefault();
    const body = { milliseconds: numberOr(ms) };
    const done = 'What Personalize is creating or deleting has less to go.';
    await run(() => control('POST', `/_simulator/advance${inPlace(settings)}`, body), done);
  };
  return (
    <form class="advance-form" onSubmit={advance} onInput={clear}>
      <TextField
        label="Let time pass"
        name="milliseconds"
        hint="milliseconds that pending creations and deletions have less to go"
        problem={problem}
        value={ms}
        onChange={setMs}
        isNumber
      />
      <button type="submit" class="button" disabled={isRunning}>
        Let it pass
      </button>
    </form>
  );
}

function QuotaForm({ settings }: FormProps) {
  const { datasetGroups } = settings;
  const [most, setMost] = useState(String(datasetGroups ?? 5));
  const { isRunning, problem, run, clear } = useAction();
  const path = `/_simulator/quotas${inPlace(settings)}`;
  const set = async (event: Event) => {
    event.preventDefault();
    await run(() => control('PUT', path, { datasetGroups: numberOr(most) }), 'The quota is set.');
  };
  return (
    <form onSubmit={set} onInput={clear}>
      <p class="muted">Over it, CreateDatasetGroup answers LimitExceededException.</p>
      <TextField
        label="Dataset groups"
        name="datasetGroups"
        problem={problem}
        value={most}
        onChange={setMost}
        isNumber
      />
      {problem && problem.errors.length === 0 && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="button primary" disabled={isRunning}>
          Set the quota
        </button>
        <button
          type="button"
          class="button"
          disabled={isRunning || datasetGroups === null}
          onClick={() => run(() => control('PUT', path, { datasetGroups: null }))}
        >
          No quota
        </button>
      </div>
    </form>
  );
}
