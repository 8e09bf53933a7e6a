import { CreateDatasetGroup, DeleteDatasetGroup, DescribeDatasetGroup, ListDatasetGroups } from './dataset-groups.ts';
import { CreateDataset, DeleteDataset, DescribeDataset, ListDatasets } from './datasets.ts';
import { EMPTY_LISTS } from './empty-lists.ts';
import { CreateEventTracker, DeleteEventTracker, DescribeEventTracker, ListEventTrackers } from './event-trackers.ts';
import type { Operation } from './operation.ts';
import { PutEvents } from './put-events.ts';
import { PutItems, PutUsers } from './put-records.ts';
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
  ...EMPTY_LISTS,
  PutEvents,
  PutItems,
  PutUsers,
};

/** The operations of the service personalize-events, by the path of their POST. The others belong to personalize. */
export const EVENTS_PATHS = { '/events': 'PutEvents', '/items': 'PutItems', '/users': 'PutUsers' } as const;

const OF_EVENTS: readonly string[] = Object.values(EVENTS_PATHS);
export const isOfEvents = (operation: OperationName): boolean => OF_EVENTS.includes(operation);

export type OperationName = keyof typeof operations;
/** What each operation answers, as it goes over the wire: times are seconds since the epoch. */
export type Outputs = { [N in OperationName]: ReturnType<(typeof operations)[N]['run']> };

/** All operations of the simulator, of the services personalize and personalize-events. */
export const OPERATIONS: { readonly [N in OperationName]: Operation<Outputs[N]> } = operations;

export const OPERATION_NAMES: readonly OperationName[] = Object.keys(operations).filter(isOperationName);

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}
