import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** When somebody is called. Each has a paragraph of its name in docs/operations.md, which a test holds it to. */
export interface AlarmRule {
  /** The paragraph's heading, and the end of the alarm's name. */
  readonly name: string;
  /** What has happened, in a sentence. */
  readonly description: string;
  readonly metric: IMetric;
  /** Alarms at this or above; `below`: under it. */
  readonly threshold: number;
  readonly below?: true;
  /** Of how many periods in a row; 1. */
  readonly periods?: number;
  /** No data is as bad as data beyond the threshold: of a heartbeat. */
  readonly missingIsBreaching?: true;
}
