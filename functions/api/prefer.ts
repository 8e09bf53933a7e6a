import type { Features } from './features.ts';
import type { ApiEvent } from './request.ts';

/** One preference, such as `wait=5`. Parameters are ignored. */
const WAIT = /^\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:;|$)/i;

/**
 * The N of `Prefer: wait=N` in seconds, limited to the deployment's maximum. Of several, the first counts (RFC 7240).
 * @returns undefined without such a preference, or if the deployment has turned waiting off
 */
export function preferredWait(
  { headers }: Pick<ApiEvent, 'headers'>,
  { preferWaitSeconds }: Pick<Features, 'preferWaitSeconds'>,
): number | undefined {
  if (preferWaitSeconds === 0) return undefined;
  for (const preference of (headers.prefer ?? '').split(',')) {
    const [, bare, quoted] = WAIT.exec(preference) ?? [];
    const seconds = bare ?? quoted;
    if (seconds !== undefined) return Math.min(Number(seconds), preferWaitSeconds);
  }
  return undefined;
}

/** The header that confirms the wait (RFC 7240). */
export const preferenceApplied = (applied: number | undefined): Record<string, string> =>
  applied === undefined ? {} : { 'preference-applied': `wait=${applied}` };
