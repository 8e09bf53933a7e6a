import { request as httpRequest } from 'node:http';
import { afterEach, expect, vi } from 'vitest';
import { type ApiPortOptions, startApiPort } from '../../infra/local/api-gateway/port.ts';
import type { ApiRoute } from '../../infra/local/api-gateway/routes.ts';
import type { Verified } from '../../infra/local/identity/authorizer.ts';

/** The local API Gateway on its own port, with the routes of the test. */

export const closers: Array<() => Promise<void>> = [];
/** Closes everything that a test started, after each test of the file. */
export function closeAfterEachTest(): void {
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    vi.restoreAllMocks();
  });
}

export const NOW = Date.UTC(2026, 2, 5, 19, 3, 58);
export const TOKEN: Verified = {
  claims: {
    sub: 'acme',
    exp: 1_793_000_000,
    admin: true,
    groups: ['a', 'b'],
    address: { zip: 1, city: 'X' },
    none: null,
  },
  scopes: ['event-trackers/read', 'event-trackers/write'],
};

/** The default handler of a route: returns its event. */
export const echo: ApiRoute['invoke'] = async (event) => ({ event });
export const route = (method: string, path: string, more: Partial<ApiRoute> = {}): ApiRoute => ({
  method,
  path,
  scopes: [],
  authorizer: 'none',
  invoke: echo,
  ...more,
});

export async function start(routes: ApiRoute[], more: Partial<ApiPortOptions> = {}) {
  const port = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    routes,
    authorizer: { verify: async (header) => (header === 'Bearer good' ? TOKEN : { challenge: 'Bearer' }) },
    clock: () => NOW,
    ...more,
  });
  closers.push(port.close);
  return port.url;
}
export const eventOf = async (answer: Response) => {
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text()).event;
};

/** Sends a request with node:http, which does not merge repeated headers or normalize paths. */
export function raw(url: string, path: string, headers: string[] = [], method = 'GET') {
  return new Promise<{ status?: number; body: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const outgoing = httpRequest(url, { path, method, headers: ['host', new URL(url).host, ...headers] }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers }));
    });
    outgoing.on('error', reject).end();
  });
}
