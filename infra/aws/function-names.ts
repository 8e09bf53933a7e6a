import { TASKS } from '../state-machine.ts';

/** The names of the Lambda functions, also in the local runtime. `api-events` exists only in deployments that pass interactions on. */
export const FUNCTION_NAMES = ['api-read', 'api-write', 'api-events', ...TASKS, 'sweep', 'drift'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];
