import { passage } from './lifecycle.ts';
import { datasetArnOf, type PersonalizeState } from './state.ts';

/** The dataset group of a new local runtime. */
const NAME = 'acme-shop';

/** The smallest schema that Personalize accepts for an Interactions dataset. */
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

/**
 * Adds the demo group, ACTIVE immediately and with an Interactions dataset, to a state that has never had a group. The group is written
 * last, so that after a kill before it, everything is written again.
 */
export function seedDemoGroup(state: PersonalizeState, now: number): void {
  if (!state.isPristine) return;
  const datasetGroupArn = state.arnOf(`dataset-group/${NAME}`);
  const name = `${NAME}-interactions`;
  const schemaArn = state.arnOf(`schema/${name}`);
  const datasetType = 'INTERACTIONS';
  const datasetArn = datasetArnOf(datasetGroupArn, datasetType);
  const schema = JSON.stringify(SCHEMA);
  state.schemas.set(schemaArn, { sequence: state.nextSequence(), name, schemaArn, schema, createdAt: now });
  state.putDataset({
    sequence: state.nextSequence(),
    name,
    datasetArn,
    datasetGroupArn,
    datasetType,
    schemaArn,
    tags: [],
    lifecycle: { creation: passage(now, 0, 0) },
  });
  state.putGroup({
    sequence: state.nextSequence(),
    name: NAME,
    datasetGroupArn,
    tags: [],
    lifecycle: { creation: passage(now, 0, 0) },
  });
}
