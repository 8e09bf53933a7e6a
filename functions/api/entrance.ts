import type { ApiEvent } from './request.ts';
import { PLATFORM_PREFIX } from './routes.ts';

/**
 * Where the caller came in: what stands in its path before the operation's own (`/event-trackers/…`). It is `/platform` for a
 * platform's role, after the name of the stage, or the base path, below which API Gateway serves the API. A link that begins with
 * it leads back to the same entrance, where the caller's token or signature is taken.
 */
export function entranceOf({ routeKey, rawPath, pathParameters = {} }: ApiEvent): string {
  const route = routeKey.slice(routeKey.indexOf(' ') + 1);
  const isPlatforms = route.startsWith(`${PLATFORM_PREFIX}/`);
  const own = (isPlatforms ? route.slice(PLATFORM_PREFIX.length) : route).replace(
    /\{(\w+)\}/g,
    (_, name: string) => pathParameters[name] ?? '',
  );
  return rawPath.endsWith(own) ? rawPath.slice(0, -own.length) : isPlatforms ? PLATFORM_PREFIX : '';
}
