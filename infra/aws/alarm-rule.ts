import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** One alarm. docs/operations.md has a section for each, which a test checks. */
export interface AlarmRule {
  /** The section's heading, and the end of the alarm's name. */
  readonly name: string;
  /** Of several alarms with one section: what this one watches. It follows the name. */
  readonly of?: string;
  /** What has happened, in one sentence. */
  readonly description: string;
  readonly metric: IMetric;
  /** The alarm starts at this value or above; with `below`, under it. */
  readonly threshold: number;
  readonly below?: true;
  /** How many periods in a row must breach the threshold; 1 by default. */
  readonly periods?: number;
  /** For heartbeats: missing data breaches the threshold. */
  readonly missingIsBreaching?: true;
}
