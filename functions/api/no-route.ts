import { RequestRefused } from '../tracker/refusals.ts';
import type { Operation } from './pipeline.ts';
import { ROUTES } from './routes.ts';

/** Whatever no route takes (`$default`): 405 with Allow where the path is known, else 404. */
export const noRoute: Operation = async ({ rawPath }) => {
  const allow = ROUTES.filter(({ path }) => isPath(path, rawPath)).map(({ method }) => method);
  throw new RequestRefused(allow.length > 0 ? { reason: 'METHOD_NOT_ALLOWED', allow } : { reason: 'NOT_FOUND' });
};

function isPath(path: string, asked: string): boolean {
  const segments = path.split('/');
  const given = asked.split('/');
  return (
    segments.length === given.length &&
    segments.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
  );
}
