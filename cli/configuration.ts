import { homedir } from 'node:os';
import { join } from 'node:path';
import { readTextFile, TextFileError } from '../input/text-file.ts';
import { ConfigurationFailure } from './failures.ts';

/** How requests are authorized. */
export const AUTH_TYPES = ['token', 'iam'] as const;

/** The settings that a profile can have. */
export const PROFILE_KEYS = [
  'endpoint_url',
  'auth',
  'aws_profile',
  'region',
  'account_id',
  'output',
  'token_file',
  'token_command',
  'ca_bundle',
  'cli_read_timeout',
  'cli_connect_timeout',
  'cli_pager',
] as const;
export type ProfileKey = (typeof PROFILE_KEYS)[number];
export type Profile = Partial<Readonly<Record<ProfileKey, string>>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The path of the configuration: EVENT_TRACKERS_CONFIG_FILE, or event-trackers/config in XDG_CONFIG_HOME or ~/.config. */
export const configurationFile = (environment: Environment): string =>
  environment.EVENT_TRACKERS_CONFIG_FILE ||
  join(environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'), 'event-trackers/config');

/**
 * The settings of a profile, from a file in the format of the AWS CLI: `[default]`, `[profile NAME]`, `key = value`, and comments
 * after # or ;. If the file does not exist, the default profile is empty.
 * @throws ConfigurationFailure that names the file and line of an error, or a missing profile; it quotes no value
 */
export function profileOf(file: string, name: string): Profile {
  const profiles = profilesIn(file);
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  if (name === 'default') return {};
  throw new ConfigurationFailure(`The config profile (${name}) could not be found in ${file}`);
}

function profilesIn(file: string): ReadonlyMap<string, Profile> {
  const profiles = new Map<string, Partial<Record<ProfileKey, string>>>();
  let current: Partial<Record<ProfileKey, string>> | undefined;
  textOf(file)
    .split(/\r?\n/)
    .forEach((line, index) => {
      const text = line.trim();
      if (text === '' || /^[#;]/.test(text)) return;
      const section = /^\[\s*(default|profile\s+(?:"([^"]+)"|(\S+)))\s*\]$/.exec(text);
      if (section !== null) {
        const name = section[2] ?? section[3] ?? 'default';
        current = profiles.get(name) ?? {};
        profiles.set(name, current);
        return;
      }
      const place = `${file}:${index + 1}`;
      if (text.startsWith('[')) {
        throw new ConfigurationFailure(`${place}: a section must be [default] or [profile NAME]`);
      }
      const [, key = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(text) ?? [];
      if (current === undefined || key === '') {
        throw new ConfigurationFailure(`${place}: must be key = value, under [default] or [profile NAME]`);
      }
      current[checkedKey(key, place)] = value;
    });
  return profiles;
}

function textOf(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    if (error.reason === 'ENOENT') return '';
    throw new ConfigurationFailure(`Unable to read the configuration file ${file}: ${error.reason}`);
  }
}

function checkedKey(key: string, place: string): ProfileKey {
  const known = PROFILE_KEYS.find((candidate) => candidate === key);
  if (known !== undefined) return known;
  const why =
    key === 'token'
      ? 'do not put a token here; put it in a file that only you can read, and set token_file to its path'
      : `must be one of ${PROFILE_KEYS.join(', ')}`;
  throw new ConfigurationFailure(`${place}: unknown setting ${JSON.stringify(key)}: ${why}`);
}
