import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** From the call to the end of the answer, in milliseconds, with the wait for a free connection. */
  readonly ms: number;
}

export interface HttpClient {
  /** @throws Error if the connection fails */
  send(method: string, url: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answer>;
  close(): void;
}

/** The client of everything that is measured: Node's own, without the costs of an SDK. @param connections the most that it opens */
export function createHttpClient(connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    async send(method, url, headers = {}, body = '') {
      const started = performance.now();
      const sent = request(url, { agent, method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
      sent.end(body);
      const [response]: IncomingMessage[] = await once(sent, 'response');
      if (response === undefined) throw new TypeError('an event without its argument');
      return { body: await text(response), status: response.statusCode ?? 0, ms: performance.now() - started };
    },
    close: () => agent.destroy(),
  };
}
