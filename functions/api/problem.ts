import type { RequestError } from '../tracker/request-error.ts';
import { type JsonResponse, jsonResponse } from './json-response.ts';
import { PROBLEM_TEXTS, type ProblemText } from './problem-texts.ts';

/** An RFC 9457 problem. `reason` is a stable code for programs. */
export interface Problem extends ProblemText {
  readonly reason: RequestError['reason'] | 'INTERNAL_ERROR';
}

/**
 * The only mapping from the reasons of rejected requests to HTTP.
 * @param entrance where the caller came in: its links begin with it
 */
export function problemOf(refused: RequestError, entrance = ''): Problem {
  const { reason } = refused;
  const textOf = PROBLEM_TEXTS[reason] as (refused: RequestError, entrance: string) => ProblemText;
  return { ...textOf(refused, entrance), reason };
}

/** The body of a problem. Its `type` is relative to the API's root: every deployment serves GET /problems/{reason}. */
export function problemBody(problem: Problem, correlationId: string): Readonly<Record<string, unknown>> {
  const { title, status, detail, remedy, reason, retryable = false, headers: _, ...members } = problem;
  const type = `/problems/${reason.toLowerCase()}`;
  return { type, title, status, detail, remedy, reason, retryable, correlationId, ...members };
}

/** The problem as an API Gateway response. */
export function problemResponse(problem: Problem, correlationId: string): JsonResponse {
  const headers = { 'content-type': 'application/problem+json', ...problem.headers };
  return jsonResponse(problemBody(problem, correlationId), { statusCode: problem.status, headers });
}

/** A fixed text: an unexpected error reveals nothing but its correlation id. */
export const INTERNAL_ERROR: Problem = {
  reason: 'INTERNAL_ERROR',
  status: 500,
  title: 'Internal error',
  detail: 'The service failed to process the request.',
  remedy: 'Send the request again. If it fails again, give the correlationId to the operator of the service.',
  retryable: true,
};
