import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataFolder } from './data-folder.ts';
import { removeFormerKeys, rotateSigningKey } from './identity/keys.ts';
import { mintToken, SCOPES, type TokenRequest } from './identity/mint.ts';
import { DEFAULT_DATA, UsageError } from './options.ts';

const USAGE = `Usage: npm run --silent token -- --tenant NAME [flags]
       npm run --silent token -- --rotate | --remove-former-keys [--data DIR]

  --tenant NAME         the tenant that the token is
  --scope "A B"         scopes, short or whole (default "read write events")
  --platform            adds the scopes platform and callback
  --dataset-group NAME  a dataset group the tenant may use, by name or ARN; repeatable
  --expires-in SECONDS  how long it is valid (default 3600)
  --data DIR            the runtime's data folder (EVENT_TRACKERS_DATA, default .event-trackers)

  --rotate              makes a new key that signs from now on; what the one before signed stays valid
  --remove-former-keys  ends that: what they signed is refused

Prints the token and nothing else. It needs the data folder, not a running runtime; one that runs takes new keys as they come.`;

type Command = { readonly token: TokenRequest } | 'rotate' | 'remove-former-keys';

/** @throws UsageError naming the flag and its rule */
function parse(args: readonly string[]): { data: string; command: Command } | 'help' {
  let values: ReturnType<typeof flags>;
  try {
    values = flags(args);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
  if (values.help) return 'help';
  if (values.data === '') throw new UsageError('--data must name a folder.');
  const data = resolve(values.data ?? (process.env.EVENT_TRACKERS_DATA || DEFAULT_DATA));
  return { data, command: keyCommand(values) ?? { token: tokenRequest(values) } };
}

/** @throws UsageError where it comes with flags of a token, or of the other */
function keyCommand(values: ReturnType<typeof flags>): 'rotate' | 'remove-former-keys' | undefined {
  const command = values.rotate ? 'rotate' : values['remove-former-keys'] ? 'remove-former-keys' : undefined;
  if (command === undefined) return undefined;
  const other = Object.keys(values).find((flag) => flag !== command && flag !== 'data');
  if (other !== undefined) throw new UsageError(`--${command} goes with --data only, not with --${other}.`);
  return command;
}

function tokenRequest(values: ReturnType<typeof flags>): TokenRequest {
  const { tenant, platform = false } = values;
  if (!tenant && !platform) throw new UsageError('--tenant is required (or --platform).');
  const expiresInSeconds = Number(values['expires-in'] ?? 3600);
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1) {
    throw new UsageError(`--expires-in must be a whole number of seconds above 0, not "${values['expires-in']}".`);
  }
  const scopes = (values.scope ?? 'read write events').split(/[\s,]+/).filter(Boolean);
  const unknown = scopes.find((scope) => !SCOPES.includes(scope.replace(/^event-trackers\//, '')));
  if (scopes.length === 0 || unknown !== undefined) {
    throw new UsageError(`--scope must name some of ${SCOPES.join(', ')}, not "${unknown ?? ''}".`);
  }
  const datasetGroups = values['dataset-group'];
  return {
    ...(tenant && { tenant }),
    scopes: platform ? [...scopes, 'platform', 'callback'] : scopes,
    ...(datasetGroups && { datasetGroups }),
    expiresInSeconds,
  };
}

function flags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      scope: { type: 'string' },
      platform: { type: 'boolean' },
      'dataset-group': { type: 'string', multiple: true },
      'expires-in': { type: 'string' },
      rotate: { type: 'boolean' },
      'remove-former-keys': { type: 'boolean' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

/** @returns what to print */
async function run(folder: string, command: Command): Promise<string> {
  if (command === 'rotate') {
    const { kid, former } = await rotateSigningKey(folder);
    return `The key ${kid} signs from now on. What ${former} signed stays valid until --remove-former-keys.`;
  }
  if (command === 'remove-former-keys') {
    const removed = removeFormerKeys(folder);
    return removed.length === 0
      ? 'There is no former key.'
      : `Removed ${removed.join(', ')}: what they signed is refused.`;
  }
  return mintToken(folder, command.token);
}

try {
  const parsed = parse(process.argv.slice(2));
  if (parsed === 'help') console.log(USAGE);
  else {
    openDataFolder(parsed.data);
    console.log(await run(join(parsed.data, 'identity'), parsed.command));
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
