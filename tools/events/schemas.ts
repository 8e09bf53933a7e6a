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

/**
 * The JSON Schema of an event type's `detail`, in the given draft. It allows unknown fields, because subscribers are tolerant readers. zod
 * can't convert refinements to JSON Schema, so the fields that a status requires are added here as conditions.
 */
export function detailJsonSchema(detailType: DetailType, target: 'draft-2020-12' | 'draft-07'): object {
  const { detail, fieldsOfStatus } = EVENT_TYPES[detailType];
  const conditions = fieldsOfStatus.map(({ status, field, ...rule }) =>
    whenStatus(status, { required: [field] }, 'only' in rule ? { properties: { [field]: false } } : undefined),
  );
  return {
    ...z.toJSONSchema(detail, { target, io: 'input' }),
    title: `${detailType}: detail`,
    ...(conditions.length > 0 && { allOf: conditions }),
  };
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

/** The text of a generated file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
