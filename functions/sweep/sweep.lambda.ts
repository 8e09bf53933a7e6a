import { metricsFromEnvironment, sweepFromEnvironment } from './composition.ts';
import type { SweepDependencies, SweepResult } from './sweep.ts';
import { sweepWithMetrics } from './with-metrics.ts';

let sweepTools: SweepDependencies | undefined;

/** The sweep as the Lambda that the scheduler invokes, each minute on AWS. */
export const handler = async (event: unknown): Promise<SweepResult> => {
  sweepTools ??= sweepFromEnvironment();
  return sweepWithMetrics(sweepTools, metricsFromEnvironment(), event);
};
