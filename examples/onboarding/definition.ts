import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the `${Placeholders}` of the state machines stand for. */
export interface Substitutions {
  /** The ARN of the function in request-event-tracker.ts. */
  readonly RequestEventTracker: string;
  /** The ARN of the function in report.ts. */
  readonly Report: string;
  /** The name of the table of outcomes. */
  readonly ReportTable: string;
  /** The beginning of Personalize's ARNs: `arn:aws:personalize:REGION:ACCOUNT`. */
  readonly PersonalizeArn: string;
  /** Where the tracking ID is, as a path or an intrinsic function: `inTable`, `atPath`. */
  readonly TrackingIdIn: string;
}

/** A tracking ID in a table of examples/subscriber. Double quotes are not possible, because the text is placed into JSON. */
export const inTable = (tableName: string): string =>
  `States.Format('dynamodb:${tableName}/{}', $.eventTracker.trackerId)`;

/** A tracking ID that the deployment keeps at `PREFIX/TENANT/NAME` (`trackingIds`), in Parameter Store or Secrets Manager. */
export const atPath = (prefix: string): string => `States.Format('${prefix}/{}/{}', $.tenant.tenantId, $.tenant.name)`;

/** The state machine that onboards one tenant, and the one for a list: Amazon States Language JSON with placeholders. */
export const ONBOARDING = read('onboarding.asl.json');
export const ONBOARDING_LIST = read('onboarding-list.asl.json');

/** A definition with its placeholders replaced. @throws Error for a placeholder without a value */
export function substituted(definition: string, substitutions: Substitutions): string {
  return definition.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value: unknown = Object.hasOwn(substitutions, name) ? substitutions[name as keyof Substitutions] : undefined;
    if (typeof value !== 'string')
      throw new Error(`The state machine has the placeholder \${${name}}, which has no value.`);
    return value;
  });
}

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
