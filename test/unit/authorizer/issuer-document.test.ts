import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { IssuerError, readIssuerDocument } from '../../../functions/authorizer/issuer-document.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
}

test('reads a document, a second time if the connection broke', async () => {
  let requests = 0;
  const url = await serve((request, response) => {
    requests += 1;
    if (requests === 1) request.socket.destroy();
    else response.end('{"keys":[]}');
  });
  expect(Buffer.from(await readIssuerDocument(url)).toString()).toBe('{"keys":[]}');
  expect(requests).toBe(2);
});

test.each<[string, RequestListener, string]>([
  ['an error', (_, response) => void response.writeHead(503).end(), 'answered 503'],
  ['a redirection', (_, response) => void response.writeHead(302, { location: '/x' }).end(), 'does not answer'],
  ['too much', (_, response) => void response.end('x'.repeat(2_000_000)), 'is larger than'],
  ['no answer', (request) => void request.socket.destroy(), 'does not answer'],
])('%s is an error', async (_, answer, why) => {
  const url = await serve(answer);
  await expect(readIssuerDocument(url)).rejects.toThrow(IssuerError);
  await expect(readIssuerDocument(url)).rejects.toThrow(`${url} ${why}`);
});
