import { describe, expect, test } from 'vitest';
import { POLICIES, POLICIES_BY_DEFAULT, type Row } from './policy-table.ts';
import { ofType, type Synthesized, statementsOf } from './synthesized.ts';

/** The allowed actions and resources of every role, with their conditions (`action if condition`). */
export function grantsOf(synthesized: Synthesized): Record<string, string[]> {
  const grants: Record<string, string[]> = Object.fromEntries(
    ofType(synthesized, 'AWS::IAM::Role').map(([path]) => [path, []]),
  );
  for (const [path, { Properties }] of ofType(synthesized, 'AWS::IAM::Policy')) {
    const [role, ...others] = Properties.Roles as string[];
    const rows = grants[String(role).slice(1, -1)];
    if (rows === undefined || others.length > 0) throw new Error(`${path} belongs to no role or to several`);
    for (const { Effect, Action, Resource, Condition } of statementsOf(Properties.PolicyDocument)) {
      const condition = Object.entries(Condition ?? {}).map(([key, value]) => ` if ${key} ${JSON.stringify(value)}`);
      for (const action of Action) {
        for (const resource of Resource) {
          rows.push(`${Effect === 'Deny' ? 'not ' : ''}${action}${condition.join('')} on ${resource}`);
        }
      }
    }
  }
  return Object.fromEntries(Object.entries(grants).map(([role, rows]) => [role, rows.sort()]));
}

const asText = (table: Readonly<Record<string, readonly Row[]>>, stage: string) =>
  Object.fromEntries(
    Object.entries(table).map(([role, rows]) => [
      role,
      rows.map(([action, on]) => `${action} on ${on}`.replaceAll('<stage>', stage)).sort(),
    ]),
  );

export function policies({ bare, full }: { bare: Synthesized; full: Synthesized }): void {
  describe('least privilege', () => {
    test('the roles have exactly the permissions in the table', () => {
      expect(grantsOf(full)).toEqual(asText(POLICIES, 'full'));
    });

    test('a default deployment has no permissions for callbacks, interactions, deletion of adopted trackers or a KMS key', () => {
      expect(grantsOf(bare)).toEqual(asText(POLICIES_BY_DEFAULT, 'dev'));
    });

    test('the table gives a reason for every wildcard and for nothing else', () => {
      for (const [role, rows] of Object.entries(POLICIES)) {
        for (const [action, resource, reason] of rows) {
          expect(`${action}${resource}`.includes('*'), `${role}: ${action}`).toBe(reason !== undefined);
          // A condition may have a wildcard, with a reason.
          expect(action.split(' if ')[0], role).not.toContain('*');
        }
      }
    });

    test('only CreateEventTracker may create trackers, and only with our tags; only DeleteEventTracker may delete them', () => {
      const rolesWith = (action: string) =>
        Object.entries(grantsOf(full)).flatMap(([role, rows]) =>
          rows.some((row) => row.includes(action)) ? role : [],
        );
      expect(rolesWith('personalize:CreateEventTracker')).toEqual(['CreateEventTracker/Role']);
      expect(rolesWith('personalize:TagResource').sort()).toEqual(['CreateEventTracker/Role', 'UpdateTags/Role']);
      expect(rolesWith('personalize:UntagResource')).toEqual(['UpdateTags/Role']);
      expect(rolesWith('personalize:DeleteEventTracker')).toEqual(['DeleteEventTracker/Role']);
      // The others may put events on one bus of another account each: see the table.
      expect(rolesWith('events:PutEvents').filter((role) => !role.startsWith('SubscriberBus'))).toEqual([
        'PublishEvents/Role',
      ]);
      expect(rolesWith('PassRole')).toEqual([]);
      expect(rolesWith('dynamodb:DeleteItem')).toEqual([]);
      expect(rolesWith('dynamodb:Scan')).toEqual([]);
    });

    test('a deployment may delete only its own trackers, unless it may delete adopted ones', () => {
      const deletions = (synthesized: Synthesized) =>
        Object.values(grantsOf(synthesized))
          .flat()
          .filter((row) => row.startsWith('personalize:DeleteEventTracker'))
          .map((row) => row.replace(/ on .*/, ''));
      expect(deletions(bare)).toEqual([
        'personalize:DeleteEventTracker if StringEquals {"aws:ResourceTag/event-trackers:deployment":"dev"}',
      ]);
      expect(deletions(full)).toEqual(['personalize:DeleteEventTracker']);
      // No broader action allows the deletion either.
      for (const row of Object.values(grantsOf(bare)).flat()) expect(row).not.toMatch(/^(personalize:)?\*/);
    });

    test('api-read may not write', () => {
      for (const row of grantsOf(full)['api-read/Role'] ?? []) {
        expect(row).toMatch(/^(dynamodb:(GetItem|BatchGetItem|Query)|kms:(Decrypt|DescribeKey)|logs:|xray:)/);
      }
    });

    test('a role can be assumed by one service and has no managed or inline policies', () => {
      for (const [path, { Properties }] of ofType(full, 'AWS::IAM::Role')) {
        expect(Properties.ManagedPolicyArns, path).toBeUndefined();
        expect(Properties.Policies, path).toBeUndefined();
        const { Statement } = Properties.AssumeRolePolicyDocument as {
          Statement: { Principal: unknown; Condition?: unknown }[];
        };
        expect(Statement, path).toHaveLength(1);
        const principal = JSON.stringify(Statement[0]?.Principal);
        expect(principal, path).toMatch(/^\{"Service":"(lambda|states|scheduler|events)\.amazonaws\.com"\}$/);
        // The condition keeps out state machines and schedules of other accounts. Lambda sends no account when it assumes a role.
        if (!principal.includes('lambda')) {
          expect(Statement[0]?.Condition, path).toEqual({
            StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
            ...(principal.includes('events.') && {
              ArnLike: { 'aws:SourceArn': 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/<Bus>/*' },
            }),
          });
        }
      }
    });

    test('only PublishEvents may put events on the bus, whatever other policies allow', () => {
      const statements = ofType(full, 'AWS::Events::EventBusPolicy').map(([, { Properties }]) => Properties.Statement);
      expect(statements).toEqual([
        {
          Sid: expect.any(String),
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'events:PutEvents',
          Resource: '<Bus.Arn>',
          Condition: {
            ArnNotEquals: { 'aws:PrincipalArn': '<PublishEvents/Role.Arn>' },
            // AWS services need no denial: no statement allows them.
            BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
          },
        },
      ]);
    });

    test('nothing is public: queues, topics and keys allow only services of this account', () => {
      const documents = [...ofType(full, 'AWS::SQS::QueuePolicy'), ...ofType(full, 'AWS::SNS::TopicPolicy')].map(
        ([path, { Properties }]): [string, unknown] => [path, Properties.PolicyDocument],
      );
      const keys = ofType(full, 'AWS::KMS::Key').map(([path, { Properties }]): [string, unknown] => [
        path,
        Properties.KeyPolicy,
      ]);
      expect(documents.length).toBeGreaterThan(2);
      expect(keys.length).toBeGreaterThan(0);
      const ACCOUNT = '"AWS":"arn:<AWS::Partition>:iam::<AWS::AccountId>:root"';
      for (const [path, document] of [...documents, ...keys]) {
        for (const { Effect, Principal, Condition } of statementsOf(document)) {
          if (Effect === 'Deny') continue;
          const isAccount = JSON.stringify(Principal).includes(ACCOUNT);
          expect(JSON.stringify(Principal), path).not.toContain('*');
          // Or exactly one of the stack's own rules.
          const ofRule = JSON.stringify(Condition?.ArnEquals ?? '');
          if (!isAccount && !/^\{"aws:SourceArn":"<[\w/]+Rule\d*\.Arn>"\}$/.test(ofRule)) {
            // CloudWatch Logs names the log group.
            const ofLogs = Condition?.ArnLike?.['kms:EncryptionContext:aws:logs:arn'];
            for (const arn of [ofLogs ?? JSON.stringify(Condition?.StringEquals)].flat()) {
              expect(arn, path).toContain('<AWS::AccountId>');
            }
          }
        }
      }
      for (const [path, { Properties }] of ofType(full, 'AWS::Lambda::Permission')) {
        if (Properties.Principal === 'events.amazonaws.com') {
          expect(Properties.SourceArn, path).toMatch(/^<TrackingId\w+\/Subscriber\/Rule\.Arn>$/);
          continue;
        }
        expect(Properties.Principal, path).toBe('apigateway.amazonaws.com');
        expect(Properties.SourceArn, path).toMatch(
          /^arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>\//,
        );
      }
      expect(ofType(full, 'AWS::Lambda::Url')).toEqual([]);
    });
  });
}
