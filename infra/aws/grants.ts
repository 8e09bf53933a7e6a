import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** What one function may do. A resource with a wildcard needs its reason. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Why no narrower resource will do, for who reviews the template. */
  readonly wildcard?: string;
}

/**
 * Adds a statement to a function's own role.
 * @throws Error when a resource has a wildcard and no reason is given, or a reason and no wildcard
 */
export function grant({ role }: LambdaFunction, { actions, resources, conditions, wildcard }: Grant): void {
  if (role === undefined) throw new Error('The function has no role to grant anything to.');
  const wide = resources.filter((resource) => resource.includes('*'));
  if (wide.length > 0 !== (wildcard !== undefined)) {
    throw new Error(`The grant of ${actions.join(', ')}: a reason belongs to a wildcard, and to nothing else.`);
  }
  role.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) }),
  );
  if (wildcard !== undefined) for (const resource of wide) acknowledgeWildcard(role, resource, wildcard);
}

/** As cdk-nag names a finding: pseudo parameters in angle brackets. */
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

/** What a function may do with the table. */
export interface TableGrant {
  readonly table: ITable;
  /** The key of the table, where it is the customer's: DynamoDB uses it on behalf of who calls. */
  readonly key?: IKey;
  readonly actions: readonly string[];
  /** The index that it queries. */
  readonly index?: string;
}

export function grantTable(fn: LambdaFunction, { table, key, actions, index }: TableGrant): void {
  grant(fn, { actions: actions.map((action) => `dynamodb:${action}`), resources: [table.tableArn] });
  if (index) grant(fn, { actions: ['dynamodb:Query'], resources: [`${table.tableArn}/index/${index}`] });
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
