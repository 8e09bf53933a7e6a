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

/** The request with `waitForDatasetGroup` comes first, then the dataset group, then its dataset. */
export const DATASET_GROUP_ROWS: readonly FaultCase[] = [
  row(
    'the owner of the group, CreateDatasetGroup',
    'late',
    [],
    'The service waits for the dataset group, then for the dataset.',
  ),
  row(
    'the owner of the group, CreateDatasetGroup',
    'create-failed',
    [personalize('CreateDatasetGroup', 'create-failed')],
    'The request fails and quotes the reason of Personalize.',
    failed(lifecycle, 'DATASET_GROUP_NOT_ACTIVE', []),
  ),
  row(
    'the owner of the group, CreateDataset',
    'create-failed',
    [personalize('CreateDataset', 'create-failed')],
    'The request fails.',
    failed(lifecycle, 'INTERACTIONS_DATASET_NOT_ACTIVE', []),
  ),
  row(
    DESCRIBE_STEP,
    'throttle ×4',
    [personalize('DescribeDatasetGroup', 'throttle', 4)],
    'Only this task is retried, with growing waits.',
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
    'The list contradicts the preflight, which found the dataset group: the service polls again.',
  ),
  row(
    'CreateEventTracker, CreateEventTracker',
    'ResourceNotFoundException',
    [{ ...refusal('CreateEventTracker'), error: 'ResourceNotFoundException' }],
    'The dataset group was deleted after the check. Nothing was created.',
    failed(lifecycle, 'DATASET_GROUP_NOT_FOUND', ['ResourceNotFoundException']),
  ),
];

/** Dataset groups and datasets that never become ready. */
export const DATASET_GROUP_DEADLINE_ROWS: readonly FaultCase[] = [
  row(
    'the owner of the group, CreateDatasetGroup',
    'stuck',
    [personalize('CreateDatasetGroup', 'stuck')],
    'After the deadline, the failure names the dataset group and its status. Nothing was created.',
    failed(lifecycle, 'DEADLINE_EXCEEDED', []),
  ),
  row(
    'the owner of the group, CreateDataset',
    'stuck',
    [personalize('CreateDataset', 'stuck')],
    'Dataset group and dataset share one deadline. After it, the failure names the dataset and its status.',
    failed(lifecycle, 'DEADLINE_EXCEEDED', []),
  ),
];
