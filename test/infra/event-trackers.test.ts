import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { withoutValidation } from '../../bench/costs/template.ts';
import type { configSchema } from '../../infra/aws/config-schema.ts';
import { FUNCTION_NAMES } from '../../infra/aws/function-names.ts';
import { EventTrackers } from '../../infra/constructs/event-trackers.ts';
import type { EventTrackersProps, EventTrackersSettings } from '../../infra/constructs/event-trackers-props.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-construct-'));
writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => {};\n');
const functionFolders = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, { folder }]));

const REQUIRED = { stage: 'prod', issuer: 'https://issuer.example.org/', audience: ['a-client'] };

/** The construct inside a stack of somebody else, and the template of that stack. */
function inStack(propsOf: (stack: Stack) => Partial<EventTrackersProps>) {
  const stack = new Stack(new App({ analyticsReporting: false }), 'theirs', {
    env: { account: '123456789012', region: 'us-east-1' },
  });
  const service = new EventTrackers(stack, 'EventTrackers', { ...REQUIRED, ...propsOf(stack), functionFolders });
  return { stack, service, template: withoutValidation(() => Template.fromStack(stack)) };
}
const propertiesOf = (template: Template, type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

describe('EventTrackers in a stack of another team', () => {
  test('exposes its parts', () => {
    const { stack, service, template } = inStack(() => ({ platformRoles: ['arn:aws:iam::123456789012:role/p'] }));
    expect(stack.resolve(service.api.apiId)).toEqual({ Ref: expect.stringMatching(/^EventTrackersApi/) });
    expect(stack.resolve(service.alarmTopic.topicArn)).toEqual({
      Ref: expect.stringMatching(/^EventTrackersAlarmsTopic/),
    });
    expect(Object.keys(service.functions)).toEqual(expect.arrayContaining(['api-read', 'Observe', 'sweep']));
    expect(service.platformInvokeArn).toContain('/platform/');
    expect([service.key, service.apiDomain]).toEqual([undefined, undefined]);
    for (const part of [service.bus, service.table, service.stateMachine]) expect(part.stack).toBe(stack);
    template.resourceCountIs('AWS::Events::EventBus', 1);
  });

  test('publishes on a bus that was imported, and changes nothing of it', () => {
    const busArn = 'arn:aws:events:us-east-1:123456789012:event-bus/platform';
    const { template } = inStack((stack) => ({ bus: EventBus.fromEventBusArn(stack, 'Bus', busArn) }));
    for (const type of ['EventBus', 'Archive', 'EventBusPolicy']) template.resourceCountIs(`AWS::Events::${type}`, 0);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'event-trackers-prod-PublishEvents',
      Environment: { Variables: Match.objectLike({ EVENT_BUS_NAME: 'platform' }) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: 'events:PutEvents', Resource: busArn })]),
      },
    });
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(alarms).not.toContain('event-trackers-prod-BusDeadLetters');
    expect(alarms).toContain('event-trackers-prod-RulesFailedInvocations');
  });

  test('encrypts its data with an existing key, whose policy it extends if that is possible', () => {
    const arn = 'arn:aws:kms:us-east-1:123456789012:key/0f1e';
    const imported = inStack((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', arn) }));
    imported.template.resourceCountIs('AWS::KMS::Key', 0);
    imported.template.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: arn } });
    imported.template.hasResourceProperties('AWS::Events::EventBus', { KmsKeyIdentifier: arn });
    const own = inStack((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
    own.template.resourceCountIs('AWS::KMS::Key', 1);
    expect(JSON.stringify(propertiesOf(own.template, 'AWS::KMS::Key'))).toContain('events.amazonaws.com');
  });

  test('gives all roles the permissions boundary', () => {
    const arn = 'arn:aws:iam::123456789012:policy/boundary';
    const { template } = inStack((stack) => ({
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', arn),
    }));
    const boundaries = propertiesOf(template, 'AWS::IAM::Role').map(({ PermissionsBoundary }) => PermissionsBoundary);
    expect(new Set(boundaries)).toEqual(new Set([arn]));
  });

  test('closes the execute-api endpoint beside a domain', () => {
    const { template, service } = inStack((stack) => ({
      domain: {
        domainName: 'trackers.example.com',
        certificate: Certificate.fromCertificateArn(
          stack,
          'Certificate',
          'arn:aws:acm:us-east-1:123456789012:certificate/0f1e',
        ),
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
      },
    }));
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'trackers.example.com' });
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: '$default' });
    template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'trackers.example.com.', Type: 'A' });
    expect(service.apiUrl).toBe('https://trackers.example.com');
    expect(service.apiDomain?.regionalDomainName).toBeDefined();
  });

  test('runs all functions in a VPC', () => {
    const { template } = inStack((stack) => ({
      trackingIds: { parameters: true },
      authorizer: 'FUNCTION' as const,
      network: { vpc: new Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }) },
    }));
    const functions = propertiesOf(template, 'AWS::Lambda::Function');
    expect(functions.length).toBeGreaterThan(10);
    for (const { FunctionName, VpcConfig } of functions) {
      expect([FunctionName, VpcConfig]).toEqual([
        FunctionName,
        expect.objectContaining({ SubnetIds: expect.any(Array) }),
      ]);
    }
    const policies = propertiesOf(template, 'AWS::IAM::Policy').map((policy) => JSON.stringify(policy));
    expect(policies.filter((policy) => policy.includes('ec2:CreateNetworkInterface'))).toHaveLength(functions.length);
  });

  test('takes an issuer and clients of the same app, which are known at deployment only', () => {
    const { template } = inStack((stack) => {
      const pool = new UserPool(stack, 'Pool');
      return { issuer: pool.userPoolProviderUrl, audience: [pool.addClient('Client').userPoolClientId] };
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: {
        Audience: [{ Ref: Match.anyValue() }],
        Issuer: Match.objectLike({ 'Fn::GetAtt': Match.anyValue() }),
      },
    });
  });

  test('two deployments with different files share the code of their functions', () => {
    const { template } = inStack((stack) => {
      new EventTrackers(stack, 'Other', { ...REQUIRED, stage: 'other', events: true, functionFolders });
      return {};
    });
    const keyOf = (name: string) =>
      propertiesOf(template, 'AWS::Lambda::Function').find(({ FunctionName }) => FunctionName === name)?.Code;
    expect(keyOf('event-trackers-prod-Observe')).toEqual(keyOf('event-trackers-other-Observe'));
    expect(keyOf('event-trackers-prod-api-read')).not.toEqual(keyOf('event-trackers-other-api-read'));
  });

  test('refuses settings by field and rule, all at once', () => {
    const wrong = () => inStack(() => ({ stage: 'Prod', preferWaitSeconds: 99, tokenUse: undefined }));
    expect(wrong).toThrow(
      /theirs\/EventTrackers cannot be deployed:\n {2}stage must be 1 to 16 .*\n {2}preferWaitSeconds/,
    );
    const tokens = () =>
      inStack((stack) => ({
        authorizer: 'FUNCTION' as const,
        audience: [new UserPool(stack, 'Pool').addClient('Client').userPoolClientId],
      }));
    expect(tokens).toThrow('audience must be known at synthesis while authorizer is FUNCTION');
  });
});

/** With all of its lists readonly. */
type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Deep<T[K]> }
    : T;
type Setting = Deep<z.input<typeof configSchema>>;
/** The names of functions are known in the schema only; the separator's one value in the properties only. */
type Loose = 'reservedConcurrency' | 'accounts' | 'tenancy';

test('the properties are the settings', () => {
  // The compiler checks both directions.
  const asSettings = (props: Omit<EventTrackersSettings, Loose>): Omit<Setting, Loose> => props;
  const asProps = (settings: Omit<Setting, Loose> & { issuer: string }): EventTrackersSettings => settings;
  type Missing =
    | Exclude<keyof Setting, keyof EventTrackersSettings>
    | Exclude<keyof EventTrackersSettings, keyof Setting>;
  const missing: Missing[] = [];
  expect([asSettings, asProps].map((each) => typeof each)).toEqual(['function', 'function']);
  expect(missing).toEqual([]);
});
