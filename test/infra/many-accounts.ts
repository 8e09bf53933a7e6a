import { describe, expect, test } from 'vitest';
import type { Bundles } from '../../infra/aws/bundle.ts';
import { ConfigError, parseConfig } from '../../infra/aws/config.ts';
import { type Synthesized, statementsOf, synthesize } from './synthesized.ts';

/** The quotas of IAM: characters of a role's inline policies and of a managed policy, without white space, and managed policies of a role. */
const QUOTAS = { inline: 10_240, managed: 6_144, managedPolicies: 10 };

const accountsOf = (count: number) => {
  const ids = Array.from({ length: count }, (_, n) => String(200_000_000_000 + n));
  const of = (accountId: string) => ({
    roleArn: `arn:aws:iam::${accountId}:role/event-trackers-of-the-platform`,
    externalId: `prod:${accountId}`,
    regions: ['us-east-1', 'eu-west-1'],
    tenants: ['acme'],
  });
  return Object.fromEntries(ids.map((accountId) => [accountId, of(accountId)]));
};

interface Policy {
  readonly type: string;
  readonly size: number;
  readonly assumed: readonly string[];
}

function policiesOf({ resources }: Synthesized, role: string): Policy[] {
  return Object.values(resources)
    .filter(({ Type }) => /^AWS::IAM::(Managed)?Policy$/.test(Type))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles) === `["<${role}>"]`)
    .map(({ Type, Properties }) => ({
      type: Type,
      size: JSON.stringify(Properties.PolicyDocument).length,
      assumed: statementsOf(Properties.PolicyDocument).flatMap(({ Action, Resource }) =>
        Action.includes('sts:AssumeRole') ? Resource : [],
      ),
    }));
}

export function manyAccounts({ bundles }: { bundles: Bundles }): void {
  describe('many other accounts', () => {
    test('735 roles fit into the policies of a function, each once', () => {
      const accounts = accountsOf(735);
      const policies = policiesOf(synthesize({ accounts }, bundles, { isValidated: false }), 'Observe/Role');
      const roleArns = Object.values(accounts).map(({ roleArn }) => roleArn);
      expect(policies.flatMap(({ assumed }) => assumed).sort()).toEqual(roleArns.sort());
      const sizes = (type: string) => policies.flatMap((each) => (each.type === type ? each.size : []));
      expect(sizes('AWS::IAM::ManagedPolicy').length).toBeLessThanOrEqual(QUOTAS.managedPolicies);
      expect(Math.max(...sizes('AWS::IAM::ManagedPolicy'))).toBeLessThanOrEqual(QUOTAS.managed);
      expect(sizes('AWS::IAM::Policy').reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(QUOTAS.inline);
    });

    test('more than fit are refused before a deployment', () => {
      expect(() => parseConfig({ accounts: accountsOf(800) })).toThrow(ConfigError);
      expect(() => parseConfig({ accounts: accountsOf(800) })).toThrow(
        /^ *accounts must have ARNs of roles of at most 45000 characters in total.*these have 48800/m,
      );
    });
  });
}
