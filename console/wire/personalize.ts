import { callAws } from './http.ts';

/** A dataset group, as ListDatasetGroups returns it. */
export interface DatasetGroup {
  readonly datasetGroupArn: string;
  readonly name: string;
  readonly status: string;
}

const call = (operation: string, input: object): Promise<unknown> => callAws(`AmazonPersonalize.${operation}`, input);

/** All items of a list. @param name the field of the answer that has them */
async function listAll(operation: string, name: string, input: object = {}): Promise<unknown[]> {
  const items: unknown[] = [];
  let nextToken: unknown;
  do {
    const page = (await call(operation, { ...input, maxResults: 100, nextToken })) as Record<string, unknown>;
    items.push(...(page[name] as unknown[]));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return items;
}

/** The dataset groups of the runtime's Personalize, by name. */
export async function datasetGroups(): Promise<DatasetGroup[]> {
  const groups = (await listAll('ListDatasetGroups', 'datasetGroups')) as DatasetGroup[];
  return groups.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The event trackers of a dataset group, whoever made them. */
export const eventTrackersOf = (datasetGroupArn: string): Promise<unknown[]> =>
  listAll('ListEventTrackers', 'eventTrackers', { datasetGroupArn });

const SCHEMA_NAME = 'console-interactions';
/** The smallest that Personalize accepts for an Interactions dataset. */
const SCHEMA = {
  type: 'record',
  name: 'Interactions',
  namespace: 'com.amazonaws.personalize.schema',
  fields: [
    { name: 'USER_ID', type: 'string' },
    { name: 'ITEM_ID', type: 'string' },
    { name: 'EVENT_TYPE', type: 'string' },
    { name: 'TIMESTAMP', type: 'long' },
  ],
  version: '1.0',
};

async function schemaArn(): Promise<string> {
  const schemas = (await listAll('ListSchemas', 'schemas')) as { name: string; schemaArn: string }[];
  const known = schemas.find(({ name }) => name === SCHEMA_NAME);
  if (known !== undefined) return known.schemaArn;
  const made = await call('CreateSchema', { name: SCHEMA_NAME, schema: JSON.stringify(SCHEMA) });
  return (made as { schemaArn: string }).schemaArn;
}

/** What is being waited for: a dataset group or its dataset, in this status. */
export interface Waiting {
  readonly of: string;
  readonly status: string;
}

const BETWEEN_READS_MS = 300;

/** Reads until the status is ACTIVE. @throws Error if the creation failed; the reason of `signal` */
async function untilActive(of: string, read: () => Promise<string>, onWait: OnWait, signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted();
    const status = await read();
    if (status === 'ACTIVE') return;
    if (status === 'CREATE FAILED') throw new Error(`Personalize could not create ${of}: its status is CREATE FAILED.`);
    onWait({ of, status });
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_READS_MS));
  }
}
type OnWait = (waiting: Waiting) => void;

/**
 * Makes a dataset group with an empty Interactions dataset, without which Personalize refuses an event tracker, and waits until both are
 * ACTIVE. What is there already is kept, so that a second attempt goes on where the first one ended.
 * @returns its ARN
 * @throws Refused with the message of Personalize, Unreachable, Error if a creation failed, or the reason of `signal`
 */
export async function makeDatasetGroup(name: string, onWait: OnWait, signal: AbortSignal): Promise<string> {
  const known = (await datasetGroups()).find((group) => group.name === name);
  const made = known ?? ((await call('CreateDatasetGroup', { name })) as { datasetGroupArn: string });
  const { datasetGroupArn } = made;
  await untilActive(
    `the dataset group ${name}`,
    async () => {
      const { datasetGroup } = (await call('DescribeDatasetGroup', { datasetGroupArn })) as {
        datasetGroup: DatasetGroup;
      };
      return datasetGroup.status;
    },
    onWait,
    signal,
  );
  const interactions = async () => {
    const datasets = (await listAll('ListDatasets', 'datasets', { datasetGroupArn })) as {
      datasetType: string;
      status: string;
    }[];
    return datasets.find(({ datasetType }) => datasetType.toUpperCase() === 'INTERACTIONS');
  };
  if ((await interactions()) === undefined) {
    await call('CreateDataset', {
      name: `${name.slice(0, 50)}-interactions`,
      datasetType: 'Interactions',
      datasetGroupArn,
      schemaArn: await schemaArn(),
    });
  }
  const read = async () => (await interactions())?.status ?? 'CREATE PENDING';
  await untilActive('its Interactions dataset', read, onWait, signal);
  return datasetGroupArn;
}
