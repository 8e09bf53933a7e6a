import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { templateOf } from '../../bench/costs/template.ts';

const OLD_KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c';

/** What a deployment makes of a table that is not its own. */
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

    test('with a restored table every function works on that one, its indexes too, and the alarms watch it', () => {
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

    test("a table that outlived its stack is opened by that stack's key, which outlived it as well", () => {
      const onKeys = Object.values(deployment.findResources('AWS::IAM::Policy'))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Condition }) => Condition?.StringEquals?.['kms:ViaService'] !== undefined);
      expect(onKeys).toHaveLength(functions.length);
      for (const { Resource } of onKeys) expect(Resource).toBe(OLD_KEY);
    });

    test("the stack's own key encrypts what is new; nothing else of it stays but what holds data", () => {
      deployment.resourceCountIs('AWS::KMS::Key', 1);
      const staying = (template: Template) =>
        Object.values(template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)
          .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
          .map(({ Type }) => Type)
          .sort();
      expect(staying(deployment)).toEqual(['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Logs::LogGroup']);
      expect(staying(Template.fromJSON(templateOf({})))).toEqual(['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup']);
    });

    test('a claim that no format of an access log can name is not in it', () => {
      const [stage] = Object.values(deployment.findResources('AWS::ApiGatewayV2::Stage'));
      const format = JSON.stringify(stage?.Properties.AccessLogSettings);
      expect(format).toContain('$context.requestId');
      expect(format).not.toContain('claims');
    });
  });
}
