import { metricsFromEnvironment, toolsFromEnvironment } from './environment.ts';
import { meteredSweep } from './metered.ts';
import type { SweepResult, SweepTools } from './sweep.ts';

let sweepTools: SweepTools | undefined;

/** The sweep as the Lambda that the scheduler invokes, each minute on AWS. */
export const handler = async (event: unknown): Promise<SweepResult> => {
  sweepTools ??= toolsFromEnvironment();
  return meteredSweep(sweepTools, metricsFromEnvironment(), event);
};
