import type { ApiEvent } from './api-event.ts';

/** A route of the HTTP API, as the CDK stack declares it too. */
export interface ApiRoute {
  /** `GET` and so on, or `ANY`. Ignored for `$default`. */
  readonly method: string;
  /** `/event-trackers/{id}`, `/docs/{proxy+}` (the rest of the path), or `$default` (whatever no other route takes). */
  readonly path: string;
  /** With `jwt`: the token needs one of them; none declared means that any valid token will do. */
  readonly scopes: readonly string[];
  /** Who is let in: the holder of a token, who signs (SigV4), or everybody. */
  readonly authorizer: 'jwt' | 'iam' | 'none';
  /** Invokes the Lambda function. If it rejects, the response is a 500. */
  readonly invoke: (event: ApiEvent) => Promise<unknown>;
}

/** The route that takes a request, with the path's parameters, decoded. */
export interface RouteMatch {
  readonly route: ApiRoute;
  /** `GET /event-trackers/{id}` or `$default`. */
  readonly routeKey: string;
  readonly pathParameters: Record<string, string> | undefined;
}

export type FindRoute = (method: string, rawPath: string) => RouteMatch | undefined;

interface Candidate {
  readonly route: ApiRoute;
  readonly routeKey: string;
  readonly segments: readonly string[];
  /** By it candidates sort, the most specific first. */
  readonly rank: string;
}

const PARAMETER = /^\{([^{}+]+)\}$/;
const GREEDY = /^\{([^{}+]+)\+\}$/;

/**
 * Makes the function that selects a route as API Gateway does: the most specific path wins (a literal segment before a
 * parameter, a parameter before a greedy one), a method before ANY, and `$default` takes what is left. A path matches
 * segment by segment while it is still encoded, so a `%2F` belongs to a parameter's value. A slash at the end counts.
 */
export function routeTable(routes: readonly ApiRoute[]): FindRoute {
  const fallback = routes.find(({ path }) => path === '$default');
  const candidates = routes.filter((route) => route !== fallback).map(candidate);
  candidates.sort((one, other) => (one.rank < other.rank ? -1 : one.rank > other.rank ? 1 : 0));
  return (method, rawPath) => {
    const path = rawPath.split('/').slice(1);
    for (const { route, routeKey, segments } of candidates) {
      if (route.method !== 'ANY' && route.method !== method) continue;
      const parameters = matchSegments(segments, path);
      if (parameters === undefined) continue;
      return { route, routeKey, pathParameters: Object.keys(parameters).length > 0 ? parameters : undefined };
    }
    return fallback && { route: fallback, routeKey: '$default', pathParameters: undefined };
  };
}

function candidate(route: ApiRoute): Candidate {
  const segments = route.path.split('/').slice(1);
  const rank = segments.map((segment) => (GREEDY.test(segment) ? '2' : PARAMETER.test(segment) ? '1' : '0')).join('');
  return {
    route,
    routeKey: `${route.method} ${route.path}`,
    segments,
    rank: rank + (route.method === 'ANY' ? '1' : '0'),
  };
}

function matchSegments(segments: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const given = path[at];
    const greedy = GREEDY.exec(segment)?.[1];
    if (greedy !== undefined && given) {
      parameters[greedy] = decodeURIComponent(path.slice(at).join('/'));
      return parameters;
    }
    const name = PARAMETER.exec(segment)?.[1];
    if (name !== undefined && given) parameters[name] = decodeURIComponent(given);
    else if (segment !== given) return undefined;
  }
  return segments.length === path.length ? parameters : undefined;
}
