import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { type Context, found, operation, seconds } from './operation.ts';
import { page } from './paging.ts';
import { Arn, MaxResults, Name, NextToken, Tags } from './shapes.ts';
import { DATASET_TYPES, type DatasetRecord, datasetArnOf, type PersonalizeState } from './state.ts';
import { checkTags } from './tags.ts';

export const CreateDataset = operation({
  input: z.object({
    name: Name,
    schemaArn: Arn,
    datasetGroupArn: Arn,
    datasetType: z
      .string()
      .max(256)
      .regex(/^[A-Za-z_]+$/),
    tags: Tags.optional(),
  }),
  writes: true,
  act(input, { state, now }) {
    const { name, schemaArn, datasetGroupArn } = input;
    const tags = checkTags(input.tags);
    const datasetType = input.datasetType.toUpperCase();
    if (!DATASET_TYPES.includes(datasetType)) {
      throw new AwsError(
        'InvalidInputException',
        "'datasetType' must be one of Interactions, Items, Users, Actions, Action_Interactions.",
      );
    }
    const group = found(state.group(datasetGroupArn, now), datasetGroupArn);
    if (group.phase.status !== 'ACTIVE') {
      throw new AwsError('ResourceInUseException', `Dataset group ${datasetGroupArn} is ${group.phase.status}.`);
    }
    found(state.schemas.get(schemaArn), schemaArn);
    const datasetArn = datasetArnOf(datasetGroupArn, datasetType);
    if (state.datasets.has(datasetArn)) {
      throw new AwsError('ResourceAlreadyExistsException', `Dataset ${datasetArn} already exists.`);
    }
    const dataset = {
      sequence: state.nextSequence(),
      name,
      datasetArn,
      datasetGroupArn,
      datasetType,
      schemaArn,
      tags,
      createdAt: now,
    };
    const eventTrackerArn = datasetType === 'ACTION_INTERACTIONS' ? addTrackerOf(dataset, state) : undefined;
    state.datasets.set(datasetArn, { ...dataset, eventTrackerArn });
    return { datasetArn };
  },
});

/** An Action_Interactions dataset brings a tracker of its own. Written before the dataset, it is there once the dataset is. */
function addTrackerOf(
  { name, datasetArn, datasetGroupArn, createdAt }: DatasetRecord,
  state: PersonalizeState,
): string {
  const eventTrackerArn = state.newTrackerArn();
  state.putTracker({
    sequence: state.nextSequence(),
    name,
    eventTrackerArn,
    trackingId: randomUUID(),
    datasetGroupArn,
    datasetArn,
    tags: [],
    lifecycle: { creation: { at: createdAt, pendingMs: 0, inProgressMs: 0 } },
  });
  return eventTrackerArn;
}

export const DescribeDataset = operation({
  input: z.object({ datasetArn: Arn }),
  act({ datasetArn }, { state, now }) {
    const dataset = found(state.datasets.get(datasetArn), datasetArn);
    const { datasetGroupArn, schemaArn, eventTrackerArn } = dataset;
    const trackingId = eventTrackerArn && state.tracker(eventTrackerArn, now)?.trackingId;
    return { dataset: { ...summary(dataset), datasetGroupArn, schemaArn, ...(trackingId && { trackingId }) } };
  },
});

export const ListDatasets = operation({
  input: z.object({
    datasetGroupArn: Arn.optional(),
    nextToken: NextToken.optional(),
    maxResults: MaxResults.optional(),
  }),
  act({ datasetGroupArn, ...paging }, { state }) {
    const datasets = datasetGroupArn === undefined ? [...state.datasets.values()] : state.datasetsOf(datasetGroupArn);
    const { items, nextToken } = page(datasets, `ListDatasets ${datasetGroupArn ?? ''}`, paging);
    return { datasets: items.map(summary), ...(nextToken && { nextToken }) };
  },
});

export const DeleteDataset = operation({
  input: z.object({ datasetArn: Arn }),
  writes: true,
  act({ datasetArn }, context): undefined {
    const { state, interactions } = context;
    const dataset = found(state.datasets.get(datasetArn), datasetArn);
    if (dataset.datasetType === 'INTERACTIONS' && hasTracker(dataset, context)) {
      throw new AwsError(
        'ResourceInUseException',
        `Dataset ${datasetArn} is used by the event tracker of its dataset group.`,
      );
    }
    state.datasets.delete(datasetArn);
    interactions.forget(datasetArn);
  },
});

/** The dataset that PutEvents writes to. */
export function interactionsDatasetOf(state: PersonalizeState, datasetGroupArn: string): DatasetRecord | undefined {
  return state.datasets.get(datasetArnOf(datasetGroupArn, 'INTERACTIONS'));
}

const hasTracker = ({ datasetGroupArn }: DatasetRecord, { state, now }: Context): boolean =>
  state.trackersOf(datasetGroupArn, now).some(({ datasetArn }) => datasetArn === undefined);

function summary({ name, datasetArn, datasetType, createdAt }: DatasetRecord) {
  return {
    name,
    datasetArn,
    datasetType,
    status: 'ACTIVE' as const,
    creationDateTime: seconds(createdAt),
    lastUpdatedDateTime: seconds(createdAt),
  };
}
