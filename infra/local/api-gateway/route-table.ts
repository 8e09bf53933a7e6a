/** A route of the HTTP API; `path` as API Gateway writes it: `/event-trackers/{trackerId}`. */
export interface Route<Handler> {
  readonly method: string;
  readonly path: string;
  /** What the token's scopes must hold one of; with none, any valid token will do. */
  readonly scopes: readonly string[];
  readonly handler: Handler;
}

export interface Matched<Handler> {
  readonly route: Route<Handler>;
  /** Decoded, by name. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds a route as an HTTP API does: a literal segment beats a parameter, from the left; a parameter takes one whole,
 * non-empty segment.
 */
export function createRouteTable<Handler>(routes: readonly Route<Handler>[]) {
  const table = routes.map((route) => ({ route, segments: segmentsOf(route.path) }));
  // Literals before parameters, position by position.
  table.sort((left, right) => rank(left.segments).localeCompare(rank(right.segments)));
  return (method: string, rawPath: string): Matched<Handler> | undefined => {
    const asked = segmentsOf(rawPath);
    for (const { route, segments } of table) {
      if (route.method !== method || segments.length !== asked.length) continue;
      const parameters = match(segments, asked);
      if (parameters !== undefined) {
        return { route, pathParameters: Object.keys(parameters).length > 0 ? parameters : undefined };
      }
    }
    return undefined;
  };
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);
const isParameter = (segment: string): boolean => segment.startsWith('{') && segment.endsWith('}');
const rank = (segments: readonly string[]): string =>
  segments.map((segment) => (isParameter(segment) ? '1' : '0')).join('');

function match(segments: readonly string[], asked: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = decoded(asked[index] ?? '');
    if (value === undefined) return undefined;
    if (isParameter(segment)) {
      if (value === '') return undefined;
      parameters[segment.slice(1, -1)] = value;
    } else if (segment !== value) {
      return undefined;
    }
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
