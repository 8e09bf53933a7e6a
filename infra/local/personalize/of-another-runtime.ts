import { CUT, type WireResponse, type WireService } from '../wire.ts';
import type { PersonalizeService } from './service.ts';

/** Headers that belong to one connection and are not forwarded. */
const OF_CONNECTION = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'transfer-encoding'];

/**
 * The Personalize of another runtime, as two deployments in one account and Region share it: every call goes to that runtime's AWS
 * port, and its response is returned unchanged. If the other runtime does not respond, the connection breaks here, too.
 * @param url the other runtime's AWS port
 */
export function sharedPersonalize(url: string): Omit<PersonalizeService, 'core'> {
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
  return { control: forward, events: forward, script: forward, close() {} };
}
