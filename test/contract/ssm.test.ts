import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createParameterStoreService } from '../../infra/local/ssm/service.ts';
import { serve } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-ssm-'));
let stop: () => Promise<void>;
let client: SSMClient;

async function start(): Promise<void> {
  const service = createParameterStoreService({ clock: () => 1_700_000_000_000, directory: folder });
  const port = await serve(service.wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SSMClient({ endpoint: port.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  stop = async () => {
    client.destroy();
    await port.close();
    service.close();
  };
}
beforeAll(start);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

const put = (input: Partial<PutParameterCommandInput> & { Name: string }) =>
  client.send(new PutParameterCommand({ Value: 'secret', Type: 'SecureString', ...input }));
const stored = async (Name: string, WithDecryption = true) =>
  (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value;

describe('the local Parameter Store', () => {
  test('keeps a SecureString, and returns it only with decryption, across a restart', async () => {
    expect(await put({ Name: '/a/one', Description: 'first' })).toMatchObject({ Version: 1, Tier: 'Standard' });
    await stop();
    await start();
    expect(await stored('/a/one')).toBe('secret');
    expect(await stored('/a/one', false)).not.toContain('secret');
    const { Parameter } = await client.send(new GetParameterCommand({ Name: '/a/one' }));
    expect(Parameter).toMatchObject({
      ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/a/one',
      Type: 'SecureString',
      Version: 1,
      LastModifiedDate: new Date(1_700_000_000_000),
    });
    expect(await stored(Parameter?.ARN ?? '')).toBe('secret');
  });

  test('replaces a value only if the request says so, as the next version', async () => {
    await put({ Name: '/b' });
    await expect(put({ Name: '/b' })).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect(await put({ Name: '/b', Value: 'next', Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await stored('/b:2')).toBe('next');
    await expect(stored('/b:1')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  });

  test('lists by path and by filter, page by page, without values in the metadata', async () => {
    for (const name of ['x', 'y', 'z/deep']) await put({ Name: `/list/${name}`, Value: name, Description: name });
    const byPath = (Recursive: boolean, NextToken?: string) =>
      client.send(
        new GetParametersByPathCommand({ Path: '/list', Recursive, WithDecryption: true, MaxResults: 2, NextToken }),
      );
    const flat = await byPath(false);
    expect(flat.Parameters?.map(({ Value }) => Value)).toEqual(['x', 'y']);
    expect(flat.NextToken).toBeUndefined();
    const { NextToken } = await byPath(true);
    expect((await byPath(true, NextToken)).Parameters?.map(({ Name }) => Name)).toEqual(['/list/z/deep']);
    const filters = [{ Key: 'Name', Option: 'BeginsWith', Values: ['/list/z'] }];
    const { Parameters } = await client.send(new DescribeParametersCommand({ ParameterFilters: filters }));
    expect(Parameters).toMatchObject([{ Name: '/list/z/deep', Description: 'z/deep', KeyId: 'alias/aws/ssm' }]);
    expect(Parameters?.[0]).not.toHaveProperty('Value');
  });

  test('deletes, and says what it does not find', async () => {
    await put({ Name: '/gone' });
    await client.send(new DeleteParameterCommand({ Name: '/gone' }));
    await expect(client.send(new DeleteParameterCommand({ Name: '/gone' }))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
    await expect(stored('/gone')).rejects.toMatchObject({ name: 'ParameterNotFound' });
    const { InvalidParameters } = await client.send(new GetParametersCommand({ Names: ['/gone'] }));
    expect(InvalidParameters).toEqual(['/gone']);
  });

  test.each<[string, Partial<PutParameterCommandInput> & { Name: string }, string]>([
    ['a name with another character', { Name: '/a b' }, 'ValidationException'],
    ['a reserved name', { Name: '/aws/x' }, 'ValidationException'],
    ['a path without its first slash', { Name: 'a/b' }, 'ValidationException'],
    ['a path of 16 levels', { Name: '/x'.repeat(16) }, 'HierarchyLevelLimitExceededException'],
    ['a value of more than 4 KB', { Name: '/long', Value: 'x'.repeat(4097) }, 'ValidationException'],
    ['a new parameter without a type', { Name: '/typeless', Type: undefined }, 'ValidationException'],
    ['another type', { Name: '/a/one', Type: 'String', Overwrite: true }, 'HierarchyTypeMismatchException'],
  ])('refuses %s', async (_, input, name) => {
    await expect(put(input)).rejects.toMatchObject({ name });
  });

  test('quotes no value in an error', async () => {
    const error = await put({ Name: '/a b', Value: 'a-secret-value' }).catch(String);
    expect(error).not.toContain('a-secret-value');
  });
});
