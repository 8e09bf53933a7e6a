/**
 * AWS's list prices in US dollars, us-east-1, without free tiers, as known on the date below. They could not be looked up when this was
 * written. Check them against AWS's pricing pages, enter yours, and run `npm run costs -- --write`.
 */
export const PRICES_REGION = 'us-east-1';
export const PRICES_AS_OF = '2026-11-24';

/** The price of each unit. */
export const PRICES = {
  'Step Functions Standard, a state transition': 0.025 / 1_000,
  'Lambda, a request': 0.2 / 1e6,
  'Lambda arm64, a GB-second': 0.000_013_333_4,
  'API Gateway HTTP API, a request': 1 / 1e6,
  'DynamoDB on demand, a write request unit': 0.625 / 1e6,
  'DynamoDB on demand, a read request unit': 0.125 / 1e6,
  'DynamoDB, a GB-month of storage': 0.25,
  'DynamoDB, a GB-month of point-in-time recovery': 0.2,
  'EventBridge, an event on a custom bus': 1 / 1e6,
  'EventBridge Scheduler, an invocation': 1 / 1e6,
  'CloudWatch, a metric of an alarm, a month': 0.1,
  'CloudWatch, a dashboard, a month': 3,
  'CloudWatch, a custom metric, a month': 0.3,
  'CloudWatch Logs, a GB ingested': 0.5,
  'KMS, a customer-managed key, a month': 1,
  'X-Ray, a trace recorded': 5 / 1e6,
} as const;
export type Unit = keyof typeof PRICES;

/** Assumptions for what cannot be measured locally. Replace them with the numbers of a deployment. */
export const ASSUMED = {
  /** The duration of an invocation, in seconds; most of it is waiting for AWS. */
  lambdaSeconds: 0.2,
  /** As in infra/aws/functions.ts. */
  lambdaGb: 0.5,
  /** The log of an invocation, in bytes: three lines of Lambda, those of the function, and a metrics line. */
  logBytes: 2_000,
  /** How often a client polls its tracker until it is ACTIVE. Each poll is a request and a consistent read. */
  pollsPerClient: 5,
} as const;

export const HOURS_A_MONTH = 730;

/** One line of a bill. */
export interface Line {
  readonly unit: Unit;
  readonly count: number;
}
export const dollars = ({ unit, count }: Line): number => PRICES[unit] * count;
export const total = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + dollars(line), 0);

/**
 * The bill for invocations, by the assumptions above.
 * @param heldSeconds the total time for which they hold answers
 */
export function invocationLines(invocations: number, heldSeconds = 0): Line[] {
  return [
    { unit: 'Lambda, a request', count: invocations },
    {
      unit: 'Lambda arm64, a GB-second',
      count: (invocations * ASSUMED.lambdaSeconds + heldSeconds) * ASSUMED.lambdaGb,
    },
    { unit: 'CloudWatch Logs, a GB ingested', count: (invocations * ASSUMED.logBytes) / 1e9 },
  ];
}
