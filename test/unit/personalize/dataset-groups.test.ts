import { describe, expect, test } from 'vitest';
import {
  ARN,
  answerOf,
  DEMO,
  newDirectory,
  open,
  passTime,
  SCHEMA,
  setTime,
  simulator,
  startForEachTest,
  succeed,
} from './simulation.ts';

startForEachTest();

const GROUP = `${ARN}dataset-group/new`;
const DATASET = `${ARN}dataset/new/INTERACTIONS`;
const group = (core = simulator) =>
  succeed('DescribeDatasetGroup', { datasetGroupArn: GROUP }, core).datasetGroup as {
    status: string;
    failureReason?: string;
  };
const createDataset = (core = simulator) => {
  const { schemaArn } = succeed('CreateSchema', { name: 'new', schema: SCHEMA }, core);
  return succeed(
    'CreateDataset',
    { name: 'new', schemaArn, datasetGroupArn: GROUP, datasetType: 'Interactions' },
    core,
  );
};
const dataset = (core = simulator) => succeed('DescribeDataset', { datasetArn: DATASET }, core).dataset.status;
const createTracker = () => answerOf('CreateEventTracker', { name: 't', datasetGroupArn: GROUP });

describe('the creation and deletion of a dataset group and its dataset', () => {
  test('pass through CREATE PENDING and CREATE IN_PROGRESS to ACTIVE, and only then allow a tracker', () => {
    simulator.setTiming({ datasetGroupMs: 1000, datasetMs: 2000 });
    succeed('CreateDatasetGroup', { name: 'new' });
    expect(group().status).toBe('CREATE PENDING');
    expect(createTracker()).toBe('ResourceInUseException');
    setTime(500);
    expect(group().status).toBe('CREATE IN_PROGRESS');
    setTime(1000);
    expect(group().status).toBe('ACTIVE');
    expect(createTracker()).toBe('InvalidInputException');
    createDataset();
    const statusInList = () => succeed('ListDatasets', { datasetGroupArn: GROUP }).datasets.map(({ status }) => status);
    expect([dataset(), statusInList()]).toEqual(['CREATE PENDING', ['CREATE PENDING']]);
    setTime(2000);
    expect([dataset(), statusInList()]).toEqual(['CREATE IN_PROGRESS', ['CREATE IN_PROGRESS']]);
    expect(createTracker()).toBe('InvalidInputException');
    setTime(3000);
    expect([dataset(), statusInList()]).toEqual(['ACTIVE', ['ACTIVE']]);
    expect(createTracker()).toMatchObject({ eventTrackerArn: expect.any(String) });
  });

  test('a dataset being deleted is DELETE PENDING, cannot be deleted again, and can be created again once it is gone', () => {
    succeed('CreateDatasetGroup', { name: 'new' });
    passTime(1000);
    createDataset();
    simulator.setTiming({ datasetMs: 1000 });
    succeed('DeleteDataset', { datasetArn: DATASET });
    expect(dataset()).toBe('DELETE PENDING');
    expect(answerOf('DeleteDataset', { datasetArn: DATASET })).toBe('ResourceInUseException');
    expect(answerOf('DeleteDatasetGroup', { datasetGroupArn: GROUP })).toBe('ResourceInUseException');
    passTime(1000);
    expect(answerOf('DescribeDataset', { datasetArn: DATASET })).toBe('ResourceNotFoundException');
    expect(succeed('ListDatasets', { datasetGroupArn: GROUP }).datasets).toEqual([]);
    succeed('CreateDataset', {
      name: 'again',
      schemaArn: `${ARN}schema/new`,
      datasetGroupArn: GROUP,
      datasetType: 'Interactions',
    });
    expect(dataset()).toBe('CREATE PENDING');
  });
});

describe('faults of their creation', () => {
  test('create-failed leads to CREATE FAILED, with a failureReason for a dataset group', () => {
    simulator.addFault({ operation: 'CreateDatasetGroup', times: 1, fault: 'create-failed' });
    succeed('CreateDatasetGroup', { name: 'new' });
    expect(group()).not.toHaveProperty('failureReason');
    passTime(1000);
    expect(group()).toMatchObject({ status: 'CREATE FAILED', failureReason: expect.any(String) });
    succeed('DeleteDatasetGroup', { datasetGroupArn: GROUP });
    passTime(1000);
    succeed('CreateDatasetGroup', { name: 'new' });
    passTime(1000);
    expect(group().status).toBe('ACTIVE');
    simulator.addFault({ operation: 'CreateDataset', times: 1, fault: 'create-failed' });
    createDataset();
    expect(dataset()).toBe('CREATE FAILED');
    expect(createTracker()).toBe('InvalidInputException');
  });

  test('stuck leads to CREATE IN_PROGRESS forever, even after a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    first.addFault({ operation: 'CreateDatasetGroup', times: 1, fault: 'stuck', datasetGroupArn: GROUP });
    succeed('CreateDatasetGroup', { name: 'new' }, first);
    first.close();
    passTime(1e9);
    const second = open({ directory });
    expect(group(second).status).toBe('CREATE IN_PROGRESS');
    expect(succeed('DescribeDatasetGroup', { datasetGroupArn: DEMO }, second).datasetGroup.status).toBe('ACTIVE');
  });
});
