import * as z from 'zod';
import { DETAIL_TYPES, type DetailType, EVENT_TYPES } from '../../events/contract.ts';

/** The JSON Schemas (draft 2020-12) of the events' `detail`, by file name. */
export const jsonSchemas = (): Record<string, object> =>
  Object.fromEntries(
    DETAIL_TYPES.map((detailType) => [
      `${detailType.toLowerCase().replaceAll(' ', '-')}.schema.json`,
      detailJsonSchema(detailType, 'draft-2020-12'),
    ]),
  );

type Draft = 'draft-2020-12' | 'draft-07' | 'draft-04';

/**
 * The JSON Schema of an event type's `detail`, in the given draft. It allows unknown fields, because subscribers are tolerant readers. zod
 * can't convert refinements to JSON Schema, so the fields that a status requires are added here as conditions.
 */
export function detailJsonSchema(detailType: DetailType, target: Draft): Record<string, unknown> {
  const { detail, fieldsOfStatus } = EVENT_TYPES[detailType];
  const conditions = fieldsOfStatus.map(({ status, field, ...rule }) => {
    const condition = { status, field, isExclusive: 'only' in rule };
    return target === 'draft-04' ? alternatives(condition) : conditional(condition);
  });
  return {
    ...z.toJSONSchema(detail, { target, io: 'input' }),
    title: `${detailType}: detail`,
    ...(conditions.length > 0 && { allOf: conditions }),
  };
}

/** The status requires the field; if exclusive, no other status allows it. */
interface Condition {
  readonly status: string;
  readonly field: string;
  readonly isExclusive: boolean;
}

const ofData = (rule: object) => ({ properties: { data: rule } });

const conditional = ({ status, field, isExclusive }: Condition) => ({
  if: ofData({ properties: { status: { const: status } } }),
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: ofData({ required: [field] }),
  ...(isExclusive && { else: ofData({ properties: { [field]: false } }) }),
});

/** Draft 4 has no `if` and no `const`. */
const alternatives = ({ status, field, isExclusive }: Condition) => ({
  anyOf: [
    ofData({ properties: { status: { enum: [status] } }, required: [field] }),
    ofData({ properties: { status: { not: { enum: [status] } } }, ...(isExclusive && { not: { required: [field] } }) }),
  ],
});

/** The text of a generated file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
