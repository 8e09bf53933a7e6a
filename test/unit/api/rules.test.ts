import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import * as changes from '../../../functions/api/change-schemas.ts';
import { putEventsRequest } from '../../../functions/api/interactions.ts';
import * as queries from '../../../functions/api/queries.ts';
import { validated } from '../../../functions/api/request.ts';
import * as schemas from '../../../functions/api/schemas.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';

const HOME = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const SCHEMAS: Readonly<Record<string, z.core.$ZodType>> = {
  putEventsRequest,
  createEventTrackerRequest: schemas.createEventTrackerRequest(HOME),
  createEventTrackerQuery: schemas.createEventTrackerQuery,
  batchRequest: changes.batchRequest,
  updateEventTrackerRequest: changes.updateEventTrackerRequest,
  deleteEventTrackerQuery: changes.deleteEventTrackerQuery,
  listEventTrackersQuery: queries.listEventTrackersQuery(HOME),
  summarizeEventTrackersQuery: queries.summarizeEventTrackersQuery(HOME),
  emptyObject: changes.emptyObject,
};

test('SCHEMAS lists every schema of a request', () => {
  const exported = Object.entries({ ...schemas, ...changes, ...queries }).filter(([name]) =>
    /Request$|Query$|^emptyObject$/.test(name),
  );
  expect(exported.map(([name]) => name).filter((name) => !(name in SCHEMAS))).toEqual([]);
});

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** Values of the schema's shape, in which any part may be replaced by an arbitrary value. */
function almost(schema: JsonSchema): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.constantFrom<unknown>(null, true, 1.5, 1e300, -1, '', ' ', 'x'.repeat(2000), [], {}, [[]], { a: 1 }, 'é'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  if (schema.type === 'object') {
    const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, almost(member)] as const);
    const shaped = fc.record({ ...Object.fromEntries(members), unknown: fc.constant(1) }, { requiredKeys: [] });
    return fc.oneof({ arbitrary: shaped, weight: 5 }, { arbitrary: anything, weight: 1 });
  }
  if (schema.type === 'array') {
    const shaped = fc.array(almost(schema.items ?? {}), { maxLength: 3 });
    return fc.oneof({ arbitrary: shaped, weight: 5 }, { arbitrary: anything, weight: 1 });
  }
  return anything;
}

test.each(Object.entries(SCHEMAS))(
  '%s: every rule is a sentence about JSON, not a message of the validator',
  (_, schema) => {
    const rules = new Set<string>();
    const shape = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
    fc.assert(
      fc.property(almost(shape), (value) => {
        try {
          validated(schema, value);
        } catch (error) {
          if (!(error instanceof RequestRejected) || error.refused.reason !== 'INVALID_REQUEST') throw error;
          const { errors } = error.refused;
          for (const { rule } of errors) rules.add(rule);
          // A value of the wrong type breaks one rule only: the one about its type.
          for (const { field, rule } of errors) {
            if (/^must be an? (string|(whole )?number|boolean|array|object)$/.test(rule))
              expect(errors.filter((other) => other.field === field)).toHaveLength(1);
          }
        }
      }),
      { numRuns: 1_500 },
    );
    expect(rules.size).toBeGreaterThan(1);
    for (const rule of rules) {
      expect(rule).toMatch(/^(must|may|is) /);
      expect(rule).not.toMatch(/\b(record|nonoptional|invalid|expected|received|undefined|nan|strictObject|int)\b/i);
    }
  },
);
