import { useState } from 'preact/hooks';
import { announce } from '../state/announce.ts';
import { ApiProblem, type Problem } from '../wire/api.ts';

/** Why the API refused a request, and what to do about it. */
export function ProblemNote({ problem }: { readonly problem: Problem }) {
  const { status, title, detail, reason, remedy, errors } = problem;
  return (
    <div class="note tone-bad" role="alert">
      <p class="note-title">
        {title} <span class="code">{reason ?? status}</span>
      </p>
      {detail && <p>{detail}</p>}
      {errors.length > 0 && (
        <ul>
          {errors.map(({ field, rule }) => (
            <li key={`${field} ${rule}`}>
              <span class="code">{field}</span> {rule}
            </li>
          ))}
        </ul>
      )}
      {remedy && <p>{remedy}</p>}
    </div>
  );
}

/** The state of something that a button starts: it runs once at a time, and its problem is shown until the next attempt. */
export function useAction() {
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const run = async (act: () => Promise<unknown>, done?: string): Promise<boolean> => {
    if (isRunning) return false;
    setRunning(true);
    setProblem(undefined);
    try {
      await act();
      if (done !== undefined) announce(done);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem) setProblem(error.problem);
      else announce(error instanceof Error ? error.message : String(error), true);
      return false;
    } finally {
      setRunning(false);
    }
  };
  return { isRunning, problem, run, clear: () => setProblem(undefined) };
}
