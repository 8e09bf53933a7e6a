import { ApiProblem } from '../wire/api.ts';
import { Unreachable } from '../wire/http.ts';
import { ProblemNote } from './problem.tsx';
import type { Loaded } from './use-loaded.ts';

/** Says why a part could not be loaded. The connection's own note covers a runtime that does not answer. */
export function LoadFailure({ error }: { readonly error: Error }) {
  if (error instanceof Unreachable) return null;
  if (error instanceof ApiProblem) return <ProblemNote problem={error.problem} />;
  return <p class="note tone-bad">{error.message}</p>;
}

/** What is shown in place of a part that is not loaded yet. */
export function NotLoaded({ of }: { readonly of: Loaded<unknown> }) {
  return of.error ? <LoadFailure error={of.error} /> : <p class="muted">Loading …</p>;
}
