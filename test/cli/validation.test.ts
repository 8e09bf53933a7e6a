import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../cli/failures.ts';
import { CREATE_INPUT, PUT_EVENTS_INPUT, type StructureShape } from '../../cli/shapes.ts';
import { validate } from '../../cli/validation.ts';
import { putEventsRequest } from '../../functions/api/interactions.ts';
import { createEventTrackerRequest } from '../../functions/api/schemas.ts';

/** The command line accepts exactly what the API accepts. Both get the same valid and almost valid input. */

function isAccepted(input: Record<string, unknown>, shape: StructureShape): boolean {
  try {
    validate(input, shape);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

const near = fc.oneof(
  { weight: 8, arbitrary: fc.constant('shop') },
  fc.constantFrom('shop', 'a', '', '-a', 'a b', 'é', 'x'.repeat(63), 'x'.repeat(64), 'a_b-C9', 'a.b'),
  fc.string({ maxLength: 5 }),
);
const arn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/';
const anything = fc.constantFrom(null, 1, true, [], {}, 'x');
const mostly = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 24, arbitrary: value }, { weight: 1, arbitrary: anything });

describe('create-event-tracker', () => {
  const schema = createEventTrackerRequest({ partition: 'aws', region: 'us-east-1', accountId: '123456789012' });
  const tag = fc.record(
    {
      tagKey: mostly(fc.oneof(near, fc.constantFrom('k'.repeat(128), 'k'.repeat(129), 'a:b/c=d+e-f@g', 'a#b', 'ключ'))),
      tagValue: mostly(fc.oneof(near, fc.constantFrom('v'.repeat(256), 'v'.repeat(257)))),
    },
    { requiredKeys: ['tagKey'] },
  );
  const request = fc.record(
    {
      name: mostly(near),
      datasetGroupArn: mostly(near.map((name) => `${arn}${name}`)),
      tags: mostly(
        fc.oneof(
          fc.array(tag, { maxLength: 3 }),
          fc
            .constantFrom(48, 49)
            .map((count) => Array.from({ length: count }, (_, n) => ({ tagKey: `k${n}`, tagValue: '' }))),
        ),
      ),
      adoptExisting: mostly(fc.boolean()),
      waitForDatasetGroup: mostly(fc.boolean()),
      clientContext: mostly(fc.constantFrom('', 'x'.repeat(1024), 'x'.repeat(1025))),
      extra: fc.constantFrom(undefined, undefined, undefined, 1),
    },
    { requiredKeys: ['name', 'datasetGroupArn'] },
  );
  test('agrees with the API', () => {
    let accepted = 0;
    fc.assert(
      fc.property(request, (input) => {
        // Only the service refuses names that are reserved by it or by AWS.
        const { success } = schema.safeParse(input);
        if (success) accepted++;
        expect([input, isAccepted(input, CREATE_INPUT)]).toEqual([input, success]);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('put-events', () => {
  const event = fc.record(
    {
      eventType: mostly(fc.constantFrom('click', '', 'x'.repeat(257))),
      sentAt: fc.constantFrom('2026-11-24T12:00:00Z', '2026-11-24T12:00:00.5+01:00'),
      eventId: mostly(fc.constantFrom('e', '', 'x'.repeat(256))),
      itemId: mostly(fc.constantFrom('i', '')),
      eventValue: mostly(fc.constantFrom(1, 2.5)),
      properties: fc.constantFrom({}, { price: 7 }),
      recommendationId: mostly(fc.constantFrom('r', 'r'.repeat(41))),
      impression: mostly(
        fc.constantFrom(
          ['a'],
          [],
          Array.from({ length: 26 }, () => 'a'),
        ),
      ),
      extra: fc.constant(1),
    },
    { requiredKeys: ['eventType', 'sentAt'] },
  );
  const request = fc.record(
    {
      sessionId: mostly(fc.constantFrom('s', '', 's'.repeat(257))),
      userId: mostly(fc.constantFrom('u', '')),
      eventList: mostly(
        fc.oneof(
          fc.array(event, { maxLength: 2 }),
          fc
            .constantFrom(100, 101)
            .map((count) => Array.from({ length: count }, () => ({ eventType: 'e', sentAt: '2026-11-24T12:00:00Z' }))),
        ),
      ),
    },
    { requiredKeys: ['sessionId', 'eventList'] },
  );
  test('agrees with the API', () => {
    let accepted = 0;
    fc.assert(
      fc.property(request, (input) => {
        const { success } = putEventsRequest.safeParse(input);
        if (success) accepted++;
        expect([input, isAccepted(input, PUT_EVENTS_INPUT)]).toEqual([input, success]);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
