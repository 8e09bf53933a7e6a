import type { Features } from '../../../functions/api/features.ts';
import { offeredRoutes, type Privilege } from '../../../functions/api/routes.ts';
import type { ApiRoute } from './routes.ts';

/** The routes of a deployment with these features; requests without a route go to the function that reads. */
export const apiRoutes = (
  features: Features,
  functions: Readonly<Record<Privilege, (event: unknown) => Promise<unknown>>>,
): ApiRoute[] => [
  ...offeredRoutes(features).map(({ method, path, scopes, authorizer, privilege }) => ({
    method,
    path,
    scopes,
    authorizer,
    invoke: functions[privilege],
  })),
  { method: 'ANY', path: '$default', scopes: [], authorizer: 'none', invoke: functions.read },
];
