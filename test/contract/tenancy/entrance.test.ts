import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { expect, it } from 'vitest';
import { leadBack } from '../../../functions/api/entrance.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';

const TRACKER = '/event-trackers/et-x';

/** What comes out of a pipeline whose operation answers so, or whose errors are answered so. */
async function through(rawPath: string, answer: APIGatewayProxyStructuredResultV2, how: 'answers' | 'throws') {
  const handler = middy<ApiEvent, APIGatewayProxyStructuredResultV2>()
    .use(leadBack())
    .use({
      onError: (request) => {
        request.response = answer;
      },
    })
    .handler(async () => {
      if (how === 'throws') throw new Error('refused');
      return answer;
    });
  const event = { rawPath, headers: {}, requestContext: {} } as ApiEvent;
  return handler(event, { getRemainingTimeInMillis: () => 1_000 } as Context);
}

const ANSWER = {
  statusCode: 409,
  headers: { location: TRACKER, link: `<${TRACKER}>; rel="describedby"`, 'retry-after': '2' },
  body: JSON.stringify({
    type: '/problems/name_conflict',
    existing: { href: TRACKER, name: TRACKER },
    results: [{ problem: { existing: { href: TRACKER } } }],
    clientContext: `"href":"${TRACKER}"`,
  }),
};

it.each(['answers', 'throws'] as const)(
  'every link leads back to the platforms’ entrance: what the operation %s',
  async (how) => {
    const led = await through(`/platform${TRACKER}`, ANSWER, how);
    expect(led.headers).toEqual({
      location: `/platform${TRACKER}`,
      link: `</platform${TRACKER}>; rel="describedby"`,
      'retry-after': '2',
    });
    expect(JSON.parse(led.body ?? '')).toEqual({
      type: '/problems/name_conflict',
      existing: { href: `/platform${TRACKER}`, name: TRACKER },
      results: [{ problem: { existing: { href: `/platform${TRACKER}` } } }],
      clientContext: `"href":"${TRACKER}"`,
    });
  },
);

it('a page’s Link is led back with its query', async () => {
  const link = '</event-trackers?tenantId=acme&nextToken=x>; rel="next"';
  const { headers } = await through(
    '/platform/event-trackers',
    { statusCode: 200, headers: { link }, body: '{}' },
    'answers',
  );
  expect(headers?.link).toBe('</platform/event-trackers?tenantId=acme&nextToken=x>; rel="next"');
});

it('a tenant’s answers stay as they are', async () => {
  expect(await through(TRACKER, ANSWER, 'answers')).toEqual(ANSWER);
  expect(await through('/platforms/event-trackers', ANSWER, 'throws')).toEqual(ANSWER);
});
