import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { StringType } from './interactions.ts';
import { type Context, found, operation } from './operation.ts';
import { propertiesIn } from './put-events.ts';
import { Arn } from './shapes.ts';

/** Stores items or users in their dataset. @throws AwsError ResourceNotFoundException, ResourceInUseException, InvalidInputException */
function putRecords(
  datasetArn: string,
  datasetType: 'ITEMS' | 'USERS',
  records: readonly { readonly properties?: string | undefined }[],
  { state, interactions, now }: Context,
): undefined {
  const dataset = found(state.dataset(datasetArn, now), datasetArn);
  if (dataset.datasetType !== datasetType) {
    throw new AwsError('InvalidInputException', `'datasetArn' must be the ARN of a dataset of type ${datasetType}.`);
  }
  if (dataset.phase.status !== 'ACTIVE') {
    throw new AwsError('ResourceInUseException', `Dataset ${datasetArn} is ${dataset.phase.status}.`);
  }
  records.forEach(({ properties }, index) => {
    propertiesIn(properties, `${datasetType.toLowerCase()}.${index + 1}.member`);
  });
  for (const record of records) interactions.add(datasetArn, record);
}

const properties = (max: number) => z.string().min(1).max(max).optional();

export const PutItems = operation({
  input: z.object({
    datasetArn: Arn,
    items: z
      .array(z.object({ itemId: StringType, properties: properties(32_000) }))
      .min(1)
      .max(10),
  }),
  writes: true,
  act: ({ datasetArn, items }, context) => putRecords(datasetArn, 'ITEMS', items, context),
});

export const PutUsers = operation({
  input: z.object({
    datasetArn: Arn,
    users: z
      .array(z.object({ userId: StringType, properties: properties(24_000) }))
      .min(1)
      .max(10),
  }),
  writes: true,
  act: ({ datasetArn, users }, context) => putRecords(datasetArn, 'USERS', users, context),
});
