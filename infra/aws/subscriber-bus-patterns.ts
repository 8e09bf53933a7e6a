import { EVENT_PATTERNS, type EventTrackerPattern } from '../../events/patterns.ts';
import type { StackConfig } from './config-schema.ts';
import { tenantRule } from './tenant-rule.ts';

/** An event bus of another account, and the tenants whose events it receives. */
export interface SubscriberBus {
  readonly busArn: string;
  readonly tenants: readonly string[] | 'all';
}

/** EventBridge's quota for a rule's pattern, in characters. */
const MAX_PATTERN_LENGTH = 2048;

const ofTenants = (tenants: readonly string[]): EventTrackerPattern => ({
  ...EVENT_PATTERNS.all,
  detail: { metadata: { tenantId: tenants } },
});

/**
 * The patterns of a bus: every event of its tenants, also of types that are added later. As many rules as their length needs; no event
 * matches two of them.
 */
export function patternsOf({ tenants }: SubscriberBus): EventTrackerPattern[] {
  if (tenants === 'all') return [EVENT_PATTERNS.all];
  const rules: string[][] = [];
  for (const tenant of tenants) {
    const last = rules.at(-1);
    const isRoom = last && JSON.stringify(ofTenants([...last, tenant])).length <= MAX_PATTERN_LENGTH;
    if (isRoom) last.push(tenant);
    else rules.push([tenant]);
  }
  return rules.map(ofTenants);
}

/** The account, the Region and the name of a bus, by which it differs from every other one. */
export function labelOfBus(busArn: string): string {
  const [, , , region, account, bus = ''] = busArn.split(':');
  return `${account}-${region}-${bus.slice(bus.indexOf('/') + 1)}`;
}

/** EventBridge's quota is 300 rules for each bus; the other ones are left to subscribers in this account. */
const MAX_RULES = 100;

/** The rules of the setting `subscriberBuses` that its schema does not know. */
export function subscriberBusProblems({ subscriberBuses, tenancy }: StackConfig): string[] {
  const isTenant = tenantRule(tenancy.pattern);
  const arns = subscriberBuses.map(({ busArn }) => busArn);
  const rules = subscriberBuses.reduce((sum, each) => sum + patternsOf(each).length, 0);
  return [
    ...subscriberBuses.flatMap(({ busArn, tenants }, index) => {
      const place = `subscriberBuses.${index}`;
      const listed = tenants === 'all' ? [] : tenants;
      return [
        ...(arns.indexOf(busArn) < index
          ? [`${place}.busArn must not repeat an event bus: list all of its tenants once`]
          : []),
        ...(new Set(listed).size < listed.length ? [`${place}.tenants must not repeat an entry`] : []),
        ...listed
          .filter((tenant) => !isTenant(tenant))
          .map((tenant) => `${place}.tenants must be names of tenants, ${tenancy.pattern}: "${tenant}" is none`),
      ];
    }),
    ...(rules > MAX_RULES
      ? [
          `subscriberBuses must need at most ${MAX_RULES} rules, of the 300 that a bus can have; these tenants need ${rules}, because a pattern has at most ${MAX_PATTERN_LENGTH} characters. Use "all", or fewer tenants`,
        ]
      : []),
  ];
}
