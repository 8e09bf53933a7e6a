import * as z from 'zod';
import { DRIFT_DETECTED, driftDetectedSchema, STATE_CHANGE, stateChangeSchema } from './contract.ts';

/**
 * The JSON Schemas (draft 2020-12) of the events' `detail`, by file name, made from the one definition in contract.ts.
 * Subscribers are tolerant readers: what is not named is allowed. zod's refinements (a tracking ID exactly with ACTIVE, a
 * failure with CREATE FAILED) have no form in zod's JSON Schema, and are added here as conditions.
 */
export function jsonSchemas(): Record<string, object> {
  return {
    'event-tracker-state-change.schema.json': {
      ...schemaOf(stateChangeSchema, STATE_CHANGE),
      allOf: [
        whenStatus('ACTIVE', { required: ['trackingId'] }, { properties: { trackingId: false } }),
        whenStatus('CREATE FAILED', { required: ['failure'] }),
      ],
    },
    'event-tracker-drift-detected.schema.json': schemaOf(driftDetectedSchema, DRIFT_DETECTED),
  };
}

function schemaOf(schema: z.ZodType, title: string): object {
  return { ...z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }), title: `${title}: detail` };
}

function whenStatus(status: string, then: object, otherwise?: object): object {
  const data = (rule: object) => ({ properties: { data: rule } });
  return {
    if: data({ properties: { status: { const: status } } }),
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
    then: data(then),
    ...(otherwise && { else: data(otherwise) }),
  };
}

/** The file's text as it stands in events/schemas. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
