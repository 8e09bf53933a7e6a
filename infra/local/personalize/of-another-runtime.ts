import * as z from 'zod';
import type { AccountsService } from '../iam/service.ts';
import { CUT, type WireResponse, type WireService } from '../wire.ts';
import type { PersonalizeService } from './service.ts';

/** Headers that belong to one connection and are not forwarded. */
const OF_CONNECTION = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'transfer-encoding'];

/**
 * Checks that a runtime answers at its AWS port. Without this, the start would say Ready, and every request would wait for a Personalize
 * that is not there.
 * @throws Error with a message for the user
 */
export async function checkRuntimeAt(url: string): Promise<void> {
  const why = await silenceAt(url);
  if (why === undefined) return;
  throw new Error(
    `--personalize-url ${url} is not the AWS port of a running runtime: ${why}. Start that runtime first.`,
  );
}

/** Why there is no runtime; undefined if there is one. */
async function silenceAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/_health', url), { signal: AbortSignal.timeout(5_000) });
    const isRuntime = response.ok && HEALTH.safeParse(await response.json()).success;
    return isRuntime ? undefined : `something else answers there (${response.status} for /_health)`;
  } catch (error) {
    if (error instanceof SyntaxError) return 'something else answers there (no JSON for /_health)';
    // What fetch throws if there is no response.
    if (error instanceof TypeError) return error.cause instanceof Error ? error.cause.message : error.message;
    if (error instanceof DOMException) return 'it does not respond';
    throw error;
  }
}

const HEALTH = z.object({ status: z.literal('ok'), pid: z.int() });

/**
 * The Personalize of another runtime and its accounts, as two deployments share them: every call goes to that runtime's AWS port, and its
 * response is returned unchanged. If the other runtime does not respond, the connection breaks here, too.
 * @param url the other runtime's AWS port
 */
export function sharedAccounts(url: string): {
  readonly accounts: Omit<AccountsService, 'authorizer' | 'callerOf' | 'sessionOf'> &
    Partial<Pick<AccountsService, 'callerOf' | 'sessionOf'>>;
  readonly personalize: Omit<PersonalizeService, 'core' | 'cores' | 'onSettings'> &
    Partial<Pick<PersonalizeService, 'cores' | 'onSettings'>>;
} {
  const forward: WireService = async ({ method, path, query, headers, body }): Promise<WireResponse> => {
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && !OF_CONNECTION.includes(name)) sent.set(name, String(value));
    }
    const target = new URL(path, url);
    target.search = query.toString();
    try {
      const response = await fetch(target, { method, headers: sent, ...(body.length > 0 && { body }) });
      const answer = Buffer.from(await response.arrayBuffer());
      const received = Object.fromEntries([...response.headers].filter(([name]) => !OF_CONNECTION.includes(name)));
      return { status: response.status, headers: received, body: answer };
    } catch (error) {
      // What fetch throws if there is no response.
      if (error instanceof TypeError) return CUT;
      throw error;
    }
  };
  const shared = { script: forward, close() {} };
  return {
    accounts: { sts: forward, iam: forward, ...shared },
    personalize: { control: forward, events: forward, ...shared },
  };
}
