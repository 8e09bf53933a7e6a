import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateSchemaCommand,
  DescribeDatasetGroupCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { afterAll, expect, vi } from 'vitest';
import { local, type StartOptions, startLocalRuntime, tokenOf } from '../local-runtime.ts';

export interface DatasetGroups {
  readonly personalize: PersonalizeClient;
  /** Creates a dataset group that is ready for an event tracker. @returns its ARN */
  make(name: string): Promise<string>;
}

/** Starts a runtime for all tests of a file, which also stop it, with dataset groups and a token of the tenant acme. */
export async function oneRuntime({ scopes, ...options }: StartOptions & { scopes?: string[] } = {}) {
  const runtime = await startLocalRuntime(options);
  afterAll(async () => void (await runtime.end('SIGKILL')));
  const groups = await datasetGroupsOf(runtime);
  afterAll(() => groups.personalize.destroy());
  return { runtime, groups, token: await tokenOf(runtime, 'acme', scopes) };
}

/** Creates dataset groups in the runtime and makes every operation of its Personalize take a few hundred milliseconds. */
export async function datasetGroupsOf(runtime: { awsUrl: string }): Promise<DatasetGroups> {
  await local(runtime, 'PUT', '/_simulator/timing', {
    createPendingMs: 100,
    createInProgressMs: 200,
    deletePendingMs: 100,
    deleteInProgressMs: 200,
    datasetGroupMs: 10,
  });
  const personalize = new PersonalizeClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const fields = ['USER_ID', 'ITEM_ID'].map((name) => ({ name, type: 'string' }));
  const schema = {
    type: 'record',
    name: 'Interactions',
    namespace: 'com.amazonaws.personalize.schema',
    fields: [...fields, { name: 'TIMESTAMP', type: 'long' }],
    version: '1.0',
  };
  const { schemaArn } = await personalize.send(
    new CreateSchemaCommand({ name: 'interactions', schema: JSON.stringify(schema) }),
  );
  return {
    personalize,
    async make(name) {
      const { datasetGroupArn = '' } = await personalize.send(new CreateDatasetGroupCommand({ name }));
      const status = async () =>
        (await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup?.status;
      await vi.waitFor(async () => expect(await status()).toBe('ACTIVE'), { timeout: 60_000, interval: 100 });
      const dataset = { name: 'interactions', schemaArn, datasetGroupArn, datasetType: 'Interactions' };
      await personalize.send(new CreateDatasetCommand(dataset));
      return datasetGroupArn;
    },
  };
}
