import { expect, it } from 'vitest';
import { entranceOf } from '../../../functions/api/entrance.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';

const entrance = (routeKey: string, rawPath: string, pathParameters?: Record<string, string>) =>
  entranceOf({ routeKey, rawPath, pathParameters } as ApiEvent);
const RETRY = '/event-trackers/{trackerId}/retry';

it.each(['', '/prod', '/orders/v1', '/platform'])(
  'the base path "%s" is the part of the path before the route',
  (base) => {
    const id = { trackerId: 'et-1' };
    expect(entrance('POST /event-trackers', `${base}/event-trackers`)).toBe(base);
    expect(entrance(`POST ${RETRY}`, `${base}/event-trackers/et-1/retry`, id)).toBe(base);
    expect(entrance('POST /platform/event-trackers', `${base}/platform/event-trackers`)).toBe(`${base}/platform`);
    expect(entrance(`POST /platform${RETRY}`, `${base}/platform/event-trackers/et-1/retry`, id)).toBe(
      `${base}/platform`,
    );
  },
);

it('a slash that API Gateway decoded from an id belongs to the id', () => {
  expect(entrance('GET /event-trackers/{trackerId}', '/event-trackers/a/b', { trackerId: 'a/b' })).toBe('');
});

it('a request that matches no route has no base path', () => {
  expect(entrance('$default', '/event-tracker')).toBe('');
});
