import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataFolder } from './data-folder.ts';
import { mintToken, SCOPES, type TokenRequest } from './identity/mint.ts';
import { DEFAULT_DATA, UsageError } from './options.ts';

const USAGE = `Usage: npm run --silent token -- --tenant NAME [flags]

  --tenant NAME         the tenant that the token is
  --scope "A B"         scopes, short or whole (default "read write events")
  --platform            adds the scopes platform and callback
  --dataset-group NAME  a dataset group the tenant may use, by name or ARN; repeatable
  --expires-in SECONDS  how long it is valid (default 3600)
  --data DIR            the runtime's data folder (EVENT_TRACKERS_DATA, default .event-trackers)

Prints the token and nothing else. It needs the data folder, not a running runtime.`;

/** @throws UsageError naming the flag and its rule */
function parse(args: readonly string[]): { data: string; request: TokenRequest } | 'help' {
  let values: ReturnType<typeof flags>;
  try {
    values = flags(args);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
  if (values.help) return 'help';
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
  if (values.data === '') throw new UsageError('--data must name a folder.');
  const datasetGroups = values['dataset-group'];
  return {
    data: resolve(values.data ?? (process.env.EVENT_TRACKERS_DATA || DEFAULT_DATA)),
    request: {
      ...(tenant && { tenant }),
      scopes: platform ? [...scopes, 'platform', 'callback'] : scopes,
      ...(datasetGroups && { datasetGroups }),
      expiresInSeconds,
    },
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
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

try {
  const parsed = parse(process.argv.slice(2));
  if (parsed === 'help') console.log(USAGE);
  else {
    openDataFolder(parsed.data);
    console.log(await mintToken(join(parsed.data, 'identity'), parsed.request));
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
