import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFailure } from './failures.ts';

/*
 * The AWS CLI's rules for credentials, where those of the AWS SDK differ: keys in the environment come before AWS_PROFILE, and a
 * profile must exist. Both read the environment of the process.
 */

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The keys in the environment, unless a profile was given for this command; undefined if the AWS SDK is to look for credentials.
 * @param givenProfile the AWS profile that was given explicitly; it beats the environment
 * @param otherProfile the AWS profile to use otherwise; by default AWS_PROFILE
 * @throws ConfigurationFailure if the profile does not exist
 */
export function environmentKeys(givenProfile: string | undefined, otherProfile?: string): Keys | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const profile = givenProfile || otherProfile || AWS_PROFILE;
  if (profile && !profileExists(profile)) {
    throw new ConfigurationFailure(`The config profile (${profile}) could not be found`);
  }
  if (givenProfile || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

/** Whether the AWS configuration or credentials file has the profile. */
function profileExists(name: string): boolean {
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, HOME } = process.env;
  const folder = join(HOME || homedir(), '.aws');
  return [AWS_CONFIG_FILE || join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials')]
    .flatMap(sectionsOf)
    .includes(name);
}

function sectionsOf(file: string): string[] {
  try {
    const sections = readFileSync(file.replace(/^~(?=\/)/, homedir()), 'utf8').matchAll(
      /^\s*\[\s*(?:profile\s+)?(["']?)(.+?)\1\s*\]/gm,
    );
    return [...sections].flatMap(([, , name]) => name ?? []);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

/** Without a logger, the AWS SDK prints warnings on stderr. */
export const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
