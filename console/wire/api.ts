import type { components } from '../../client/api-types.ts';
import type { ApiAnswer, PatternMatches, PatternQuestion, RequestDetail, TrackerInternals } from '../protocol.ts';
import { callApi, callPath, isRecord, parseJson } from './http.ts';

export type EventTracker = components['schemas']['EventTracker'];
export type Transition = components['schemas']['EventTrackerHistory']['transitions'][number];
export type Tag = EventTracker['tags'][number];

/** An error of the API: a problem (RFC 9457), or the `{message}` of API Gateway. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly errors: readonly { readonly field: string; readonly rule: string }[];
}

/** The API refused a request. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The problem that an answer with an error status has. */
export function problemIn({ status, body }: Pick<ApiAnswer, 'status' | 'body'>): Problem {
  const value = parseJson(body);
  const fields = isRecord(value) ? value : {};
  const errors = Array.isArray(fields.errors) ? fields.errors.filter(isRecord) : [];
  return {
    status,
    title: text(fields.title) ?? text(fields.message) ?? `The API answered ${status}`,
    detail: text(fields.detail),
    reason: text(fields.reason),
    remedy: text(fields.remedy),
    errors: errors.map(({ field, rule }) => ({ field: text(field) ?? '', rule: text(rule) ?? '' })),
  };
}

/** @returns the parsed body @throws ApiProblem for an error status, Unreachable or Refused as callPath */
async function request(
  method: string,
  target: string,
  more: { body?: unknown; type?: string; read?: boolean; tenant?: string } = {},
) {
  const { body, type = 'application/json', read = false, tenant } = more;
  const answer = await callApi({
    method,
    target,
    ...(body !== undefined && { headers: { 'content-type': type }, body: JSON.stringify(body) }),
    ...(tenant !== undefined && { tenant }),
    ...(read && { isBackground: true }),
  });
  if (answer.status >= 400) throw new ApiProblem(problemIn(answer));
  return parseJson(answer.body);
}

const pathOf = (trackerId: string): string => `/event-trackers/${encodeURIComponent(trackerId)}`;

/** The calls of the API that the console makes. Reads are marked as the console's own. */
export const api = {
  describe: async (trackerId: string) => (await request('GET', pathOf(trackerId), { read: true })) as EventTracker,
  history: async (trackerId: string) => {
    const answer = await request('GET', `${pathOf(trackerId)}/history`, { read: true });
    return (answer as components['schemas']['EventTrackerHistory']).transitions;
  },
  openApi: () => request('GET', '/openapi.json', { read: true }),
  /** @param tenant sends it with a token of this tenant; without it, with one of a platform */
  create: async (body: object, tenant?: string) => {
    const answer = await request('POST', '/event-trackers', { body, ...(tenant !== undefined && { tenant }) });
    return answer as EventTracker;
  },
  retry: (trackerId: string) => request('POST', `${pathOf(trackerId)}/retry`),
  remove: (trackerId: string, destroy: boolean) =>
    request('DELETE', `${pathOf(trackerId)}${destroy ? '?destroy=true' : ''}`),
  changeTags: (trackerId: string, tags: readonly Tag[]) =>
    request('PATCH', pathOf(trackerId), { body: { tags }, type: 'application/merge-patch+json' }),
};

/** A request with its answer, as long as the runtime keeps it. */
export const requestOf = async (number: number): Promise<RequestDetail> =>
  (await callPath('GET', `/_console/request?number=${number}`)) as RequestDetail;

/** Which events a rule with this pattern would match. */
export const matchesOf = async (question: PatternQuestion): Promise<PatternMatches> =>
  (await callPath('POST', '/_console/matches', question)) as PatternMatches;

/** What the API does not return of a tracker. */
export const internalsOf = async (trackerId: string): Promise<TrackerInternals> =>
  (await callPath('GET', `/_console/tracker?trackerId=${encodeURIComponent(trackerId)}`)) as TrackerInternals;
