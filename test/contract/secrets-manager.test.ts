import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSecretsManagerService } from '../../infra/local/secrets-manager/service.ts';
import { serve } from './serve.ts';

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-secrets-'));
let now = 1_700_000_000_000;
let stop: () => Promise<void>;
let client: SecretsManagerClient;

async function start(): Promise<void> {
  const service = createSecretsManagerService({ clock: () => now, directory: folder });
  const port = await serve(service.wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SecretsManagerClient({ endpoint: port.url, region: 'us-east-1', credentials, maxAttempts: 1 });
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

const create = (Name: string, SecretString = 'one') => client.send(new CreateSecretCommand({ Name, SecretString }));
const stored = async (SecretId: string) => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
const remove = (SecretId: string, RecoveryWindowInDays?: number) =>
  client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays }));

describe('the local Secrets Manager', () => {
  test('keeps a secret under its name, its ARN and the ARN without its end, across a restart', async () => {
    const { ARN = '' } = await create('/a/one');
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:\/a\/one-[A-Za-z0-9]{6}$/);
    await stop();
    await start();
    for (const id of ['/a/one', ARN, ARN.slice(0, -7)]) expect(await stored(id)).toBe('one');
  });

  test('PutSecretValue makes a new current version', async () => {
    const { VersionId } = await create('b');
    const next = await client.send(new PutSecretValueCommand({ SecretId: 'b', SecretString: 'two' }));
    expect(next.VersionId).not.toBe(VersionId);
    expect(await stored('b')).toBe('two');
    await expect(create('b')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  test('a deletion has a recovery window, during which the name is taken and the secret can be restored', async () => {
    const { ARN } = await create('c');
    const { DeletionDate } = await remove('c', 7);
    expect(DeletionDate).toEqual(new Date(now + 7 * DAY_MS));
    await expect(stored('c')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(create('c')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(client.send(new PutSecretValueCommand({ SecretId: 'c', SecretString: 'x' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    expect(SecretList?.map(({ Name }) => Name)).not.toContain('c');
    await client.send(new RestoreSecretCommand({ SecretId: 'c' }));
    expect(await stored('c')).toBe('one');
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'c' }))).ARN).toBe(ARN);
  });

  test('after its window, or by force, a secret is gone and its name is free', async () => {
    const { ARN } = await create('d');
    await remove('d', 7);
    now += 7 * DAY_MS;
    await expect(stored('d')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await create('d')).ARN).not.toBe(ARN);
    await client.send(new DeleteSecretCommand({ SecretId: 'd', ForceDeleteWithoutRecovery: true }));
    await expect(remove('d')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await create('d');
  });

  test('refuses a name and a window that Secrets Manager refuses', async () => {
    await expect(create('a b')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(remove('d', 6)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
