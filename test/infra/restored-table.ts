import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { templateOf } from '../../bench/costs/template.ts';

const OLD_KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c';

/** Tests of a deployment that uses a restored table. */
export function restoredTable(): void {
  describe('a restored table', () => {
    const deployment = Template.fromJSON(
      templateOf({
        encryption: 'CUSTOMER_MANAGED',
        restoredTableName: 'records-restored',
        restoredTableKeyArn: OLD_KEY,
        tenancy: { claim: 'custom:tenant' },
      }),
    );
    const functions = Object.values(deployment.findResources('AWS::Lambda::Function'));

    test('is used by every function, with its indexes, and watched by the alarms', () => {
      expect(functions.length).toBeGreaterThan(8);
      for (const { Properties } of functions)
        expect(Properties.Environment.Variables.TABLE_NAME).toBe('records-restored');
      const onTables = Object.values(deployment.findResources('AWS::IAM::Policy'))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Action }) => JSON.stringify(Action).includes('dynamodb:'));
      expect(onTables.length).toBeGreaterThan(functions.length);
      for (const { Resource } of onTables) expect(JSON.stringify(Resource)).toContain(':table/records-restored');
      deployment.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: 'event-trackers-dev-TableThrottles',
        Metrics: Match.arrayWith([
          Match.objectLike({
            MetricStat: Match.objectLike({
              Metric: Match.objectLike({ Dimensions: [{ Name: 'TableName', Value: 'records-restored' }] }),
            }),
          }),
        ]),
      });
      deployment.hasOutput('TableName', { Value: 'records-restored' });
    });

    test("of a deleted stack is decrypted with that stack's key, which was retained", () => {
      const onKeys = Object.values(deployment.findResources('AWS::IAM::Policy'))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Condition }) => Condition?.StringEquals?.['kms:ViaService'] !== undefined);
      expect(onKeys).toHaveLength(functions.length);
      for (const { Resource } of onKeys) expect(Resource).toBe(OLD_KEY);
    });

    test('leaves the stack with its own key, and only resources with data are retained', () => {
      deployment.resourceCountIs('AWS::KMS::Key', 1);
      const staying = (template: Template) =>
        Object.values(template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)
          .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
          .map(({ Type }) => Type)
          .sort();
      expect(staying(deployment)).toEqual(['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Logs::LogGroup']);
      expect(staying(Template.fromJSON(templateOf({})))).toEqual(['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup']);
    });

    test('the access log leaves out a claim whose name it cannot contain', () => {
      const [stage] = Object.values(deployment.findResources('AWS::ApiGatewayV2::Stage'));
      const format = JSON.stringify(stage?.Properties.AccessLogSettings);
      expect(format).toContain('$context.requestId');
      expect(format).not.toContain('claims');
    });
  });
}
