import { AwsError } from '../wire.ts';

/** The error for an event pattern. `reason` names the field and the rule. */
export function invalidPattern(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
