import { join, resolve } from 'node:path';
import { endWith, parseFlags, UsageError } from '../command-line.ts';
import { COMMANDS, DEFAULT_DATA } from './commands.ts';
import { dataFolderError, isDataFolder } from './data-folder.ts';
import { removeFormerKeys, rotateSigningKey } from './identity/keys.ts';
import { mintToken, SCOPES, type TokenRequest } from './identity/mint.ts';

const USAGE = `Usage: ${COMMANDS.tokenWith} --tenant NAME [flags]
       ${COMMANDS.tokenWith} --rotate | --remove-former-keys [--data DIR]

  --tenant NAME         the tenant of the token
  --scope "A B"         the scopes, with or without the prefix event-trackers/ (default "read write events")
  --platform            add the scopes platform and callback
  --dataset-group NAME  restrict the token to this dataset group (name or ARN); repeatable
  --client-id ID        name this client, as Cognito's access tokens do, instead of the audience event-trackers
  --expires-in SECONDS  the validity in seconds (default 3600)
  --data DIR            the data folder of the runtime (EVENT_TRACKERS_DATA, default .event-trackers)

  --rotate              create a new signing key; tokens of the previous key stay valid
  --remove-former-keys  invalidate the tokens of all previous keys

Prints the token and nothing else. Requires the data folder of a runtime, which need not be running. A running runtime picks up new keys.`;

type Command = { readonly token: TokenRequest } | 'rotate' | 'remove-former-keys';

const FLAGS = {
  tenant: { type: 'string' },
  scope: { type: 'string' },
  platform: { type: 'boolean' },
  'dataset-group': { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  'expires-in': { type: 'string' },
  rotate: { type: 'boolean' },
  'remove-former-keys': { type: 'boolean' },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>;

/** @throws UsageError that names the flag and its rule */
function parse(args: readonly string[]): { data: string; command: Command } | 'help' {
  const values = parseFlags(args, FLAGS);
  if (values.help) return 'help';
  if (values.data === '') throw new UsageError('--data must name a folder.');
  const data = resolve(values.data ?? (process.env.EVENT_TRACKERS_DATA || DEFAULT_DATA));
  return { data, command: keyCommand(values) ?? { token: tokenRequest(values) } };
}

/** @throws UsageError if it is combined with any flag except --data */
function keyCommand(values: Flags): 'rotate' | 'remove-former-keys' | undefined {
  const command = values.rotate ? 'rotate' : values['remove-former-keys'] ? 'remove-former-keys' : undefined;
  if (command === undefined) return undefined;
  const other = Object.keys(values).find((flag) => flag !== command && flag !== 'data');
  if (other !== undefined) throw new UsageError(`--${command} is allowed with --data only, not with --${other}.`);
  return command;
}

function tokenRequest(values: Flags): TokenRequest {
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
  const clientId = values['client-id'];
  if (clientId === '') throw new UsageError('--client-id must be the ID of a client.');
  return {
    ...(tenant && { tenant }),
    scopes: platform ? [...scopes, 'platform', 'callback'] : scopes,
    ...(datasetGroups && { datasetGroups }),
    ...(clientId !== undefined && { clientId }),
    expiresInSeconds,
  };
}

/** @returns what to print @throws Error with a message for the user if the data folder can't be used, or the key is damaged */
async function run(data: string, command: Command): Promise<string> {
  try {
    return await inFolder(join(data, 'identity'), command);
  } catch (error) {
    throw dataFolderError(data, error) ?? error;
  }
}

async function inFolder(folder: string, command: Command): Promise<string> {
  if (command === 'rotate') {
    const { kid, former } = await rotateSigningKey(folder);
    return `The new signing key is ${kid}. Tokens signed with ${former} stay valid until --remove-former-keys.`;
  }
  if (command === 'remove-former-keys') {
    const removed = removeFormerKeys(folder);
    return removed.length === 0
      ? 'There are no former keys.'
      : `Removed ${removed.join(', ')}. Tokens signed with them are no longer valid.`;
  }
  return mintToken(folder, command.token);
}

try {
  const parsed = parse(process.argv.slice(2));
  if (parsed === 'help') console.log(USAGE);
  else if (isDataFolder(parsed.data)) console.log(await run(parsed.data, parsed.command));
  else {
    console.error(
      `No runtime has used the data folder ${parsed.data}, so none would accept the token. Start one there first (${COMMANDS.start}), or name its folder with --data.`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  endWith(error, USAGE);
}
