import type { Features } from './features.ts';
import type { ApiEvent } from './request.ts';

/** One preference: `wait=5`, perhaps with parameters, which mean nothing to us. */
const WAIT = /^\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:;|$)/i;

/**
 * What `Prefer: wait=N` asks for, in seconds, at most what the deployment allows; nothing where it is not asked for, or where the
 * deployment holds no answers. Of several the first counts (RFC 7240).
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

/** Says what was applied (RFC 7240). */
export const preferenceApplied = (applied: number | undefined): Record<string, string> =>
  applied === undefined ? {} : { 'preference-applied': `wait=${applied}` };
