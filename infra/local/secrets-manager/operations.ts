import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import type { Secret, Secrets } from './secrets.ts';

type Operation = (secrets: Secrets, body: Record<string, unknown>) => unknown;

const operation =
  <S extends z.ZodType>(shape: S, act: (secrets: Secrets, input: z.infer<S>) => unknown): Operation =>
  (secrets, body) =>
    act(secrets, parseInput(shape, body, 'InvalidParameterException'));

// Limits of the Secrets Manager API reference (2017-10-17).
const SecretId = text(1, 2048);
const SecretString = text(1, 65_536);
const token = { ClientRequestToken: text(32, 64).optional() };
const Tags = z.array(z.object({ Key: text(1, 128).optional(), Value: text(0, 256).optional() })).optional();

const CURRENT = ['AWSCURRENT'];
const named = ({ arn, name }: Secret) => ({ ARN: arn, Name: name });
const versionOf = ({ versionId }: Secret) => (versionId === undefined ? {} : { [versionId]: CURRENT });
const described = (secret: Secret) => ({
  ...named(secret),
  Description: secret.description,
  KmsKeyId: secret.keyId,
  CreatedDate: secret.createdAt / 1000,
  LastChangedDate: secret.changedAt / 1000,
  ...(secret.deletion && { DeletedDate: secret.deletion.at / 1000 }),
  Tags: secret.tags ?? [],
});

/** The operations of the local Secrets Manager, by name. */
export const operations: Readonly<Record<string, Operation>> = {
  CreateSecret: operation(
    z.object({
      Name: text(1, 512).regex(/^[\w/+=.@-]+$/),
      SecretString: SecretString.optional(),
      Description: text(0, 2048).optional(),
      KmsKeyId: text(0, 2048).optional(),
      Tags,
      ...token,
    }),
    (secrets, { Name, SecretString: value, Description, KmsKeyId, Tags: tags }) => {
      const secret = secrets.create({
        name: Name,
        ...(value !== undefined && { value }),
        ...(Description !== undefined && { description: Description }),
        ...(KmsKeyId !== undefined && { keyId: KmsKeyId }),
        ...(tags && { tags }),
      });
      return { ...named(secret), VersionId: secret.versionId };
    },
  ),
  PutSecretValue: operation(z.object({ SecretId, SecretString, ...token }), (secrets, input) => {
    const secret = secrets.put(input.SecretId, input.SecretString);
    return { ...named(secret), VersionId: secret.versionId, VersionStages: CURRENT };
  }),
  GetSecretValue: operation(
    z.object({ SecretId, VersionId: text(32, 64).optional(), VersionStage: text(1, 256).optional() }),
    (secrets, input) => {
      const secret = secrets.getUsable(input.SecretId);
      const { value, versionId } = secret;
      const isCurrent = input.VersionId === undefined || input.VersionId === versionId;
      if (value === undefined || !isCurrent || !CURRENT.includes(input.VersionStage ?? 'AWSCURRENT')) {
        throw new AwsError(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value. The local one keeps the current version only.",
        );
      }
      const CreatedDate = secret.changedAt / 1000;
      return { ...named(secret), VersionId: versionId, SecretString: value, VersionStages: CURRENT, CreatedDate };
    },
  ),
  DescribeSecret: operation(z.object({ SecretId }), (secrets, input) => {
    const secret = secrets.get(input.SecretId);
    return { ...described(secret), VersionIdsToStages: versionOf(secret) };
  }),
  ListSecrets: operation(
    z.object({
      MaxResults: z.int().min(1).max(100).optional(),
      NextToken: text(1, 4096).optional(),
      IncludePlannedDeletion: z.boolean().optional(),
    }),
    (secrets, { MaxResults, NextToken, IncludePlannedDeletion = false }) => {
      const found = secrets.all().filter(({ deletion }) => deletion === undefined || IncludePlannedDeletion);
      const { items, nextToken } = pageOf(found, ({ name }) => name, {
        list: `ListSecrets ${IncludePlannedDeletion}`,
        token: NextToken,
        size: MaxResults,
        refusal: 'InvalidNextTokenException',
      });
      return { SecretList: items.map(described), NextToken: nextToken };
    },
  ),
  DeleteSecret: operation(
    z.object({
      SecretId,
      RecoveryWindowInDays: z.int().min(7).max(30).optional(),
      ForceDeleteWithoutRecovery: z.boolean().optional(),
    }),
    (secrets, { SecretId: id, RecoveryWindowInDays, ForceDeleteWithoutRecovery = false }) => {
      if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        );
      }
      const secret = secrets.delete(id, ForceDeleteWithoutRecovery ? 0 : RecoveryWindowInDays);
      return { ...named(secret), DeletionDate: secret.deletion.until / 1000 };
    },
  ),
  RestoreSecret: operation(z.object({ SecretId }), (secrets, input) => named(secrets.restore(input.SecretId))),
};
