import { DETAIL_TYPES, EVENT_SOURCE } from '../../events/contract.ts';
import { eventSchema } from './envelope.ts';
import { detailJsonSchema } from './schemas.ts';

/**
 * The schemas for EventBridge's schema registry, by their names there: JSON Schema Draft 4 of whole events. Names and the members that
 * begin with `x-amazon-events` are those that EventBridge gives the schemas that it discovers.
 */
export const registrySchemas = (): Readonly<Record<string, object>> =>
  Object.fromEntries(
    DETAIL_TYPES.map((detailType) => {
      const title = detailType.replaceAll(' ', '');
      const { $schema, ...detail } = detailJsonSchema(detailType, 'draft-04');
      const schema = {
        $schema,
        title,
        'x-amazon-events-detail-type': detailType,
        'x-amazon-events-source': EVENT_SOURCE,
        ...eventSchema(detailType, { $ref: `#/definitions/${title}` }, (value) => ({ type: 'string', enum: [value] })),
        definitions: { [title]: detail },
      };
      return [`${EVENT_SOURCE}@${title}`, schema];
    }),
  );
