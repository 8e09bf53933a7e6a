import { SFNClient } from '@aws-sdk/client-sfn';
import { lifecycleSettings, REQUEST_HANDLER, required, trackerStore } from '../environment.ts';
import { createWorkflowGateway } from '../gateways/workflow.ts';
import { createLog } from '../log.ts';
import { type SweepResult, type SweepTools, sweep } from './sweep.ts';

let tools: SweepTools | undefined;

/** The sweep as the Lambda that the scheduler invokes, each minute on AWS. */
export const handler = async (event: unknown): Promise<SweepResult> => {
  tools ??= sweepToolsFromEnvironment();
  return sweep(tools, event);
};

function sweepToolsFromEnvironment(): SweepTools {
  const client = new SFNClient({ requestHandler: REQUEST_HANDLER });
  return {
    store: trackerStore(),
    workflow: createWorkflowGateway(client, required('STATE_MACHINE_ARN')),
    settings: lifecycleSettings(),
    now: Date.now,
    log: createLog('event-trackers-sweep'),
  };
}
