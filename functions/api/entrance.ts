import type { ApiEvent } from './request.ts';
import { PLATFORM_PREFIX } from './routes.ts';

/**
 * The part of the request path before the operation's own path (`/event-trackers/…`): the stage or base path of the API, and
 * `/platform` for platform roles. Links in responses begin with it, so that the caller's token or signature is valid for them too.
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
