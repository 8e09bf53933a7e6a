import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, CfnElement } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { withoutValidation } from '../../bench/costs/template.ts';
import { featuresOf } from '../../infra/aws/api-features.ts';
import { type Bundles, bundleFunctions } from '../../infra/aws/bundle.ts';
import { parseConfig } from '../../infra/aws/config.ts';
import { addEventTrackers, createApp } from '../../infra/aws/service.ts';
import type { EventTrackersStack } from '../../infra/aws/stack.ts';

// cdk-nag reads a deprecated property of every EventBusPolicy.
process.env.JSII_DEPRECATED ??= 'quiet';

/** A configuration with every feature. */
export const FULL = {
  stage: 'full',
  issuer: 'https://issuer.example.org/',
  authorizer: 'FUNCTION',
  audience: ['event-trackers', 'another'],
  audiencePattern: '^[a-z0-9]{26}$',
  events: true,
  callbacks: true,
  recreateMissing: true,
  repairTags: true,
  destroyAdopted: true,
  platformRoles: ['arn:aws:iam::123456789012:role/platform'],
  encryption: 'CUSTOMER_MANAGED',
  alarmEmail: 'oncall@example.com',
  accountConcurrency: 1000,
  reservedConcurrency: { 'api-read': 5 },
  preferWaitSeconds: 25,
  maxUnfinishedPerTenant: 100,
  accounts: {
    '210987654321': {
      roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
      externalId: 'full:acme',
      regions: ['us-east-1', 'eu-west-1'],
      tenants: ['acme'],
    },
    '345678901234': {
      roleArn: 'arn:aws:iam::345678901234:role/partners/event-trackers',
      externalId: 'full:umbrella',
      regions: ['eu-west-1'],
      tenants: ['umbrella', 'hooli'],
    },
  },
  subscriberBuses: [
    { busArn: 'arn:aws:events:us-east-1:210987654321:event-bus/orders', tenants: ['acme', 'globex'] },
    { busArn: 'arn:aws:events:eu-west-1:345678901234:event-bus/audit', tenants: 'all' },
  ],
  trackingIds: {
    parameters: true,
    secrets: true,
    keyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e',
  },
} as const;

const full = parseConfig(FULL);
/** The deployment for which the OpenAPI document in the bundles is built. */
export const DOCUMENTED = {
  features: featuresOf(full),
  tenantPattern: full.tenancy.pattern,
  accounts: full.accounts,
};
const DEPLOYED = { ...DOCUMENTED, audience: full.audience };

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
export type Resource = z.output<typeof resourceSchema>;

export interface Synthesized {
  readonly app: App;
  readonly stack: EventTrackersStack;
  /** The resources by construct path within the stack, for example `Observe/Function`, without a final `Resource` or `Default`. */
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const temporary = mkdtempSync(join(tmpdir(), 'event-trackers-infra-test-'));

export async function bundled(): Promise<Bundles> {
  return bundleFunctions(join(temporary, 'bundles'), { deployment: DEPLOYED });
}

/** The same bundles, tree-shaken but not minified, so that the names of the sources can be found in them. */
export async function readableBundles(): Promise<Bundles> {
  return bundleFunctions(join(temporary, 'readable'), { minify: false });
}

/**
 * Synthesizes the stack of a configuration and checks it with cdk-nag and CDK's CloudFormation validation.
 * @param options `isValidated: false` if another test validates this configuration, which takes six seconds
 */
export function synthesize(settings: object, bundles: Bundles, { isValidated = true } = {}): Synthesized {
  const app = createApp({ outdir: mkdtempSync(join(temporary, 'cdk.out-')) });
  const stack = addEventTrackers(app, { config: parseConfig(settings), bundles });
  const toTemplate = () => Template.fromStack(stack).toJSON();
  const template = isValidated ? toTemplate() : withoutValidation(toTemplate);
  const paths = pathsOf(stack);
  const named = Object.entries(z.record(z.string(), resourceSchema).parse(template.Resources)).map(
    ([logicalId, { Properties, ...resource }]) => [
      paths[logicalId] ?? logicalId,
      { ...resource, Properties: readable(Properties, paths) },
    ],
  );
  return { app, stack, resources: Object.fromEntries(named), outputs: template.Outputs };
}

/** The construct path of each logical ID. */
function pathsOf(stack: EventTrackersStack): Record<string, string> {
  const elements = stack.node.findAll().filter((each) => CfnElement.isCfnElement(each));
  return Object.fromEntries(
    elements.map((element) => [
      String(stack.resolve(element.logicalId)),
      element.node.path
        .split('/')
        .slice(1)
        .filter((part) => part !== 'Resource' && part !== 'Default')
        .join('/'),
    ]),
  );
}

/** Replaces intrinsic functions by text: `<Table.Arn>`, `<AWS::Region>`. A join becomes the joined text. */
function readable(value: unknown, paths: Record<string, string>): never {
  return read(value) as never;
  function read(each: unknown): unknown {
    if (Array.isArray(each)) return each.map(read);
    if (typeof each !== 'object' || each === null) return each;
    const entries = Object.entries(each);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name === 'Ref') return `<${paths[String(argument)] ?? argument}>`;
    if (entries.length === 1 && name === 'Fn::GetAtt' && Array.isArray(argument)) {
      return `<${paths[String(argument[0])] ?? argument[0]}.${argument[1]}>`;
    }
    if (entries.length === 1 && name === 'Fn::Join' && Array.isArray(argument)) {
      const parts = read(argument[1]);
      return Array.isArray(parts) ? parts.join(String(argument[0])) : parts;
    }
    return Object.fromEntries(entries.map(([key, inner]) => [key, read(inner)]));
  }
}

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.union([z.string(), z.array(z.string())]).transform((resource) => [resource].flat()),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
export type Statement = z.output<typeof statementSchema>;

/** The statements of a policy document. */
export const statementsOf = (document: unknown): Statement[] =>
  z.object({ Statement: z.array(statementSchema) }).parse(document).Statement;

export const ofType = ({ resources }: Synthesized, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);
