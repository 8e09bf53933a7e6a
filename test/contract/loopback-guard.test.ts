import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiPort } from '../../infra/local/api-gateway/port.ts';
import { startAwsPort } from '../../infra/local/aws-port.ts';
import type { OpenPort } from '../../infra/local/loopback-port.ts';
import { jsonAnswer, type WireService } from '../../infra/local/wire.ts';

const echo: WireService = async ({ path }) => jsonAnswer({ path }, 'application/json');
const ports: OpenPort[] = [];
let aws: OpenPort;
let api: OpenPort;

beforeAll(async () => {
  aws = await startAwsPort({
    port: 0,
    host: '127.0.0.1',
    services: {
      dynamodb: echo,
      stepFunctions: echo,
      eventBridge: echo,
      personalize: echo,
      personalizeEvents: echo,
      parameterStore: echo,
      secretsManager: echo,
      queues: echo,
      lambda: echo,
      sts: echo,
      iam: echo,
    },
    local: [{ prefix: '/_simulator', service: echo }],
    streams: {
      '/_events': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end('data: {}\n\n');
      },
    },
  });
  api = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    authorizer: { verify: async () => ({ challenge: 'Bearer' }) },
    routes: [{ method: 'GET', path: '/health', scopes: [], authorizer: 'none', invoke: async () => ({ ok: true }) }],
  });
  ports.push(aws, api);
});
afterAll(async () => {
  for (const port of ports) await port.close();
});

/** Sends the lines unchanged and returns everything that the server sends before it ends the connection. */
function raw(url: string, lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write(`${[...lines, 'Connection: close', `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`);
    });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });
}
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describe.each([
  ['the AWS port', () => aws.url, '/_simulator/calls'],
  ['the event stream', () => aws.url, '/_events'],
  ['the API', () => api.url, '/health'],
])('%s', (_name, url, path) => {
  const get = (...headers: string[]) => raw(url(), [`GET ${path} HTTP/1.1`, ...headers]);
  const own = () => new URL(url()).host;

  it('answers for its own host names, with any port number', async () => {
    for (const host of [own(), '127.0.0.1', 'localhost', 'LOCALHOST:1234', '[::1]', '[::1]:8787']) {
      expect(statusOf(await get(`Host: ${host}`)), host).toBe(200);
    }
  });

  it('answers 421 for any other host name (DNS rebinding)', async () => {
    const foreign = [
      'evil.example',
      'evil.example:8787',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '127.0.0.1@evil.example',
      '10.0.0.1',
      '0.0.0.0',
      '127.0.0.1:x',
      '',
    ];
    for (const host of foreign) expect(statusOf(await get(`Host: ${host}`)), host).toBe(421);
    expect(statusOf(await raw(url(), [`GET http://evil.example${path} HTTP/1.1`, 'Host: 127.0.0.1']))).toBe(421);
    expect(statusOf(await raw(url(), [`GET ${path} HTTP/1.0`]))).toBe(421);
  });

  it('answers 403 to other origins, including another port of this machine', async () => {
    const foreign = ['https://evil.example', 'null', 'http://localhost:1', 'http://127.0.0.1', `https://${own()}`, 'x'];
    for (const origin of foreign) {
      expect(statusOf(await get(`Host: ${own()}`, `Origin: ${origin}`)), origin).toBe(403);
    }
    const twice = await get(`Host: ${own()}`, `Origin: http://${own()}`, 'Origin: https://evil.example');
    expect(statusOf(twice)).toBe(403);
  });

  it('answers its own pages without a CORS header', async () => {
    const { port } = new URL(url());
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://[::1]:${port}`]) {
      const answer = await get(`Host: ${own()}`, `Origin: ${origin}`, 'Sec-Fetch-Site: same-origin');
      expect(statusOf(answer), origin).toBe(200);
      expect(answer.toLowerCase()).not.toContain('access-control-');
    }
  });

  it('answers 403 to a request that the browser marks as cross-site', async () => {
    expect(statusOf(await get(`Host: ${own()}`, 'Sec-Fetch-Site: cross-site'))).toBe(403);
    expect(statusOf(await get(`Host: ${own()}`, 'Sec-Fetch-Site: none'))).toBe(200);
  });

  it('answers a CORS preflight without CORS headers', async () => {
    const answer = await raw(url(), [
      `OPTIONS ${path} HTTP/1.1`,
      `Host: ${own()}`,
      'Origin: https://evil.example',
      'Access-Control-Request-Method: POST',
    ]);
    expect(statusOf(answer)).toBe(403);
    expect(answer.toLowerCase()).not.toContain('access-control-');
  });
});

describe('writes to the runtime’s own paths', () => {
  const send = (method: string, type: string | undefined, body: string) =>
    raw(
      aws.url,
      [`${method} /_simulator/timing HTTP/1.1`, 'Host: 127.0.0.1', ...(type ? [`Content-Type: ${type}`] : [])],
      body,
    );

  it('are refused unless their content type is JSON', async () => {
    for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      expect(statusOf(await send('POST', type, '{}')), type).toBe(415);
      expect(statusOf(await send('PUT', type, '{}')), type).toBe(415);
    }
    expect(statusOf(await send('DELETE', 'text/plain', '{}'))).toBe(415);
  });

  it('are accepted as JSON; a DELETE needs no body', async () => {
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/x-amz-json-1.1']) {
      expect(statusOf(await send('POST', type, '{}')), type).toBe(200);
    }
    expect(statusOf(await send('DELETE', undefined, ''))).toBe(200);
  });
});
