import { expect, test } from 'vitest';
import * as z from 'zod';
import { type ApiEvent, parseBody, parseOptionalBody, parseQuery } from '../../../functions/api/request.ts';

/** API Gateway omits absent parts of a request. The console's test events, and other proxies, send null instead. */
const event = (parts: Record<string, unknown>) =>
  ({ headers: { 'content-type': 'application/json' }, requestContext: {}, ...parts }) as unknown as ApiEvent;
const shape = z.strictObject({ name: z.string().optional() });

test.each([null, undefined, ''])('a body of %j is BODY_NOT_JSON', (body) => {
  for (const isBase64Encoded of [false, true]) {
    expect(() => parseBody(event({ body, isBase64Encoded }), shape)).toThrow(
      expect.objectContaining({ refused: expect.objectContaining({ reason: 'BODY_NOT_JSON' }) }),
    );
  }
  expect(parseOptionalBody(event({ body }), shape)).toEqual({});
});

test.each([null, undefined, {}])('queryStringParameters: %j is an empty query', (queryStringParameters) => {
  expect(parseQuery(event({ queryStringParameters }), shape)).toEqual({});
});
