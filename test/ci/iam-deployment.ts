import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { ofType, type Synthesized } from '../infra/synthesized.ts';
import type { IamRequest } from './iam-requests.ts';

/** The policies of a synthesized deployment with the ARNs that a deployment would have, and their evaluation. */

const ACCOUNT = '123456789012';
const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};
/** The names that CloudFormation would generate, and those of the template, by type. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': (name) => arn('dynamodb', `table/event-trackers-full-${name.replace('/', '-')}`),
  'AWS::Lambda::Function': (name) => arn('lambda', `function:event-trackers-full-${name.replace('/Function', '')}`),
  'AWS::IAM::Role': (name) => roleArnOf(name),
  'AWS::StepFunctions::StateMachine': (name) =>
    arn('states', `stateMachine:event-trackers-full-${name.startsWith('Admission') ? 'admission' : 'lifecycle'}`),
  'AWS::Events::EventBus': () => arn('events', 'event-bus/event-trackers-full-bus'),
  'AWS::SQS::Queue': (name) => arn('sqs', `event-trackers-full-${name.replaceAll('/', '-')}`),
  'AWS::KMS::Key': () => arn('kms', 'key/of-the-deployment'),
  'AWS::Logs::LogGroup': (name) =>
    arn('logs', `log-group:/aws/lambda/event-trackers-full-${name.replace('/Logs', '')}:*`),
};
export const roleArnOf = (place: string): string =>
  `arn:aws:iam::${ACCOUNT}:role/event-trackers-full-${place.replace('/Role', '').replaceAll('/', '-')}`;

/** Replaces the references of a readable template (`<Table.Arn>`) by ARNs. @throws Error for one that is unknown */
export function concrete<T>({ resources }: Synthesized, value: T): T {
  const text = JSON.stringify(value).replaceAll(/<([^<>"]+)>/g, (_, reference: string) => {
    const pseudo = PSEUDO[reference];
    if (pseudo !== undefined) return pseudo;
    const place = reference.replace(/\.Arn$/, '');
    const name = ARNS[resources[place]?.Type ?? ''];
    if (name === undefined) throw new Error(`the ARN of ${reference} is unknown`);
    return reference === 'Bus' ? 'event-trackers-full-bus' : name(place);
  });
  return JSON.parse(text);
}

/** The policies of each role, by the role's construct path. */
export function policiesOf(deployment: Synthesized): Record<string, object[]> {
  const policies: Record<string, object[]> = {};
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']) {
    for (const [, { Properties }] of ofType(deployment, type)) {
      const [role = ''] = z.array(z.string()).parse(Properties.Roles);
      const document = concrete(deployment, z.record(z.string(), z.unknown()).parse(Properties.PolicyDocument));
      const place = role.slice(1, -1);
      policies[place] = [...(policies[place] ?? []), document];
    }
  }
  return policies;
}

/** A request with what AWS knows of its caller and its resource. */
export interface Evaluated extends IamRequest {
  /** The ARN of the caller's role. */
  readonly principal: string;
  readonly policies: readonly object[];
  /** The tags of the resource. */
  readonly resourceTags?: Readonly<Record<string, string>>;
  /** The policy of the resource: of a bus, a key, or the trust policy of a role. */
  readonly resourcePolicy?: object;
}

const resultSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('error'), errors: z.unknown() }),
  z.object({
    resultType: z.literal('single'),
    overallResult: z.enum(['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied']),
    result: z.object({ ignoredContextKeys: z.array(z.string()).default([]) }),
  }),
  z.object({
    resultType: z.literal('wildcard'),
    overallResult: z.enum(['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied']),
    results: z.array(z.object({ ignoredContextKeys: z.array(z.string()).default([]) })),
  }),
]);

/**
 * iam-simulate 0.1.173 knows variable parts of condition keys after a slash only, as in `aws:RequestTag/team`. Another key of KMS with the
 * same type stands for the encryption context, in the policies and in the request.
 */
const withKnownKeys = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll(/kms:EncryptionContext:[\w:]+(?=")/g, 'kms:RequestAlias'));

export type Simulate = (evaluated: Evaluated) => Promise<'allowed' | 'denied'>;

/**
 * Loads the simulator.
 * @param folder where `@cloud-copilot/iam-simulate` is installed
 */
export async function loadSimulator(folder: string): Promise<Simulate> {
  const entry = createRequire(join(folder, 'node_modules/')).resolve('@cloud-copilot/iam-simulate');
  const { runSimulation } = (await import(pathToFileURL(entry).href)) as {
    runSimulation: (simulation: object, options: object) => Promise<unknown>;
  };
  return async (request) => {
    const evaluated = withKnownKeys(request);
    const { action, resource, principal, policies, resourcePolicy } = evaluated;
    const contextVariables = contextOf(evaluated);
    const simulation = {
      request: {
        ...{ action, principal, contextVariables },
        resource: {
          resource,
          accountId: /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? accountOf(principal),
        },
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      ...{ serviceControlPolicies: [], resourceControlPolicies: [] },
      ...(resourcePolicy && { resourcePolicy }),
    };
    const outcome = resultSchema.parse(await runSimulation(simulation, {}));
    if (outcome.resultType === 'error') {
      throw new Error(`${action} on ${resource} cannot be evaluated: ${JSON.stringify(outcome.errors)}`);
    }
    const results = outcome.resultType === 'single' ? [outcome.result] : outcome.results;
    for (const key of results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys)) {
      // Then a condition on it would never match, on AWS either.
      if (JSON.stringify([policies, resourcePolicy]).includes(key) && !key.startsWith('aws:ResourceTag/')) {
        throw new Error(`${action} has no condition key ${key}, but a policy has a condition on it`);
      }
    }
    return outcome.overallResult === 'Allowed' ? 'allowed' : 'denied';
  };
}

const accountOf = (principal: string): string => /^arn:aws:iam::(\d+):/.exec(principal)?.[1] ?? '';

/** The condition keys of a request. */
function contextOf({
  principal,
  requestTags,
  tagKeys,
  keys,
  resourceTags,
}: Evaluated): Record<string, string | string[]> {
  const named = (prefix: string, tags: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
  return {
    'aws:PrincipalArn': principal,
    'aws:PrincipalAccount': accountOf(principal),
    'aws:PrincipalIsAWSService': 'false',
    'aws:RequestedRegion': 'us-east-1',
    'aws:SecureTransport': 'true',
    ...named('aws:RequestTag', requestTags),
    ...named('aws:ResourceTag', resourceTags),
    ...(tagKeys && { 'aws:TagKeys': [...tagKeys] }),
    ...keys,
  };
}
