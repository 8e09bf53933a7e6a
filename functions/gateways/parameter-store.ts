import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { callUnless, type TrackingIdPaths } from './tracking-id-paths.ts';

/**
 * Tracking IDs as SecureStrings in Systems Manager's Parameter Store.
 * @param keyId the KMS key that encrypts them; the account's `alias/aws/ssm` if undefined
 */
export function createParameterStore(client: SSMClient, keyId: string | undefined): TrackingIdPaths {
  return {
    async read(path) {
      const command = new GetParameterCommand({ Name: path, WithDecryption: true });
      const answer = await callUnless('GetParameter', client.send(command), ['ParameterNotFound']);
      return answer === 'ParameterNotFound' ? undefined : answer.Parameter?.Value;
    },

    async write(path, trackingId, description) {
      await callUnless(
        'PutParameter',
        client.send(
          new PutParameterCommand({
            Name: path,
            Value: trackingId,
            Type: 'SecureString',
            Overwrite: true,
            Tier: 'Standard',
            Description: description,
            KeyId: keyId,
          }),
        ),
        [],
      );
    },

    async remove(path) {
      const command = new DeleteParameterCommand({ Name: path });
      await callUnless('DeleteParameter', client.send(command), ['ParameterNotFound']);
    },
  };
}
