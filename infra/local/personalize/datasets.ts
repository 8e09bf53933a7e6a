import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { halves, isDeletable, passage, summaryOf } from './lifecycle.ts';
import { type Context, found, operation, page } from './operation.ts';
import { Arn, Name, Paging, Tags } from './shapes.ts';
import { DATASET_TYPES, type DatasetRecord, datasetArnOf, type PersonalizeState, type Seen } from './state.ts';
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
  act(input, { state, now, twist }) {
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
    if (state.dataset(datasetArn, now) !== undefined) {
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
      lifecycle: { creation: passage(now, ...halves(state.timing.datasetMs), twist?.fault) },
    };
    const eventTrackerArn = datasetType === 'ACTION_INTERACTIONS' ? addTrackerOf(dataset, state) : undefined;
    state.putDataset({ ...dataset, eventTrackerArn });
    return { datasetArn };
  },
});

/** An Action_Interactions dataset comes with its own tracker. It is written before the dataset, so that it exists once the dataset does. */
function addTrackerOf(
  { name, datasetArn, datasetGroupArn, lifecycle }: DatasetRecord,
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
    lifecycle: { creation: passage(lifecycle.creation.at, 0, 0) },
  });
  return eventTrackerArn;
}

export const DescribeDataset = operation({
  input: z.object({ datasetArn: Arn }),
  act({ datasetArn }, { state, now }) {
    const dataset = found(state.dataset(datasetArn, now), datasetArn);
    const { datasetGroupArn, schemaArn, eventTrackerArn } = dataset;
    const trackingId = eventTrackerArn && state.tracker(eventTrackerArn, now)?.trackingId;
    return { dataset: { ...summary(dataset), datasetGroupArn, schemaArn, ...(trackingId && { trackingId }) } };
  },
});

export const ListDatasets = operation({
  input: z.object({ datasetGroupArn: Arn.optional(), ...Paging }),
  act({ datasetGroupArn, ...paging }, { state, now }) {
    const datasets = datasetGroupArn === undefined ? state.datasets(now) : state.datasetsOf(datasetGroupArn, now);
    const { items, nextToken } = page(datasets, `ListDatasets ${datasetGroupArn ?? ''}`, paging);
    return { datasets: items.map(summary), nextToken };
  },
});

export const DeleteDataset = operation({
  input: z.object({ datasetArn: Arn }),
  writes: true,
  act({ datasetArn }, context): undefined {
    const { state, interactions, now } = context;
    const { phase, ...dataset } = found(state.dataset(datasetArn, now), datasetArn);
    if (dataset.datasetType === 'INTERACTIONS' && hasTracker(dataset, context)) {
      throw new AwsError(
        'ResourceInUseException',
        `Dataset ${datasetArn} is used by the event tracker of its dataset group.`,
      );
    }
    if (!isDeletable(phase)) throw new AwsError('ResourceInUseException', `Dataset ${datasetArn} is ${phase.status}.`);
    // The simulator's datasets have no DELETE IN_PROGRESS.
    const deletion = passage(now, state.timing.datasetMs, 0);
    state.putDataset({ ...dataset, lifecycle: { ...dataset.lifecycle, deletion } });
    interactions.forget(datasetArn);
  },
});

/** The dataset that PutEvents writes to, once it is ACTIVE. */
export function interactionsDatasetOf(
  state: PersonalizeState,
  datasetGroupArn: string,
  now: number,
): DatasetRecord | undefined {
  const dataset = state.dataset(datasetArnOf(datasetGroupArn, 'INTERACTIONS'), now);
  return dataset?.phase.status === 'ACTIVE' ? dataset : undefined;
}

const hasTracker = ({ datasetGroupArn }: DatasetRecord, { state, now }: Context): boolean =>
  state.trackersOf(datasetGroupArn, now).some(({ datasetArn }) => datasetArn === undefined);

const summary = (dataset: Seen<DatasetRecord>) => ({
  datasetArn: dataset.datasetArn,
  datasetType: dataset.datasetType,
  ...summaryOf(dataset),
});
