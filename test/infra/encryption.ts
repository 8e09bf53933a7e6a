import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ofType, type Resource, type Synthesized, statementsOf } from './synthesized.ts';

/** Each type that can have a key of the account, with its property for it. */
export const KEYED: Readonly<Record<string, (properties: Resource['Properties']) => unknown>> = {
  'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
  'AWS::StepFunctions::StateMachine': ({ EncryptionConfiguration }) => EncryptionConfiguration,
  'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::SNS::Topic': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::Events::EventBus': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
  'AWS::Events::Archive': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
  'AWS::DynamoDB::Table': ({ SSESpecification }) =>
    z.object({ KMSMasterKeyId: z.string().optional() }).parse(SSESpecification).KMSMasterKeyId,
};
const LOG_GROUPS = 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:';

export function encryption({ bare, full }: { bare: Synthesized; full: Synthesized }): void {
  describe('encryption with CUSTOMER_MANAGED', () => {
    test("the deployment's key encrypts everything that can have a key", () => {
      for (const [type, keyOf] of Object.entries(KEYED)) {
        const resources = ofType(full, type);
        expect(resources.length, type).toBeGreaterThan(0);
        const isMachine = type === 'AWS::StepFunctions::StateMachine';
        const expected = isMachine ? { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: '<Key.Arn>' } : '<Key.Arn>';
        for (const [path, { Properties }] of resources) expect(keyOf(Properties), path).toEqual(expected);
      }
    });

    test('without it, logs and state machine have the keys of their services', () => {
      for (const type of ['AWS::Logs::LogGroup', 'AWS::StepFunctions::StateMachine']) {
        for (const [path, { Properties }] of ofType(bare, type))
          expect(KEYED[type]?.(Properties), path).toBeUndefined();
      }
    });

    const statements = () => statementsOf(full.resources.Key?.Properties.KeyPolicy);
    const ofService = (name: string) =>
      statements().filter(({ Principal }) => JSON.stringify(Principal).includes(`"${name}`));

    test('CloudWatch Logs may use the key for the logs of this deployment, and for no others', () => {
      const [statement, ...others] = ofService('logs.<AWS::Region>.');
      expect(others).toEqual([]);
      const patterns = z.array(z.string()).parse(statement?.Condition?.ArnLike?.['kms:EncryptionContext:aws:logs:arn']);
      const isAllowed = (name: string) => patterns.some((pattern) => matches(`${LOG_GROUPS}${name}`, pattern));
      for (const [path, { Properties }] of ofType(full, 'AWS::Logs::LogGroup')) {
        // CloudFormation generates a name from those of the stack and the resource.
        const name = String(Properties.LogGroupName ?? `event-trackers-full-${path}`);
        expect(isAllowed(name), name).toBe(true);
      }
      for (const name of ['/aws/lambda/another', '/aws/lambda/event-trackers-other-api-read', 'another']) {
        expect(isAllowed(name), name).toBe(false);
      }
    });

    test('log delivery may decrypt what Step Functions sends to the logs of this account', () => {
      const SourceArn = 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:*';
      expect(ofService('delivery.logs')).toMatchObject([
        { Action: ['kms:Decrypt'], Condition: { StringEquals: { 'kms:EncryptionContext:SourceArn': SourceArn } } },
      ]);
    });
  });
}

/** Whether a text matches a pattern that may end with `*`. */
const matches = (text: string, pattern: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
