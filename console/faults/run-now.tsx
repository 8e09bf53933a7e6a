import { computed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { executions, version } from '../state/feed.ts';
import { asProblem, control } from '../wire/control.ts';
import { callAws, isRecord } from '../wire/http.ts';
import { counted } from './switched-on.ts';

interface Result {
  readonly title: string;
  readonly at: number;
  readonly values: Readonly<Record<string, unknown>>;
}

const JOBS: readonly (readonly [path: string, title: string, text: string])[] = [
  ['sweep', 'Sweep', 'takes over what no execution works on'],
  ['drift', 'Drift check', 'compares every record with Personalize'],
  ['operations', 'Operations', 'continues the retries of many trackers'],
];

const running = computed(() => {
  version.value;
  return [...executions.values()].filter(({ status }) => status === 'RUNNING');
});

/** Stops executions as an operator does. Some of them may have ended meanwhile, which StopExecution accepts. @returns how many */
async function stopExecutions(): Promise<Result['values']> {
  const arns = running.value.map(({ executionArn }) => executionArn);
  try {
    for (const executionArn of arns) {
      await callAws('AWSStepFunctions.StopExecution', { executionArn, cause: 'Stopped in the console.' });
    }
  } catch (error) {
    throw asProblem(error);
  }
  return { stopped: arns.length };
}

/** Runs a job of the service now, or takes something from under it. */
export function RunNow() {
  const [result, setResult] = useState<Result | undefined>(undefined);
  const { isRunning, problem, run } = useAction();
  const start = (title: string, act: () => Promise<unknown>) => () =>
    run(async () => {
      const values = await act();
      setResult({ title, at: Date.now(), values: isRecord(values) ? values : {} });
    });
  const count = running.value.length;
  return (
    <section class="card" aria-labelledby="run-now">
      <h3 id="run-now">Run now</h3>
      <ul class="jobs">
        {JOBS.map(([path, title, text]) => (
          <li key={path}>
            <button
              type="button"
              class="button"
              disabled={isRunning}
              onClick={start(title, () => control('POST', `/_local/${path}`))}
            >
              {title}
            </button>
            <span class="muted">{text}</span>
          </li>
        ))}
        <li>
          <button
            type="button"
            class="button danger"
            disabled={isRunning || count === 0}
            onClick={start('Kill the executions', stopExecutions)}
          >
            Kill {counted(count, 'running execution')}
          </button>
          <span class="muted">
            as an operator who calls StopExecution; the sweeper takes their records over when the leases end
          </span>
        </li>
        <li>
          <button
            type="button"
            class="button danger"
            disabled={isRunning}
            onClick={start('Let sessions expire', () => control('DELETE', '/_sts/sessions'))}
          >
            Let sessions expire
          </button>
          <span class="muted">of the roles in other accounts, as if an hour had passed</span>
        </li>
      </ul>
      {problem && <ProblemNote problem={problem} />}
      <div role="status">{result && <ResultNote result={result} />}</div>
    </section>
  );
}

function ResultNote({ result: { title, at, values } }: { readonly result: Result }) {
  const numbers = Object.entries(values).filter(([, value]) => typeof value !== 'object');
  return (
    <div class="note tone-good">
      <p class="note-title">
        {title}: done <Time at={at} />
      </p>
      <dl class="numbers">
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
