import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Permissions of one function. A resource with a wildcard needs a reason. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Why the resource cannot be narrower, for the reviewer of the template. */
  readonly wildcard?: string;
}

/** The reason for a wildcard of the actions on task tokens. */
export const ANY_TASK = 'A task token names no state machine. Granted only to deployments with callbacks.';

/**
 * Adds a statement to a function's role.
 * @throws Error if a wildcard has no reason, or a reason no wildcard
 */
export function grant({ role }: LambdaFunction, { actions, resources, conditions, wildcard }: Grant): void {
  if (role === undefined) throw new Error('The function has no role to add a grant to.');
  const wide = resources.filter((resource) => resource.includes('*'));
  if (wide.length > 0 !== (wildcard !== undefined)) {
    throw new Error(`The grant of ${actions.join(', ')} must have a reason if and only if a resource has a wildcard.`);
  }
  role.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) }),
  );
  if (wildcard !== undefined) for (const resource of wide) acknowledgeWildcard(role, resource, wildcard);
}

/** Suppresses cdk-nag's finding, which names pseudo parameters in angle brackets. */
export function acknowledgeWildcard(role: IRole | Construct, resource: string, reason: string): void {
  const named = Token.isUnresolved(resource)
    ? resource.replaceAll(/\$\{Token\[AWS\.(\w+)\.\d+\]\}/g, '<AWS::$1>')
    : resource;
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${named}]`, reason });
}

const READS = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITES = [
  ...READS,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** A function's permissions on the table. */
export interface TableGrant {
  readonly table: ITable;
  /** The table's customer-managed key, if it has one. DynamoDB uses it on the caller's behalf. */
  readonly key?: IKey;
  readonly actions: readonly string[];
  /** The indexes that it queries. */
  readonly indexes?: readonly string[];
}

export function grantTable(fn: LambdaFunction, { table, key, actions, indexes = [] }: TableGrant): void {
  grant(fn, { actions: actions.map((action) => `dynamodb:${action}`), resources: [table.tableArn] });
  for (const index of indexes)
    grant(fn, { actions: ['dynamodb:Query'], resources: [`${table.tableArn}/index/${index}`] });
  if (key) {
    const writes = actions.some((action) => action === 'PutItem' || action === 'UpdateItem');
    grant(fn, {
      actions: writes ? WRITES : READS,
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(fn).region}.${Stack.of(fn).urlSuffix}` },
      },
    });
  }
}
