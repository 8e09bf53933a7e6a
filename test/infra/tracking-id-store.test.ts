import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { withoutValidation } from '../../bench/costs/template.ts';
import { entryTableSchema } from '../../functions/store/tracking-id-entries.ts';
import { TrackingIdStore, type TrackingIdStoreProps } from '../../infra/constructs/tracking-id-store.ts';

const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/event-trackers-prod-bus';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f1e';

/** The stack of another team. */
function stored(place: TrackingIdStoreProps['place'], withKey = false): Template {
  const stack = new Stack(new App(), 'Other', { env: { account: '123456789012', region: 'us-east-1' } });
  const target = new LambdaFunction(stack, 'Target', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
  new TrackingIdStore(stack, 'Store', {
    bus: EventBus.fromEventBusArn(stack, 'Bus', BUS),
    tenants: ['acme'],
    deployment: 'prod',
    place,
    target,
    ...(withKey && { encryptionKey: Key.fromKeyArn(stack, 'Key', KEY) }),
  });
  return withoutValidation(() => Template.fromStack(stack));
}

const only = (template: Template, type: string) => {
  const [found, ...others] = Object.values(template.findResources(type));
  expect(others).toEqual([]);
  return found?.Properties;
};

describe('TrackingIdStore in a stack of its own', () => {
  test("receives its tenants' State Changes, and keeps what fails", () => {
    const template = stored('PARAMETER_STORE');
    const { EventPattern, Targets } = only(template, 'AWS::Events::Rule');
    expect(EventPattern).toEqual({
      source: ['event-trackers'],
      'detail-type': ['Event Tracker State Change'],
      detail: { metadata: { tenantId: ['acme'] } },
    });
    expect(Targets[0].DeadLetterConfig).toBeDefined();
    expect(only(template, 'AWS::Lambda::EventInvokeConfig').DestinationConfig.OnFailure).toBeDefined();
  });

  test('has the table that the function and the local runtime use, encrypted and with its time to live', () => {
    const { AttributeDefinitions, KeySchema, LocalSecondaryIndexes, BillingMode, ...table } = only(
      stored('PARAMETER_STORE'),
      'AWS::DynamoDB::Table',
    );
    const byName = (one: { AttributeName: string }, other: { AttributeName: string }) =>
      one.AttributeName < other.AttributeName ? -1 : 1;
    const schema = entryTableSchema();
    expect({ KeySchema, LocalSecondaryIndexes, BillingMode }).toEqual({
      KeySchema: schema.KeySchema,
      LocalSecondaryIndexes: schema.LocalSecondaryIndexes,
      BillingMode: schema.BillingMode,
    });
    expect(AttributeDefinitions.toSorted(byName)).toEqual(schema.AttributeDefinitions.toSorted(byName));
    expect(table).toMatchObject({
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  test.each([
    ['PARAMETER_STORE', 'TRACKING_ID_PARAMETERS'],
    ['SECRETS_MANAGER', 'TRACKING_ID_SECRETS'],
  ] as const)('%s: gives the function its variables', (place, prefix) => {
    const { Variables } = only(stored(place, true), 'AWS::Lambda::Function').Environment;
    expect(Variables).toEqual({
      STAGE: 'prod',
      [`${prefix}_TABLE_NAME`]: { Ref: expect.stringContaining('Table') },
      [`${prefix}_KEY`]: KEY,
    });
    expect(only(stored(place), 'AWS::Lambda::Function').Environment.Variables).not.toHaveProperty(`${prefix}_KEY`);
  });

  test.each([
    ['PARAMETER_STORE', ':ssm:us-east-1:123456789012:parameter/event-trackers/prod/*'],
    ['SECRETS_MANAGER', ':secretsmanager:us-east-1:123456789012:secret:/event-trackers/prod/*'],
  ] as const)('%s: the function may write below its path only', (place, paths) => {
    const { Statement } = only(stored(place, true), 'AWS::IAM::Policy').PolicyDocument;
    const wide = Statement.filter(({ Resource }: { Resource: unknown }) => JSON.stringify(Resource).includes('*'));
    expect(wide).toHaveLength(1);
    expect(JSON.stringify(wide[0].Resource)).toContain(paths);
    const [ofKey, ...others] = Statement.filter(({ Resource }: { Resource: unknown }) => Resource === KEY);
    expect(others).toEqual([]);
    expect(JSON.stringify(ofKey.Condition.StringLike)).toContain(paths);
  });
});
