import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { createSecretsManager } from '../../../functions/gateways/secrets-manager.ts';

const refusal = Object.assign(new Error("You can't delete a secret that still has replica Regions."), {
  name: 'InvalidRequestException',
  $fault: 'client',
  $metadata: { httpStatusCode: 400 },
});

/** A Secrets Manager that refuses to delete the secret, which is described so. */
const refusing = (described: object) =>
  createSecretsManager(
    {
      send: async ({ constructor: { name } }: object) => {
        if (name === 'DescribeSecretCommand') return described;
        throw refusal;
      },
    } as unknown as SecretsManagerClient,
    undefined,
  );

test('a secret that is already scheduled for deletion counts as removed', async () => {
  await expect(refusing({ DeletedDate: new Date() }).remove('/a')).resolves.toBeUndefined();
});

test('one that cannot be deleted, such as one with replicas, is an error: its tracking ID is still there', async () => {
  await expect(refusing({}).remove('/a')).rejects.toMatchObject({
    message: expect.stringContaining('InvalidRequestException'),
  });
});
