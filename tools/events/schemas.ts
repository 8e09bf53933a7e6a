import * as z from 'zod';
import { DRIFT_DETECTED, driftDetectedSchema, STATE_CHANGE, stateChangeSchema } from '../../events/contract.ts';

/**
 * The JSON Schemas (draft 2020-12) of the events' `detail`, by file name, made from the one definition in contract.ts.
 * Subscribers are tolerant readers: what is not named is allowed. zod's refinements (a tracking ID exactly with ACTIVE, a
 * failure with CREATE FAILED) have no form in zod's JSON Schema, and are added here as conditions.
 */
export function jsonSchemas(): Record<string, object> {
  return {
    'event-tracker-state-change.schema.json': stateChangeJsonSchema('draft-2020-12'),
    'event-tracker-drift-detected.schema.json': driftDetectedJsonSchema('draft-2020-12'),
  };
}

type Draft = 'draft-2020-12' | 'draft-07';

/** Of a State Change's `detail`, in the draft that its reader knows. */
export const stateChangeJsonSchema = (draft: Draft): object => ({
  ...schemaOf(stateChangeSchema, STATE_CHANGE, draft),
  allOf: [
    whenStatus('ACTIVE', { required: ['trackingId'] }, { properties: { trackingId: false } }),
    whenStatus('CREATE FAILED', { required: ['failure'] }),
  ],
});

/** Of a Drift Detected's `detail`, in the draft that its reader knows. */
export const driftDetectedJsonSchema = (draft: Draft): object => schemaOf(driftDetectedSchema, DRIFT_DETECTED, draft);

function schemaOf(schema: z.ZodType, title: string, target: Draft): object {
  return { ...z.toJSONSchema(schema, { target, io: 'input' }), title: `${title}: detail` };
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
