import { toolsFromEnvironment } from './environment.ts';
import { type SweepResult, type SweepTools, sweep } from './sweep.ts';

let sweepTools: SweepTools | undefined;

/** The sweep as the Lambda that the scheduler invokes, each minute on AWS. */
export const handler = async (event: unknown): Promise<SweepResult> => {
  sweepTools ??= toolsFromEnvironment();
  return sweep(sweepTools, event);
};
