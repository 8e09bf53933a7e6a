import { RequestRejected } from '../tracker/request-error.ts';
import type { ApiContext } from './context.ts';
import type { Operation } from './pipeline.ts';
import { lacking, ROUTES } from './routes.ts';

/**
 * Requests that match no route (`$default`): NOT_ENABLED if the deployment has turned the route off, 405 with Allow if the path has other
 * methods, otherwise 404.
 */
export function noRoute({ features }: Pick<ApiContext, 'features'>): Operation {
  return async ({ rawPath, requestContext }) => {
    const { method } = requestContext.http;
    // A named stage stands before the path.
    const stage = requestContext.stage === '$default' ? '' : `/${requestContext.stage}`;
    const asked = rawPath.startsWith(`${stage}/`) ? rawPath.slice(stage.length) : rawPath;
    const routes = ROUTES.filter(({ path }) => isPath(path, asked));
    const offered = routes.filter((route) => lacking(route, features).length === 0);
    const allow = [...new Set(offered.map((route) => route.method))];
    const leftOut = routes.find((route) => route.method === method) ?? (allow.length === 0 ? routes[0] : undefined);
    const settings = leftOut === undefined ? [] : lacking(leftOut, features);
    if (settings.length > 0) throw new RequestRejected({ reason: 'NOT_ENABLED', settings });
    throw new RequestRejected(
      allow.length > 0 ? { reason: 'METHOD_NOT_ALLOWED', allow } : { reason: 'NOT_FOUND', path: true },
    );
  };
}

function isPath(path: string, asked: string): boolean {
  const segments = path.split('/');
  const given = asked.split('/');
  return (
    segments.length === given.length &&
    segments.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
  );
}
