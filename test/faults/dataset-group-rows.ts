import { type FaultCase, failed, personalize, reached, refusal, type Script } from './row.ts';

const lifecycle = 'creation before its dataset group';
const DESCRIBE_STEP = 'CheckDatasetGroup, DescribeDatasetGroup';
const row = (
  step: string,
  fault: string,
  scripts: readonly Script[],
  happens: string,
  outcome = reached(lifecycle),
): FaultCase => ({
  lifecycle,
  step,
  fault,
  happens,
  scripts,
  ...outcome,
});

/** A request with `waitForDatasetGroup`, then the group, then its dataset. */
export const DATASET_GROUP_ROWS: readonly FaultCase[] = [
  row('the owner of the group, CreateDatasetGroup', 'late', [], 'Group and dataset are waited for in turn.'),
  row(
    'the owner of the group, CreateDatasetGroup',
    'create-failed',
    [personalize('CreateDatasetGroup', 'create-failed')],
    'The wait ends with the failure, which quotes the reason that Personalize gives.',
    failed(lifecycle, 'DATASET_GROUP_NOT_ACTIVE', []),
  ),
  row(
    'the owner of the group, CreateDataset',
    'create-failed',
    [personalize('CreateDataset', 'create-failed')],
    'The wait ends with the failure.',
    failed(lifecycle, 'INTERACTIONS_DATASET_NOT_ACTIVE', []),
  ),
  row(
    DESCRIBE_STEP,
    'throttle ×4',
    [personalize('DescribeDatasetGroup', 'throttle', 4)],
    'Waited out: that task alone is repeated, later and later.',
  ),
  row(
    DESCRIBE_STEP,
    'access-denied',
    [personalize('DescribeDatasetGroup', 'access-denied')],
    'A failure that names the operation; nothing was created.',
    failed(lifecycle, 'ACCESS_DENIED', []),
  ),
  row(
    'Observe, ListEventTrackers',
    'ResourceNotFoundException',
    [{ ...refusal('ListEventTrackers'), error: 'ResourceNotFoundException' }],
    'What a list on a group that does not exist answers is unpublished: such a group has no trackers, and is waited for.',
  ),
  row(
    'CreateEventTracker, CreateEventTracker',
    'ResourceNotFoundException',
    [{ ...refusal('CreateEventTracker'), error: 'ResourceNotFoundException' }],
    'The group vanished after its check. Nothing was created.',
    failed(lifecycle, 'DATASET_GROUP_NOT_FOUND', ['ResourceNotFoundException']),
  ),
];

/** What never comes. */
export const DATASET_GROUP_DEADLINE_ROWS: readonly FaultCase[] = [
  row(
    'the owner of the group, CreateDatasetGroup',
    'stuck',
    [personalize('CreateDatasetGroup', 'stuck')],
    'After the deadline the failure names the group and its status. Nothing was created.',
    failed(lifecycle, 'DEADLINE_EXCEEDED', []),
  ),
  row(
    'the owner of the group, CreateDataset',
    'stuck',
    [personalize('CreateDataset', 'stuck')],
    'After the deadline, which group and dataset share, the failure names the dataset and its status.',
    failed(lifecycle, 'DEADLINE_EXCEEDED', []),
  ),
];
