import type { Failure } from '../../events/contract.ts';
import type { DryRunResult } from '../requests/dry-run-result.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { type JsonResponse, jsonResponse } from './json-response.ts';
import { problemOf } from './problem.ts';
import { resourceOf } from './resource.ts';
import type { DryRun } from './resource-schemas.ts';

/** The response to a dry run. */
export function dryRunResponse(
  { outcome, refused, record, wouldWaitFor, found, ...result }: DryRunResult,
  settings: LifecycleSettings,
  entrance: string,
): JsonResponse {
  const problem = refused && problemOf(refused, entrance);
  const findings: Failure[] = [...result.findings];
  if (problem) {
    const { reason, detail, remedy, retryable = false } = problem;
    findings.push({ code: reason, reason: detail, remedy, retryable });
  }
  const body: DryRun = {
    wouldSucceed: findings.length === 0,
    outcome,
    findings,
    ...(problem?.existing && { existing: problem.existing }),
    ...(record && { eventTracker: resourceOf(record, settings) }),
    ...(wouldWaitFor && { wouldWaitFor }),
    ...(found && { found }),
  };
  return jsonResponse(body);
}
