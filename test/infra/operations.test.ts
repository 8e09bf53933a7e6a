import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { BEGIN, costsDocument, END } from '../../bench/costs/document.ts';
import { idleBill } from '../../bench/costs/idle-bill.ts';
import { measure } from '../../bench/costs/measure.ts';
import { templateOf } from '../../bench/costs/template.ts';
import { METRIC_UNITS } from '../../functions/metrics.ts';
import { STUCK_RESERVE_SECONDS } from '../../infra/aws/alarms.ts';
import { operationsCommands } from './operations-commands.ts';
import { restoredTable } from './restored-table.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions?: readonly unknown[];
  readonly OKActions?: readonly unknown[];
  readonly TreatMissingData: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly Metrics?: readonly {
    readonly Expression?: unknown;
    readonly MetricStat?: { readonly Metric: MetricProperties };
  }[];
  readonly MetricName?: string;
}
interface MetricProperties {
  readonly MetricName: string;
  readonly Namespace?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

const deployment = templateOf({});
const template = Template.fromJSON(deployment);
/** A deployment that sets the options of alarms. */
const other = Template.fromJSON(
  templateOf({
    alarmEmail: 'oncall@example.com',
    lifecycle: { deadlineSeconds: 3600 },
    encryption: 'CUSTOMER_MANAGED',
    events: true,
  }),
);
/** A deployment with every part that has alarms or metrics of its own. */
const complete = Template.fromJSON(
  templateOf({
    trackingIds: { parameters: true, secrets: true },
    subscriberBuses: ['orders', 'audit'].map((name) => ({
      busArn: `arn:aws:events:us-east-1:210987654321:event-bus/${name}`,
      tenants: 'all',
    })),
  }),
);
const alarms = Object.values(complete.findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties as AlarmProperties,
);
const alarmOf = (name: string): AlarmProperties => {
  const found = alarms.find(({ AlarmName }) => new RegExp(`-${name}(-\\d{12}-.*)?$`).test(AlarmName));
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
};
/** The metrics of an alarm, which has either one metric or an expression of several. */
const metricsOf = (alarm: AlarmProperties): MetricProperties[] =>
  alarm.MetricName === undefined
    ? (alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])
    : [alarm as MetricProperties];
const metricNames = (alarm: AlarmProperties) => metricsOf(alarm).map(({ MetricName }) => MetricName);

describe('alarms:', () => {
  test.each([
    ['StuckRequests', ['OldestPendingRequestAge']],
    ['OldestOutboxEntry', ['OldestOutboxEntryAge']],
    // Of both state machines.
    ['FailedExecutions', ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsFailed', 'ExecutionsTimedOut']],
    ['TakeOversOfOneRecord', ['MaxTakeOversPerRecord']],
    ['WorkflowThrottles', Array(10).fill('Throttles')],
    ['ApiThrottles', Array(2).fill('Throttles')],
    ['StateMachineThrottles', Array(2).fill('ExecutionThrottled')],
    ['BusDeadLetters', ['ApproximateNumberOfMessagesVisible']],
    ['ScheduleDeadLetters', ['ApproximateNumberOfMessagesVisible']],
    ['Api5xx', ['5xx']],
    ['Unauthorized', ['Count', 'Unauthorized-dev']],
    ['CreateFailedByService', ['ServiceFault']],
    ['AcceptToActiveP95', ['AcceptToActive']],
    ['DriftFound', ['DriftFound']],
    ['SweepHeartbeat', ['SweepRuns']],
    ['DriftHeartbeat', ['DriftRuns']],
    ['TrackingIdDeadLetters', Array(2).fill('ApproximateNumberOfMessagesVisible')],
    ['TrackingIdNameConflicts', ['TrackingIdNameConflicts']],
    ['SubscriberBusDeadLetters-210987654321-us-east-1-orders', ['ApproximateNumberOfMessagesVisible']],
    ['SubscriberBusDeadLetters-210987654321-us-east-1-audit', ['ApproximateNumberOfMessagesVisible']],
  ])('%s watches %j', (name, metrics) => {
    expect(metricNames(alarmOf(name))).toEqual(metrics);
  });

  test('RulesFailedInvocations covers all rules of the bus, in whatever stack they are', () => {
    expect(JSON.stringify(alarmOf('RulesFailedInvocations').Metrics)).toMatch(
      /SELECT SUM\(FailedInvocations\) FROM SCHEMA\(\\+"AWS\/Events\\+", EventBusName, RuleName\) WHERE EventBusName = '/,
    );
  });

  test('each notifies the topic on ALARM and on OK', () => {
    for (const { AlarmName, AlarmActions, OKActions } of alarms) {
      expect(AlarmActions, AlarmName).toEqual([{ Ref: expect.stringMatching(/Topic/) }]);
      expect(OKActions, AlarmName).toEqual(AlarmActions);
    }
  });

  test('without the parts that have them, a deployment has fewer', () => {
    const byDefault = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const names = byDefault.map(({ Properties }) => Properties.AlarmName);
    expect(alarms.map(({ AlarmName }) => AlarmName).filter((name) => !names.includes(name))).toEqual([
      'event-trackers-dev-TrackingIdDeadLetters',
      'event-trackers-dev-TrackingIdNameConflicts',
      'event-trackers-dev-SubscriberBusDeadLetters-210987654321-us-east-1-orders',
      'event-trackers-dev-SubscriberBusDeadLetters-210987654321-us-east-1-audit',
    ]);
  });

  test('missing data is an alarm only for heartbeats', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(breaching.map(({ AlarmName }) => AlarmName).sort()).toEqual([
      'event-trackers-dev-DriftHeartbeat',
      'event-trackers-dev-SweepHeartbeat',
    ]);
    for (const { ComparisonOperator } of breaching) expect(ComparisonOperator).toBe('LessThanThreshold');
    expect(new Set(alarms.map(({ TreatMissingData }) => TreatMissingData))).toEqual(
      new Set(['breaching', 'notBreaching']),
    );
  });

  test('metrics of the service are ones that the functions emit, for this stage', () => {
    const own = alarms
      .flatMap(metricsOf)
      .filter(({ Namespace, MetricName }) => Namespace === 'EventTrackers' && MetricName !== 'Unauthorized-dev');
    expect(own.length).toBeGreaterThan(8);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(METRIC_UNITS)).toContain(MetricName);
      expect(Dimensions).toEqual([
        { Name: 'service', Value: 'event-trackers' },
        { Name: 'stage', Value: 'dev' },
      ]);
    }
  });

  test("each is within CloudWatch's limits: ten metrics, and 1,024 characters of description", () => {
    for (const alarm of alarms) {
      expect(metricNames(alarm).length).toBeLessThanOrEqual(10);
      expect(alarm.AlarmDescription.length).toBeLessThan(1024);
    }
  });

  test("the threshold of StuckRequests follows the deployment's deadline and createInFlight", () => {
    const slow = Template.fromJSON(templateOf({ lifecycle: { createInFlightSeconds: 3600 } }));
    slow.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'event-trackers-dev-StuckRequests',
      // A lost answer takes this long to resolve. A fixed threshold would report each one as stuck.
      Threshold: Match.exact(1800 + 3600 + 240),
    });
    const { Threshold } = alarmOf('StuckRequests');
    expect(Threshold).toBe(1800 + STUCK_RESERVE_SECONDS);
    other.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'event-trackers-dev-StuckRequests',
      Threshold: 3600 + STUCK_RESERVE_SECONDS,
    });
  });
});

describe('the topic', () => {
  test("is encrypted with a key that this account's alarms may use, requires TLS, and allows no one else", () => {
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    const statements: { Effect: string; Principal: unknown; Condition: unknown }[] =
      policy?.Properties.PolicyDocument.Statement;
    expect(statements.find(({ Effect }) => Effect === 'Deny')).toMatchObject({
      Principal: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([
      {
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  test('has an email subscription only if the deployment sets alarmEmail', () => {
    other.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
    template.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test("is encrypted with the deployment's own key if it has one", () => {
    other.resourceCountIs('AWS::KMS::Key', 1);
  });
});

test('the dashboard shows every metric of the service', () => {
  const [dashboard] = Object.values(complete.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  const shown = Object.keys(METRIC_UNITS).filter((name) => body.includes(`\\"${name}\\"`));
  // ServiceFault counts failures that the dashboard already shows by code.
  expect(Object.keys(METRIC_UNITS).filter((name) => !shown.includes(name))).toEqual(['ServiceFault']);
});

describe('docs/operations.md', () => {
  const [, section = ''] = /^## The alarms$([\s\S]*?)(?=^## )/m.exec(DOCS) ?? [];
  const paragraphs = new Map(
    section
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.split('\n')[0] ?? '', text]),
  );

  test('has a paragraph for each alarm and no other paragraphs there', () => {
    // Those of buses share a paragraph.
    const names = alarms.map(({ AlarmName }) => AlarmName.replace('event-trackers-dev-', '').replace(/-\d{12}-.*/, ''));
    expect([...paragraphs.keys()].sort()).toEqual([...new Set(names)].sort());
  });

  test('explains for each alarm what it means, what to check and what to do, and the alarm links to it', () => {
    expect(paragraphs.size).toBeGreaterThan(0);
    for (const [name, text] of paragraphs) {
      for (const part of ['**Means**', '**Check**', '**Do**']) expect(text, name).toContain(part);
      expect(alarmOf(name).AlarmDescription).toMatch(new RegExp(` See docs/operations\\.md#${name.toLowerCase()}$`));
    }
  });
});

describe('docs/operations.md names only what exists:', () => {
  const FUNCTIONS = join(import.meta.dirname, '../../functions');
  const code = readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(FUNCTIONS, file), 'utf8'))
    .join('\n');

  test('exactly the metrics that the functions emit', () => {
    const [, table = ''] = /^## Metrics$([\s\S]*?)(?=^## )/m.exec(DOCS) ?? [];
    const named = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
    expect(named.sort()).toEqual(Object.keys(METRIC_UNITS).sort());
  });

  test('messages in queries, which the functions log', () => {
    const filters = [...DOCS.matchAll(/message (?:= ("[^"]+")|in \[([^\]]+)\])/g)];
    const messages = filters.flatMap(([, one, several]) => (one ?? several ?? '').match(/"[^"]+"/g) ?? []);
    expect(messages.length).toBeGreaterThan(8);
    for (const message of messages) expect(code).toContain(`'${message.slice(1, -1)}'`);
  });

  test('outputs and resources in commands, which the stack has', () => {
    const outputs = [...DOCS.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name);
    expect(outputs).toHaveLength(3);
    for (const name of outputs) expect(Object.keys(deployment.Outputs)).toContain(name);
    const resources = [...DOCS.matchAll(/physical (AWS::\w+::\w+) (\w+)/g)];
    expect(resources.length).toBeGreaterThan(2);
    for (const [, type, prefix = ''] of resources) {
      const found = Object.entries(deployment.Resources).filter(
        ([id, { Type }]) => Type === type && id.startsWith(prefix),
      );
      expect(found, `${type} ${prefix}`).toHaveLength(1);
    }
  });
});

describe('the costs in docs/operations.md', () => {
  test('match the costs computed from the template and a run of the state machine', { timeout: 60_000 }, async () => {
    const computed = costsDocument(deployment, await measure());
    const written = DOCS.slice(DOCS.indexOf(BEGIN) + BEGIN.length, DOCS.indexOf(END)).trim();
    // `npm run costs -- --write` updates them.
    expect(written).toBe(computed);
  });

  test('cannot be computed for a resource type without a price', async () => {
    const usage = { transitions: 0, invocations: 0, writeUnits: 0, readUnits: 0, events: 0, personalizeCalls: 0 };
    const measured = { idleSweep: usage, idleDrift: usage, creations: [], deletion: usage, driftCheck: usage };
    const Resources = { ...deployment.Resources, New: { Type: 'AWS::RDS::DBInstance' } };
    expect(() => idleBill({ ...deployment, Resources }, measured)).toThrow('AWS::RDS::DBInstance has no price');
  });
});

operationsCommands();
restoredTable();
