import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { found, operation, page } from './operation.ts';
import { Arn, Domain, Name, Paging } from './shapes.ts';
import type { SchemaRecord } from './state.ts';

const AvroRecord = z.looseObject({ type: z.literal('record'), fields: z.array(z.unknown()).min(1) });

export const CreateSchema = operation({
  input: z.object({ name: Name, schema: z.string().max(20_000), domain: Domain.optional() }),
  writes: true,
  act({ name, schema, domain }, { state, now }) {
    if (!AvroRecord.safeParse(jsonOf(schema)).success) {
      throw new AwsError('InvalidInputException', "'schema' must be an Avro record in JSON, with its fields.");
    }
    const schemaArn = state.arnOf(`schema/${name}`);
    if (state.schemas.has(schemaArn)) {
      throw new AwsError('ResourceAlreadyExistsException', `Schema ${schemaArn} already exists.`);
    }
    state.schemas.set(schemaArn, { sequence: state.nextSequence(), name, schemaArn, schema, domain, createdAt: now });
    return { schemaArn };
  },
});

export const DescribeSchema = operation({
  input: z.object({ schemaArn: Arn }),
  act({ schemaArn }, { state }) {
    const record = found(state.schemas.get(schemaArn), schemaArn);
    return { schema: { ...summary(record), schema: record.schema } };
  },
});

export const ListSchemas = operation({
  input: z.object(Paging),
  refusal: 'ValidationException',
  act(paging, { state }) {
    const { items, nextToken } = page([...state.schemas.values()], 'ListSchemas', paging);
    return { schemas: items.map(summary), nextToken };
  },
});

export const DeleteSchema = operation({
  input: z.object({ schemaArn: Arn }),
  writes: true,
  act({ schemaArn }, { state, now }): undefined {
    found(state.schemas.get(schemaArn), schemaArn);
    if (state.datasets(now).some((dataset) => dataset.schemaArn === schemaArn)) {
      throw new AwsError('ResourceInUseException', `Schema ${schemaArn} is used by a dataset.`);
    }
    state.schemas.delete(schemaArn);
  },
});

/** The JSON in a text, or undefined. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const summary = ({ name, schemaArn, domain, createdAt }: SchemaRecord) => ({
  name,
  schemaArn,
  creationDateTime: createdAt / 1000,
  lastUpdatedDateTime: createdAt / 1000,
  domain,
});
