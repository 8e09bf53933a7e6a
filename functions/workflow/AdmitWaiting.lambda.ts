import { admissionStore, governorGateway, trackerStore, workflowGateway } from '../composition.ts';
import { deploymentName, lifecycleSettings } from '../environment.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { admitWaiting, type GovernorDependencies, type GovernorResult } from './governor.ts';

let tools: GovernorDependencies | undefined;

/** The task of the state machine event-tracker-admission: one tick of a governor. */
export const handler = async (event: unknown): Promise<GovernorResult> => {
  tools ??= {
    store: trackerStore(),
    admissions: admissionStore(),
    governors: governorGateway(),
    workflow: workflowGateway(),
    settings: lifecycleSettings(),
    now: Date.now,
    log: createLog('event-trackers-workflow'),
    metrics: createMetrics(deploymentName()),
  };
  return admitWaiting(tools, event);
};
