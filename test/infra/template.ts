import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { tableSchema } from '../../functions/store/table.ts';
import { parseConfig } from '../../infra/aws/config.ts';
import { FUNCTION_NAMES } from '../../infra/aws/function-names.ts';
import { createSchemaRegistry } from '../../infra/aws/schema-registry.ts';
import { createTable } from '../../infra/aws/table.ts';
import { ADMISSION_TASK, lifecycleDefinition, TASKS, type TaskName } from '../../infra/state-machine.ts';
import { ofType, type Resource, type Synthesized } from './synthesized.ts';

const definitionOf = (name: string) =>
  readFileSync(resolve(import.meta.dirname, `../../statemachine/${name}.asl.json`), 'utf8');

export function template({ bare, full }: { bare: Synthesized; full: Synthesized }): void {
  const only = (synthesized: Synthesized, type: string): Resource['Properties'] => {
    const [found, ...others] = ofType(synthesized, type);
    if (found === undefined || others.length > 0) throw new Error(`expected exactly one ${type}`);
    return found[1].Properties;
  };

  describe('the template', () => {
    test('the table is protected from deletion, has point-in-time recovery, and is retained with the stack deleted', () => {
      for (const each of [bare, full]) {
        const { Table } = each.resources;
        expect(Table).toMatchObject({
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
          Properties: {
            BillingMode: 'PAY_PER_REQUEST',
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          },
        });
      }
      expect(bare.resources.Table?.Properties.SSESpecification).toEqual({ SSEEnabled: true });
      expect(full.resources.Table?.Properties.SSESpecification).toEqual({
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: '<Key.Arn>',
      });
      expect(full.resources.Key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    });

    test('the table has the keys and indexes that the store and the local runtime use', () => {
      const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = only(bare, 'AWS::DynamoDB::Table');
      expect({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode: 'PAY_PER_REQUEST' }).toEqual(
        tableSchema(),
      );
    });

    test('with a restored table, the functions use that table, and the stack keeps its own', () => {
      const stack = new Stack(new App(), 'Restored');
      const table = createTable(stack, parseConfig({ restoredTableName: 'records-restored' }));
      expect(table.tableName).toBe('records-restored');
      expect(stack.node.tryFindChild('Table')).toBeInstanceOf(Table);
    });

    test('the state machines are the definitions that the local runtime runs, with functions for their tasks', () => {
      const machineOf = (id: string) => full.resources[id]?.Properties ?? {};
      const { DefinitionString, DefinitionSubstitutions, ...machine } = machineOf('StateMachine');
      const admission = machineOf('AdmissionStateMachine');
      expect(DefinitionString).toBe(definitionOf('event-tracker-lifecycle'));
      expect(admission).toMatchObject({
        StateMachineName: 'event-trackers-full-admission',
        DefinitionString: definitionOf('event-tracker-admission'),
        DefinitionSubstitutions: { [ADMISSION_TASK]: `<${ADMISSION_TASK}/Function.Arn>` },
      });
      expect(DefinitionSubstitutions).toEqual(
        Object.fromEntries(TASKS.map((name) => [name, `<${name}/Function.Arn>`])),
      );
      // The definition with the same substitutions as in the local runtime.
      const arns = DefinitionSubstitutions as Record<TaskName, string>;
      const substituted = String(DefinitionString).replaceAll(/\$\{(\w+)\}/g, (_, name: TaskName) => arns[name]);
      expect(JSON.parse(substituted)).toEqual(JSON.parse(lifecycleDefinition(arns)));
      for (const each of [machine, admission]) {
        expect(each).toMatchObject({
          StateMachineType: 'STANDARD',
          TracingConfiguration: { Enabled: true },
          LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
        });
      }
    });

    test('each function has Node 24, arm64, tracing and its own log; those that call Personalize end within createInFlight', () => {
      const names = ofType(full, 'AWS::Lambda::Function').map(([path]) => path.replace('/Function', ''));
      expect(names.sort()).toEqual([...FUNCTION_NAMES].sort());
      for (const name of FUNCTION_NAMES) {
        expect(full.resources[`${name}/Function`]?.Properties, name).toMatchObject({
          FunctionName: `event-trackers-full-${name}`,
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: 'index.handler',
          TracingConfig: { Mode: 'Active' },
          Timeout: { drift: 300, operations: 90, 'api-authorizer': 10 }[name as string] ?? 30,
          LoggingConfig: { LogGroup: `<${name}/Logs>` },
          Role: `<${name}/Role.Arn>`,
        });
      }
      const { ReservedConcurrentExecutions } = full.resources['api-read/Function']?.Properties ?? {};
      expect(ReservedConcurrentExecutions).toBe(5);
      // A new account has 10 concurrent executions and cannot reserve any.
      expect(JSON.stringify(bare.resources)).not.toContain('ReservedConcurrentExecutions');
    });

    test('every log group has a retention', () => {
      const logs = ofType(full, 'AWS::Logs::LogGroup');
      expect(logs.length).toBe(FUNCTION_NAMES.length + 3);
      for (const [path, { Properties }] of logs) expect(Properties.RetentionInDays, path).toBe(90);
      expect(full.resources.AccessLogs?.DeletionPolicy).toBe('Retain');
    });

    test('the API has throttling, its own limits for batches and interactions, and an access log without secrets', () => {
      const { DefaultRouteSettings, RouteSettings, AccessLogSettings, AutoDeploy, StageName } = only(
        full,
        'AWS::ApiGatewayV2::Stage',
      );
      expect({ DefaultRouteSettings, AutoDeploy, StageName }).toEqual({
        DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50 },
        AutoDeploy: true,
        StageName: '$default',
      });
      const ofBatches = { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 };
      const ofEvents = { ThrottlingBurstLimit: 400, ThrottlingRateLimit: 200 };
      expect(RouteSettings).toEqual({
        'POST /event-trackers/batch': ofBatches,
        'POST /platform/event-trackers/batch': ofBatches,
        'POST /event-trackers/{trackerId}/events': ofEvents,
        'POST /platform/event-trackers/{trackerId}/events': ofEvents,
      });
      const { DestinationArn, Format } = AccessLogSettings as { DestinationArn: string; Format: string };
      expect(DestinationArn).toBe('<AccessLogs.Arn>');
      expect(Format).not.toMatch(/authorization|querystring|\$context\.path\b|claims\.(?!tenant)/i);
      // The status must be a number for the filter that counts 401s.
      const line = JSON.parse(Format.replaceAll('$context.status', '401').replaceAll(/\$context[\w.]+/g, '-'));
      expect(line).toMatchObject({ status: 401, tenant: '-', requestId: '-', routeKey: '-' });
      expect(only(bare, 'AWS::ApiGatewayV2::Stage').RouteSettings).toEqual({ 'POST /event-trackers/batch': ofBatches });
    });

    test('the bus has an archive of 14 days; the bus and the schedules have dead-letter queues', () => {
      expect(only(full, 'AWS::Events::EventBus')).toMatchObject({
        DeadLetterConfig: { Arn: '<BusDeadLetters.Arn>' },
        KmsKeyIdentifier: '<Key.Arn>',
      });
      expect(only(full, 'AWS::Events::Archive')).toMatchObject({
        SourceArn: '<Bus.Arn>',
        RetentionDays: 14,
        EventPattern: { source: ['event-trackers'] },
        KmsKeyIdentifier: '<Key.Arn>',
      });
      for (const [path, { Properties }] of ofType(bare, 'AWS::SQS::Queue')) {
        expect(Properties, path).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
      }
      for (const [path, { Properties }] of ofType(full, 'AWS::SQS::Queue')) {
        expect(Properties, path).toMatchObject({ KmsMasterKeyId: '<Key.Arn>' });
      }
    });

    test('the sweep and the operations run every minute and the drift check every hour, without a flexible window', () => {
      const expected = [
        ['SweepSchedule', 'sweep', 'rate(1 minute)'],
        ['DriftSchedule', 'drift', 'rate(1 hour)'],
        ['OperationsSchedule', 'operations', 'rate(1 minute)'],
      ] as const;
      for (const [id, name, ScheduleExpression] of expected) {
        expect(full.resources[id]?.Properties).toMatchObject({
          ScheduleExpression,
          State: 'ENABLED',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: `<${name}/Function.Arn>`,
            RoleArn: '<SchedulerRole.Arn>',
            Input: '{}',
            DeadLetterConfig: { Arn: '<ScheduleDeadLetters.Arn>' },
          },
        });
        expect(full.resources[`${name}/Function/EventInvokeConfig`]?.Properties).toMatchObject({
          MaximumRetryAttempts: 0,
        });
      }
    });

    test('the registry has the schema of each event type; without the setting there is no registry', () => {
      expect(only(full, 'AWS::EventSchemas::Registry').RegistryName).toBe('event-trackers-full-events');
      const schemas = ofType(full, 'AWS::EventSchemas::Schema').map(([, { Properties }]) => Properties);
      expect(schemas.map(({ SchemaName }) => SchemaName).toSorted()).toEqual([
        'event-trackers@EventTrackerDriftDetected',
        'event-trackers@EventTrackerStateChange',
        'event-trackers@EventTrackerUpdated',
      ]);
      for (const { SchemaName, RegistryName, Type, Content } of schemas) {
        expect({ RegistryName, Type }).toEqual({
          RegistryName: '<SchemaRegistry.RegistryName>',
          Type: 'JSONSchemaDraft4',
        });
        expect(JSON.parse(String(Content))).toEqual(
          JSON.parse(readFileSync(resolve(import.meta.dirname, `../../events/registry/${SchemaName}.json`), 'utf8')),
        );
      }
      const stack = new Stack(new App(), 'WithoutRegistry');
      createSchemaRegistry(stack, parseConfig({ schemaRegistry: false }));
      expect(stack.node.children).toEqual([]);
    });

    test('the outputs are those that docs and other stacks use', () => {
      // The role of each bus of another account, for that account.
      const ofBuses = Object.keys(full.outputs).filter((name) => /^SubscriberBus\w+RoleArn/.test(name));
      expect(ofBuses).toHaveLength(2);
      expect(Object.keys(full.outputs).sort()).toEqual(
        [
          ...ofBuses,
          'AlarmTopicArn',
          'ApiUrl',
          'BusArn',
          'BusName',
          'PlatformInvokeArn',
          'SchemaRegistryName',
          'StateMachineArn',
          'TableName',
        ].sort(),
      );
    });
  });

  describe('cdk-nag, AwsSolutions', () => {
    test.each([
      ['by default', bare],
      ['with every feature', full],
    ])(
      'has only findings that are acknowledged with a reason, %s, and every acknowledgment has a finding',
      (_, { app }) => {
        const checks = new AwsSolutionsChecks(app);
        expect(checks.validateScope(app).violations).toEqual([]);

        const answered = new Set<string>();
        for (const construct of app.node.findAll()) {
          for (const entry of construct.node.metadata) {
            if (entry.type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
            for (const [id, reason] of Object.entries(entry.data as Record<string, string>)) {
              expect(reason, `${construct.node.path}: ${id}`).toMatch(/^.{20,}\.$/s);
              answered.add(id.replace(/^annotation::/i, ''));
            }
            // Removes the acknowledgment, so that the check below reports the finding.
            Object.assign(entry, { data: {} });
          }
        }
        const findings = checks.validateScope(app).violations.map(({ ruleName }) => ruleName);
        expect(findings.sort()).toEqual([...answered].sort());
        expect(findings.length).toBeGreaterThan(5);
      },
    );
  });
}
