import { safePattern } from '../tracker/safe-pattern.ts';

/** The clients whose tokens are accepted: those on the list, and those whose ID matches the pattern. */
export interface Audience {
  readonly listed: ReadonlySet<string>;
  readonly pattern?: RegExp;
}

/** The length of a client ID that is compared with the pattern. Those of Cognito have 26 characters. */
const MAX_LENGTH = 255;

/** @throws Error naming the setting and its rule */
export const audiencePattern = (setting: string, pattern: string): RegExp =>
  safePattern(setting, pattern, 'an empty client ID');

/**
 * @param list client IDs, separated by commas
 * @throws Error naming the variable and its rule
 */
export function createAudience(list: string, pattern: string): Audience {
  const listed = new Set(list.split(',').filter((each) => each.trim() !== ''));
  if (listed.size === 0 && pattern === '')
    throw new Error('AUDIENCE must name a client ID, or AUDIENCE_PATTERN must be set.');
  return {
    listed,
    ...(pattern !== '' && { pattern: audiencePattern('AUDIENCE_PATTERN', pattern) }),
  };
}

const isAccepted = ({ listed, pattern }: Audience, id: unknown): boolean =>
  typeof id === 'string' && (listed.has(id) || (id.length <= MAX_LENGTH && (pattern?.test(id) ?? false)));

/** Whether a token is for an accepted client: one of its `aud`, or `client_id` if it has no `aud`, as for API Gateway's JWT authorizer. */
export const isFor = (
  audience: Audience,
  { aud, client_id: clientId }: { readonly aud?: unknown; readonly client_id?: unknown },
): boolean => (aud === undefined ? [clientId] : [aud].flat()).some((id) => isAccepted(audience, id));
