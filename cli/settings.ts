import { AUTH_TYPES, configurationFile, type Profile, profileOf } from './configuration.ts';
import { ConfigurationFailure } from './failures.ts';
import type { Values } from './option-values.ts';
import { OUTPUT_FORMATS, type OutputFormat } from './output/format.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The source of the token; never the command line. */
export type TokenSource =
  | { readonly kind: 'environment'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string };

/** The settings from options, environment and profile, in this order of precedence. With --profile, the profile overrides the environment. */
export interface Settings {
  readonly endpointUrl?: string;
  readonly token?: TokenSource;
  readonly auth: (typeof AUTH_TYPES)[number];
  /** The AWS profile whose credentials sign requests; by default the AWS SDK's. */
  readonly awsProfile?: string;
  readonly output: OutputFormat;
  readonly region?: string;
  /** Whether --region was given. Only then lists are filtered, and ARNs of another Region rejected. */
  readonly isRegionGiven: boolean;
  readonly accountId?: string;
  /** In milliseconds; 0 means no limit. */
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly caBundle?: string;
  /** The pager command; empty for none. */
  readonly pager: string;
  readonly color: (typeof COLORS)[number];
  readonly isDirect: boolean;
  /** Given with --profile, for the AWS SDK in direct mode. */
  readonly profileName?: string;
  readonly isPaginated: boolean;
  readonly query?: string;
}

const DEFAULT_TIMEOUT_SECONDS = '60';
const COLORS = ['auto', 'on', 'off'] as const;

/** @throws ConfigurationFailure that names the invalid setting */
export function settingsOf(values: Values, environment: Environment): Settings {
  const isDirect = values.has('--direct');
  const profileName = values.text('--profile');
  const profile = isDirect
    ? {}
    : profileOf(configurationFile(environment), profileName ?? (environment.EVENT_TRACKERS_PROFILE || 'default'));
  /** The first that is set: the option, the profile given with --profile, the environment, the default profile. */
  const first = (flag: string | undefined, key: keyof Profile, ...variables: string[]): string | undefined => {
    const ofFlag = flag === undefined ? undefined : values.text(flag);
    const ofEnvironment = variables.map((name) => environment[name]).find((value) => value);
    const [preferred, fallback] =
      profileName === undefined ? [ofEnvironment, profile[key]] : [profile[key], ofEnvironment];
    return ofFlag ?? (preferred || fallback || undefined);
  };
  return {
    endpointUrl: isDirect
      ? values.text('--endpoint-url')
      : first('--endpoint-url', 'endpoint_url', 'EVENT_TRACKERS_ENDPOINT_URL'),
    token: tokenSource(profile, environment, profileName !== undefined),
    auth: oneOf(AUTH_TYPES, 'auth', first('--auth', 'auth', 'EVENT_TRACKERS_AUTH')),
    awsProfile: profile.aws_profile || undefined,
    output: oneOf(
      OUTPUT_FORMATS,
      'output format',
      first('--output', 'output', 'EVENT_TRACKERS_OUTPUT', 'AWS_DEFAULT_OUTPUT'),
    ),
    region: first('--region', 'region', 'AWS_REGION', 'AWS_DEFAULT_REGION'),
    isRegionGiven: values.has('--region'),
    accountId: first(undefined, 'account_id', 'AWS_ACCOUNT_ID'),
    connectTimeoutMs: milliseconds('cli_connect_timeout', first('--cli-connect-timeout', 'cli_connect_timeout')),
    readTimeoutMs: milliseconds('cli_read_timeout', first('--cli-read-timeout', 'cli_read_timeout')),
    caBundle: first('--ca-bundle', 'ca_bundle', 'AWS_CA_BUNDLE'),
    pager: values.has('--no-cli-pager') ? '' : pagerOf(profile, environment),
    color: oneOf(COLORS, 'color', values.text('--color')),
    isDirect,
    profileName,
    isPaginated: !values.has('--no-paginate'),
    query: values.text('--query'),
  };
}

function tokenSource(profile: Profile, environment: Environment, isProfileGiven: boolean): TokenSource | undefined {
  const ofEnvironment = sourceOf(
    environment.EVENT_TRACKERS_TOKEN,
    environment.EVENT_TRACKERS_TOKEN_FILE,
    environment.EVENT_TRACKERS_TOKEN_COMMAND,
  );
  const ofProfile = sourceOf(undefined, profile.token_file, profile.token_command);
  return isProfileGiven ? (ofProfile ?? ofEnvironment) : (ofEnvironment ?? ofProfile);
}

function sourceOf(token?: string, path?: string, command?: string): TokenSource | undefined {
  if (token) return { kind: 'environment', token };
  if (path) return { kind: 'file', path };
  return command ? { kind: 'command', command } : undefined;
}

/** The value, or the first of the choices. */
function oneOf<Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  name: string,
  text: string = choices[0],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new ConfigurationFailure(`The configured ${name} must be one of ${choices.join(', ')}`);
}

function milliseconds(key: string, text = DEFAULT_TIMEOUT_SECONDS): number {
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  throw new ConfigurationFailure(`${key} must be a whole number of seconds`);
}

/** Like the AWS CLI: an empty setting means no pager; without a setting it is less. */
const pagerOf = (profile: Profile, environment: Environment): string =>
  environment.AWS_PAGER ?? profile.cli_pager ?? environment.PAGER ?? 'less';
