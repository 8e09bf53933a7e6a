import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { jsonObject } from '../client/errors.ts';
import { readTextFile, TextFileError } from '../input/text-file.ts';
import { ConfigurationFailure } from './failures.ts';
import type { TokenSource } from './settings.ts';

/** The token command runs again when the token expires within this time, in milliseconds. */
const RESERVE_MS = 60_000;

/**
 * Provides the token for each request. A file is read each time, because it may be replaced; a command runs again when its token
 * is about to expire. Error messages name the source, never the token.
 * @throws ConfigurationFailure if no source is configured, or the source provides no valid token
 */
export function tokenProvider(source: TokenSource | undefined, now = Date.now): () => Promise<string> {
  let kept: { readonly token: string; readonly expiresAt: number } | undefined;
  return async () => {
    if (source === undefined) throw new ConfigurationFailure(NO_TOKEN);
    if (source.kind === 'environment') return checked(source.token, 'EVENT_TRACKERS_TOKEN');
    if (source.kind === 'file') return checked(tokenIn(source.path), `the token file ${source.path}`);
    if (kept === undefined || kept.expiresAt - RESERVE_MS < now()) {
      const token = checked(await tokenFrom(source.command), 'the output of the token command');
      kept = { token, expiresAt: expiryOf(token) };
    }
    return kept.token;
  };
}

const NO_TOKEN =
  'Unable to locate a token. Set EVENT_TRACKERS_TOKEN, EVENT_TRACKERS_TOKEN_FILE or EVENT_TRACKERS_TOKEN_COMMAND, or ' +
  'token_file or token_command in ~/.config/event-trackers/config.';

function checked(text: string, source: string): string {
  const token = text.trim();
  if (token === '') throw new ConfigurationFailure(`Unable to get a token: ${source} is empty`);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigurationFailure(`Unable to get a token: ${source} must be one word of printable ASCII characters`);
}

function tokenIn(path: string): string {
  try {
    return readTextFile(path.replace(/^~(?=\/|$)/, homedir()));
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw new ConfigurationFailure(`Unable to read the token file ${path}: ${error.reason}`);
  }
}

/** Runs the command in a shell. The command can prompt on the terminal, and its stderr is shown. */
async function tokenFrom(command: string): Promise<string> {
  const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'inherit'] });
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code === 0) return output;
  throw new ConfigurationFailure(`The token command failed with ${signal ?? `exit code ${code}`}`);
}

/** The expiry of a JWT in epoch milliseconds; infinity if unknown, because the API decides whether a token is valid. */
function expiryOf(token: string): number {
  const claims = jsonObject(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof claims?.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY;
}
