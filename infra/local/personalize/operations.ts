import { CreateDatasetGroup, DeleteDatasetGroup, DescribeDatasetGroup, ListDatasetGroups } from './dataset-groups.ts';
import { CreateDataset, DeleteDataset, DescribeDataset, ListDatasets } from './datasets.ts';
import { CreateEventTracker, DeleteEventTracker, DescribeEventTracker, ListEventTrackers } from './event-trackers.ts';
import type { Operation } from './operation.ts';
import { PutEvents } from './put-events.ts';
import { CreateSchema, DeleteSchema, DescribeSchema, ListSchemas } from './schemas.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tags.ts';

const operations = {
  CreateEventTracker,
  DescribeEventTracker,
  ListEventTrackers,
  DeleteEventTracker,
  CreateDatasetGroup,
  DescribeDatasetGroup,
  ListDatasetGroups,
  DeleteDatasetGroup,
  CreateSchema,
  DescribeSchema,
  ListSchemas,
  DeleteSchema,
  CreateDataset,
  DescribeDataset,
  ListDatasets,
  DeleteDataset,
  ListTagsForResource,
  TagResource,
  UntagResource,
  PutEvents,
};

export type OperationName = keyof typeof operations;
/** What each operation answers, as it goes over the wire: times are seconds since the epoch. */
export type Outputs = { [N in OperationName]: ReturnType<(typeof operations)[N]['run']> };

/** Everything the simulator can do: the control plane, and PutEvents of the service personalize-events. */
export const OPERATIONS: { readonly [N in OperationName]: Operation<Outputs[N]> } = operations;

export const OPERATION_NAMES: readonly OperationName[] = Object.keys(operations).filter(isOperationName);

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}
