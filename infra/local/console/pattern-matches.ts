import * as z from 'zod';
import type { PatternMatches, PatternQuestion } from '../../../console/protocol.ts';
import { compileEventPattern } from '../eventbridge/pattern.ts';
import { AwsError } from '../wire.ts';

export const patternQuestion: z.ZodType<PatternQuestion> = z.strictObject({
  pattern: z.string(),
  events: z.array(z.record(z.string(), z.unknown())).max(100),
});

/** Which events a rule with this pattern would match: decided by the matcher of the local EventBridge. */
export function patternMatches({ pattern, events }: PatternQuestion): PatternMatches {
  try {
    const matches = compileEventPattern(pattern);
    return { matches: events.map((event) => matches(event)) };
  } catch (error) {
    if (error instanceof AwsError) return { invalid: error.message };
    throw error;
  }
}
