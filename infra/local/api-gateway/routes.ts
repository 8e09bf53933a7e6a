import type { ApiEvent } from './api-event.ts';

/** A route of the HTTP API, as in the CDK stack. */
export interface ApiRoute {
  /** An HTTP method, or `ANY`. Ignored for `$default`. */
  readonly method: string;
  /** For example `/event-trackers/{id}`, `/docs/{proxy+}` (the rest of the path), or `$default` (requests without another route). */
  readonly path: string;
  /** For `jwt`: the token needs one of these scopes. Without scopes, any valid token is accepted. */
  readonly scopes: readonly string[];
  /** Accepts a token (`jwt`), a SigV4 signature (`iam`), or any request. */
  readonly authorizer: 'jwt' | 'iam' | 'none';
  /** Invokes the Lambda function. A rejected promise becomes a 500. */
  readonly invoke: (event: ApiEvent) => Promise<unknown>;
}

/** The selected route, with the decoded parameters of the path. */
export interface RouteMatch {
  readonly route: ApiRoute;
  /** For example `GET /event-trackers/{id}`, or `$default`. */
  readonly routeKey: string;
  readonly pathParameters: Record<string, string> | undefined;
}

export type FindRoute = (method: string, rawPath: string) => RouteMatch | undefined;

interface Candidate {
  readonly route: ApiRoute;
  readonly routeKey: string;
  readonly segments: readonly string[];
  /** The sort key of matching routes; the most specific one comes first. */
  readonly rank: string;
}

const PARAMETER = /^\{([^{}+]+)\}$/;
const GREEDY = /^\{([^{}+]+)\+\}$/;

/**
 * Returns a function that selects a route like API Gateway. The most specific path wins: a literal segment before a parameter, a
 * parameter before a greedy one. A method wins over ANY. `$default` matches if nothing else does. Segments are matched before
 * decoding, so `%2F` is part of a parameter's value. A trailing slash makes a different path.
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
