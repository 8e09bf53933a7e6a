import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { withoutValidation } from '../../bench/costs/template.ts';
import { ONBOARDING, ONBOARDING_LIST } from '../../examples/onboarding/definition.ts';
import { readSettings } from '../../examples/onboarding-stack/settings.ts';
import { OnboardingStack } from '../../examples/onboarding-stack/stack.ts';
import { isObject } from '../../infra/local/step-functions/path-check.ts';

/** The stack of the onboarding example: its roles can do what the states of its definitions do, and nothing else. */

const given = {
  apiUrl: 'https://abc.execute-api.us-east-1.amazonaws.com',
  platformInvokeArn: 'arn:aws:execute-api:us-east-1:123456789012:abc/$default/*/platform/*',
  trackingIdTable: 'tracking-ids',
};
const settings = readSettings((key) => (given as Record<string, unknown>)[key]);
if ('problems' in settings) throw new Error(settings.problems.join());

const code = Code.fromInline('exports.handler = async () => {};');
const stack = new OnboardingStack(new App(), 'Onboarding', { ...settings, code: { request: code, report: code } });
const template = withoutValidation(() => Template.fromStack(stack));

type Policy = { Roles: { Ref: string }[]; PolicyDocument: { Statement: Record<string, unknown>[] } };
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** The permissions of each role, as `action on resource`, by the name of the role. */
function grants(): Record<string, string[]> {
  const rows: Record<string, string[]> = {};
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
    const { Roles, PolicyDocument } = Properties as Policy;
    for (const { Ref } of Roles) {
      const role = Ref.replace(/[0-9A-F]{8}$/, '');
      for (const { Action, Resource, Effect, Condition } of PolicyDocument.Statement) {
        expect([Effect, Condition]).toEqual(['Allow', undefined]);
        for (const action of listOf(Action)) {
          for (const resource of listOf(Resource)) {
            rows[role] = [...(rows[role] ?? []), `${action} on ${nameOf(resource)}`];
          }
        }
      }
    }
  }
  return Object.fromEntries(Object.entries(rows).map(([role, list]) => [role, list.sort()]));
}
/** The end of an ARN, or the name of the resource in the stack. */
function nameOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Record<string, unknown>;
  if (Array.isArray(join)) return String(join[1].at(-1)).replace(/^:/, '');
  return String(Ref ?? listOf(attribute)[0]).replace(/[0-9A-F]{8}$/, '');
}

/** What the states of a definition call, as `action on resource`. */
function callsOf(definition: unknown): Set<string> {
  const calls = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    const { Type, Resource, Parameters, ProcessorConfig } = value;
    if (Type === 'Task') calls.add(callOf(String(Resource), isObject(Parameters) ? Parameters : {}));
    if (ProcessorConfig !== undefined) {
      calls.add('states:StartExecution on OnboardingList');
      for (const action of ['DescribeExecution', 'StopExecution']) {
        calls.add(`states:${action} on execution:event-trackers-onboarding-list:*`);
        calls.add(`states:${action} on execution:event-trackers-onboarding-list/Tenants:*`);
      }
    }
    Object.values(value).forEach(visit);
  };
  visit(definition);
  return calls;
}
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
/** The type in the ARN that an action of Personalize is about. */
const typeOf = (action: string) =>
  action
    .replace(/^(create|describe)/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, '-$&')
    .toLowerCase();
function callOf(resource: string, { FunctionName, TableName }: Record<string, unknown>): string {
  const [, service, action = ''] = /^arn:aws:states:::(?:aws-sdk:)?(\w+):(\w+)/.exec(resource) ?? [];
  const named = (placeholder: unknown) => String(placeholder).slice(2, -1);
  if (service === 'lambda') return `lambda:InvokeFunction on ${named(FunctionName)}`;
  if (service === 'dynamodb')
    return `dynamodb:${capital(action)} on ${named(TableName).replace('ReportTable', 'Outcomes')}`;
  return `${service}:${capital(action)} on ${typeOf(action)}/*`;
}

describe('least privilege', () => {
  test.each([
    ['OnboardingRole', ONBOARDING],
    ['OnboardingListRole', ONBOARDING_LIST],
  ])('%s may do exactly what the states of its definition do', (role, definition) => {
    const calls = callsOf(JSON.parse(definition));
    expect(calls.size).toBeGreaterThan(5);
    expect(grants()[role]).toEqual([...calls].sort());
  });

  test('the functions may invoke the platform routes, and read the outcomes', () => {
    const { OnboardingRole, OnboardingListRole, ...others } = grants();
    expect(others).toEqual({
      PlatformRole: [`execute-api:Invoke on ${given.platformInvokeArn}`],
      ReportServiceRole: ['dynamodb:Query on Outcomes'],
    });
  });

  test('a role can be assumed by one service, and only Lambda roles have a managed policy, for their logs', () => {
    for (const [name, { Properties }] of Object.entries(template.findResources('AWS::IAM::Role'))) {
      const { Statement } = Properties.AssumeRolePolicyDocument;
      expect(Statement, name).toHaveLength(1);
      const isOfLambda = Statement[0].Principal.Service === 'lambda.amazonaws.com';
      const policies = JSON.stringify(Properties.ManagedPolicyArns ?? '');
      if (isOfLambda) expect(policies, name).toContain('AWSLambdaBasicExecutionRole');
      else {
        expect(Properties.ManagedPolicyArns, name).toBeUndefined();
        expect(Statement[0].Principal.Service).toBe('states.amazonaws.com');
        expect(Statement[0].Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
      }
    }
  });
});

test('each placeholder of a definition has a value, and each value a placeholder', () => {
  const machines = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  expect(machines).toHaveLength(2);
  for (const { Properties } of machines) {
    const text: string = Properties.DefinitionString;
    const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    expect(Object.keys(Properties.DefinitionSubstitutions).sort()).toEqual([...new Set(placeholders)].sort());
    // The values are placed into JSON.
    expect(JSON.stringify(Properties.DefinitionSubstitutions.TrackingIdIn)).not.toContain('\\');
  }
});

describe('the settings', () => {
  const read = (changes: Record<string, unknown>) => readSettings((key) => ({ ...given, ...changes })[key as 'apiUrl']);

  test('name the place of the tracking IDs: a table, or a path', () => {
    expect(read({})).toEqual({
      apiUrl: given.apiUrl,
      platformInvokeArn: given.platformInvokeArn,
      trackingIdIn: "States.Format('dynamodb:tracking-ids/{}', $.eventTracker.trackerId)",
    });
    expect(read({ trackingIdTable: undefined, trackingIdPath: '/event-trackers/prod' })).toMatchObject({
      trackingIdIn: "States.Format('/event-trackers/prod/{}/{}', $.tenant.tenantId, $.tenant.name)",
    });
  });

  test.each([
    [
      { apiUrl: undefined },
      'apiUrl is required: the URL of the API without a path, the output ApiUrl (-c apiUrl=VALUE)',
    ],
    [{ apiUrl: 'https://x.example/platform' }, 'apiUrl must be the URL of the API without a path, the output ApiUrl'],
    [{ apiUrl: 'http://x.example' }, 'apiUrl must be'],
    [{ platformInvokeArn: 'arn:aws:execute-api:us-east-1:123456789012:abc/*' }, 'platformInvokeArn must be the output'],
    [{ trackingIdTable: undefined }, 'exactly one of trackingIdTable and trackingIdPath is required'],
    [{ trackingIdPath: '/x' }, 'exactly one of trackingIdTable and trackingIdPath is required'],
    [{ trackingIdTable: "a'b" }, 'trackingIdTable must be the name of the table'],
    [{ trackingIdTable: undefined, trackingIdPath: 'x' }, 'trackingIdPath must be the path'],
  ])('%j is refused by name', (changes, problem) => {
    expect(read(changes)).toEqual({ problems: [expect.stringContaining(problem)] });
  });
});
