import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../command-line.ts';
import { FUNCTION_TIMEOUT_MS } from './handlers.ts';
import { invokeAsLambda } from './lambda.ts';
import { ACCOUNT_ID, REGION } from './wire.ts';

/** A target of the user's: `--target NAME=./handler.ts` or `--target NAME=http://127.0.0.1:3000/events`. */
export interface OwnTarget {
  readonly name: string;
  /** The URL of an HTTP endpoint, or the absolute path of a module. */
  readonly at: { readonly url: string } | { readonly path: string };
}

type Handler = (event: unknown) => Promise<unknown>;

/** The timeout of API destinations on AWS. */
const HTTP_TIMEOUT_MS = 5_000;

/** The ARN that rules use for a target. */
export const ownTargetArn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;

/** @throws UsageError that names the flag and the rule */
export function parseOwnTargets(flags: readonly string[] = []): OwnTarget[] {
  const targets = flags.map((flag): OwnTarget => {
    const [, name, value] = /^([A-Za-z0-9_-]{1,64})=(.+)$/s.exec(flag) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `--target must be NAME=FILE or NAME=URL, and NAME 1 to 64 characters of A-Z, a-z, 0-9, _ and -, not "${flag}".`,
      );
    }
    if (name.startsWith('event-trackers-')) {
      throw new UsageError(
        `--target ${name}: names that begin with event-trackers- are those of the service's functions.`,
      );
    }
    if (/^https?:/i.test(value)) return { name, at: { url: urlOf(name, value) } };
    const path = resolve(value);
    if (!existsSync(path)) throw new UsageError(`--target ${name}: there is no file ${path}.`);
    return { name, at: { path } };
  });
  const twice = targets.find(({ name }, index) => targets.findIndex((each) => each.name === name) < index);
  if (twice !== undefined) throw new UsageError(`--target ${twice.name} must not be given twice.`);
  return targets;
}

function urlOf(name: string, value: string): string {
  const url = URL.parse(value);
  const isLoopback = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (!isLoopback || url.protocol !== 'http:') {
    throw new UsageError(
      `--target ${name} must be an http URL of this machine, such as http://127.0.0.1:3000/events, not "${value}".`,
    );
  }
  return url.href;
}

/**
 * The functions of the targets, by ARN. A module is loaded now, so that an error in it ends the start.
 * @throws UsageError if a module has no handler; whatever the module throws
 */
export async function loadOwnTargets(targets: readonly OwnTarget[]): Promise<Record<string, Handler>> {
  const functions = targets.map(
    async ({ name, at }): Promise<[string, Handler]> => [
      ownTargetArn(name),
      'url' in at ? (event) => post(at.url, event) : await moduleHandler(name, at.path),
    ],
  );
  return Object.fromEntries(await Promise.all(functions));
}

async function moduleHandler(name: string, path: string): Promise<Handler> {
  const loaded: Record<string, unknown> = await import(pathToFileURL(path).href);
  const handler = loaded.handler ?? loaded.default;
  if (typeof handler !== 'function') {
    throw new UsageError(`--target ${name}: ${path} must export a function named handler, or as its default.`);
  }
  return invokeAsLambda({
    functionName: name,
    timeoutMs: FUNCTION_TIMEOUT_MS,
    handler: async (event: unknown, context) => handler(event, context),
  });
}

/** @throws Error if the endpoint does not respond with a 2xx within 5 seconds */
async function post(url: string, event: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    redirect: 'manual',
    signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
}
