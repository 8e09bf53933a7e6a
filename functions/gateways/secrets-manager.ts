import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { UnexpectedResponseError } from './aws-errors.ts';
import { callUnless, type TrackingIdPaths } from './tracking-id-paths.ts';

const NOT_FOUND = 'ResourceNotFoundException';
/** For a secret that is scheduled for deletion, and for one without a value. */
const INVALID = 'InvalidRequestException';

/** The shortest recovery window, in days. A name is taken while it lasts, so `write` restores the secret, which keeps its ARN. */
const RECOVERY_WINDOW_DAYS = 7;

/**
 * Tracking IDs as secrets in Secrets Manager.
 * @param keyId the KMS key that encrypts them; the account's `alias/aws/secretsmanager` if undefined
 */
export function createSecretsManager(client: SecretsManagerClient, keyId: string | undefined): TrackingIdPaths {
  return {
    async read(path) {
      const command = new GetSecretValueCommand({ SecretId: path });
      const answer = await callUnless('GetSecretValue', client.send(command), [NOT_FOUND, INVALID]);
      return typeof answer === 'string' ? undefined : answer.SecretString;
    },

    async write(path, trackingId, description) {
      const described = await callUnless('DescribeSecret', client.send(new DescribeSecretCommand({ SecretId: path })), [
        NOT_FOUND,
      ]);
      if (described === NOT_FOUND) {
        const created = { Name: path, SecretString: trackingId, Description: description, KmsKeyId: keyId };
        await callUnless('CreateSecret', client.send(new CreateSecretCommand(created)), []);
        return;
      }
      if (described.DeletedDate !== undefined) {
        await callUnless('RestoreSecret', client.send(new RestoreSecretCommand({ SecretId: path })), []);
      }
      const put = new PutSecretValueCommand({ SecretId: path, SecretString: trackingId });
      await callUnless('PutSecretValue', client.send(put), []);
    },

    async remove(path) {
      const command = new DeleteSecretCommand({ SecretId: path, RecoveryWindowInDays: RECOVERY_WINDOW_DAYS });
      const deleted = await callUnless('DeleteSecret', client.send(command), [NOT_FOUND, INVALID]);
      if (deleted !== INVALID) return;
      // It is scheduled for deletion already, or it cannot be deleted, for example because somebody has replicated it.
      const described = await callUnless('DescribeSecret', client.send(new DescribeSecretCommand({ SecretId: path })), [
        NOT_FOUND,
      ]);
      if (described !== NOT_FOUND && described.DeletedDate === undefined) {
        throw new UnexpectedResponseError('DeleteSecret', { awsError: INVALID });
      }
    },
  };
}
