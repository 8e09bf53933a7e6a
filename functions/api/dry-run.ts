import { personalizeGateways } from '../gateways/composition.ts';
import type { RequestContext } from '../requests/dependencies.ts';
import { dryRunWith } from '../requests/dry-run.ts';
import type { DryRunResult } from '../requests/dry-run-result.ts';
import type { TrackerRequest } from '../tracker/desired-state.ts';

let personalizeOf: ReturnType<typeof personalizeGateways> | undefined;

/** `dryRunWith` the clients of Personalize. Few requests are dry runs, so this module is imported when the first one arrives. */
export function dryRun(context: RequestContext, request: TrackerRequest): Promise<DryRunResult> {
  personalizeOf ??= personalizeGateways();
  return dryRunWith({ ...context, personalizeOf }, request);
}
