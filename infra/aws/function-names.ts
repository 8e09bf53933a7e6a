import { ADMISSION_TASK, TASKS } from '../state-machine.ts';

/** Functions that keep tracking IDs. */
export const TRACKING_ID_FUNCTIONS = ['tracking-id-parameters', 'tracking-id-secrets'] as const;
export type TrackingIdFunction = (typeof TRACKING_ID_FUNCTIONS)[number];

/**
 * The names of the Lambda functions, also in the local runtime. `api-events`, `api-authorizer`, and those that keep tracking IDs, exist only in
 * deployments that switch them on.
 */
export const FUNCTION_NAMES = [
  'api-read',
  'api-write',
  'api-events',
  'api-authorizer',
  ...TASKS,
  ADMISSION_TASK,
  'sweep',
  'drift',
  'operations',
  ...TRACKING_ID_FUNCTIONS,
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];
export type OptionalFunction = 'api-events' | 'api-authorizer' | TrackingIdFunction;
