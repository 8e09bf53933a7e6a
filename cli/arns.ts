import { ParameterFailure } from './failures.ts';
import type { Settings } from './settings.ts';
import { DATASET_GROUP_NAME } from './shapes.ts';

/** The partition of a Region. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/**
 * Completes an ARN of Personalize. A missing Region or account comes from --region, AWS_REGION, AWS_ACCOUNT_ID or the profile; a
 * dataset group may be given by name only. Returns any other text unchanged; the validation of parameters rejects it.
 * @throws ParameterFailure if a missing part is not configured, or --region names another Region
 */
export function completedArn(flag: string, text: string, settings: Settings): string {
  const { region, accountId, isRegionGiven } = settings;
  const isName = flag === '--dataset-group-arn' && DATASET_GROUP_NAME.test(text) && region && accountId;
  const arn = isName ? `arn:${partitionOf(region)}:personalize:::dataset-group/${text}` : text;
  const [, start, ofArn, account, rest] = /^(arn:[^:]+:personalize):([^:]*):([^:]*):(.+)$/.exec(arn) ?? [];
  if (start === undefined) return text;
  if (isRegionGiven && ofArn && ofArn !== region) {
    throw new ParameterFailure(`Invalid value for ${flag}: its Region is ${ofArn}, but --region is ${region}`);
  }
  const known = {
    region: ofArn || region || unknown(flag, 'Region', '--region or AWS_REGION'),
    account: account || accountId || unknown(flag, 'account', 'AWS_ACCOUNT_ID or account_id of the profile'),
  };
  return `${start}:${known.region}:${known.account}:${rest}`;
}

function unknown(flag: string, what: string, where: string): never {
  throw new ParameterFailure(`Invalid value for ${flag}: it has no ${what}; add it, or set ${where}`);
}

/** The Region of an ARN. */
export const regionOf = (arn: string): string | undefined => arn.split(':')[3];
