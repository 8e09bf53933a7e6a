import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { active, gateway, inProgress, type StubAnswer, TRACKER_ID } from '../client/stub.ts';
import { BINARY, type Ended, ended, eventTrackers } from './binary.ts';

/** Connections to the service: time-outs, TLS, proxies, and answers that do not come from the API. */

const CERTIFICATE = join(import.meta.dirname, 'tls/certificate.pem');
const TOKEN = 'a-token-that-nobody-may-see';
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
  }
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const list = (url: string, args: readonly string[] = [], more: Record<string, string> = {}): Promise<Ended> =>
  eventTrackers(['list-event-trackers', '--endpoint-url', url, ...args], {
    environment: { EVENT_TRACKERS_TOKEN: TOKEN, ...more },
  });
const page = JSON.stringify({ eventTrackers: [] });
const json = { 'content-type': 'application/json' };

test.concurrent('--cli-connect-timeout and --cli-read-timeout end a hanging call with 255 and a message that says which one', async () => {
  // One server accepts connections but never speaks TLS; the other accepts requests but never answers.
  const mute = await portOf(createTcpServer((socket) => socket.on('error', () => {})));
  const silent = await portOf(createHttpServer(() => {}));
  const [connect, read, refused] = await Promise.all([
    list(`https://127.0.0.1:${mute}`, ['--cli-connect-timeout', '1']),
    list(`http://127.0.0.1:${silent}`, ['--cli-read-timeout', '1']),
    list('http://127.0.0.1:1'),
  ]);
  expect(connect).toEqual({
    code: 255,
    stdout: '',
    stderr: `\nConnect timeout on endpoint URL: "https://127.0.0.1:${mute}"\n`,
  });
  expect(read).toEqual({
    code: 255,
    stdout: '',
    stderr: `\nRead timeout on endpoint URL: "http://127.0.0.1:${silent}"\n`,
  });
  expect(refused.stderr).toBe('\nCould not connect to the endpoint URL: "http://127.0.0.1:1" (ECONNREFUSED)\n');
});

test.concurrent('--ca-bundle or AWS_CA_BUNDLE trusts a private certificate authority, whose certificates are refused otherwise', async () => {
  const tokens: unknown[] = [];
  const options = { key: readFileSync(join(import.meta.dirname, 'tls/key.pem')), cert: readFileSync(CERTIFICATE) };
  const port = await portOf(
    createHttpsServer(options, ({ headers }, response) => {
      tokens.push(headers.authorization);
      response.writeHead(200, json).end(page);
    }),
  );
  const url = `https://localhost:${port}`;
  const [trusted, byEnvironment, refused] = await Promise.all([
    list(url, ['--ca-bundle', CERTIFICATE]),
    list(url, [], { AWS_CA_BUNDLE: CERTIFICATE }),
    list(url),
  ]);
  expect([trusted, byEnvironment]).toEqual(
    [1, 2].map(() => ({ code: 0, stdout: '{\n    "eventTrackers": []\n}\n', stderr: '' })),
  );
  expect([refused.code, refused.stderr]).toEqual([
    255,
    expect.stringMatching(/SSL validation failed for https.*CERT.*--ca-bundle/),
  ]);
  expect(tokens).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
});

test.concurrent('HTTPS uses the proxy of the environment; plain HTTP to this machine, with its token, does not', async () => {
  const seen: string[] = [];
  const proxy = createHttpServer(({ url }, response) => {
    seen.push(url ?? '');
    response.writeHead(502).end();
  });
  proxy.on('connect', ({ url }, socket) => {
    seen.push(`CONNECT ${url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const port = await portOf(proxy);
  const plain = await portOf(createHttpServer((_, response) => response.writeHead(200, json).end(page)));
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${port}`, HTTP_PROXY: `http://127.0.0.1:${port}` };
  const [local, remote] = await Promise.all([
    list(`http://127.0.0.1:${plain}`, [], environment),
    list('https://api.invalid', [], environment),
  ]);
  expect([local.code, remote.code]).toEqual([0, 255]);
  expect(new Set(seen)).toEqual(new Set(['CONNECT api.invalid:443']));
});

test.concurrent('an answer that does not come from the API is reported without its text; a redirect is not followed', async () => {
  const paths: string[] = [];
  const port = await portOf(
    createHttpServer(({ url = '', headers }, response) => {
      paths.push(url);
      if (url.startsWith('/moved')) response.writeHead(302, { location: '/elsewhere' }).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${headers.authorization}</p>`);
    }),
  );
  const outcomes = await Promise.all([list(`http://127.0.0.1:${port}/page`), list(`http://127.0.0.1:${port}/moved`)]);
  for (const { code, stdout, stderr } of outcomes) {
    expect([code, stdout]).toEqual([255, '']);
    expect(stderr).toContain('(UNEXPECTED_ANSWER) when calling the ListEventTrackers operation');
    expect(stderr).not.toContain(TOKEN);
  }
  expect(paths.sort()).toEqual(['/moved/event-trackers', '/page/event-trackers']);
});

test.concurrent('an error message contains no control characters of the answer', async () => {
  const problem = {
    type: '/problems/name_conflict',
    title: 'Conflict',
    status: 409,
    detail: 'named \u001b]0;owned\u0007',
    reason: 'NAME_CONFLICT',
    retryable: false,
    correlationId: 'id',
  };
  const port = await portOf(
    createHttpServer((_, response) =>
      response.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
    ),
  );
  const { code, stderr } = await list(`http://127.0.0.1:${port}`);
  expect([code, stderr]).toEqual([254, expect.stringContaining('named \ufffd]0;owned\ufffd')]);
});

test.concurrent('Ctrl-C before the answer exits with 130 and says that the command can be repeated safely', async () => {
  const port = await portOf(createHttpServer(() => {}));
  let isSent = false;
  const group = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group, '--debug'];
  const { code, stdout, stderr } = await eventTrackers(args, {
    environment: { EVENT_TRACKERS_ENDPOINT_URL: `http://127.0.0.1:${port}`, EVENT_TRACKERS_TOKEN: TOKEN },
    onStderr: (text, kill) => {
      if (!isSent && /debug: POST /.test(text)) kill('SIGINT');
      isSent ||= /debug: POST /.test(text);
    },
  });
  expect([code, stdout]).toEqual([130, '']);
  expect(stderr).toContain('It may have accepted the request. Running the same command again is safe.');
});

/** A service that accepts a request and gives these answers to the polls that follow. 'nothing' breaks the connection. */
async function accepting(...answers: (StubAnswer | 'nothing')[]): Promise<string> {
  const port = await portOf(
    createHttpServer((request, response) => {
      const answer = request.method === 'POST' ? inProgress() : answers.shift();
      if (answer === undefined || answer === 'nothing') {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, json).end(JSON.stringify(answer.body));
    }),
  );
  return `http://127.0.0.1:${port}`;
}
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const waitedFor = (url: string): Promise<Ended> =>
  eventTrackers(['create-event-tracker', '--name', 'shop', '--dataset-group-arn', GROUP, '--wait'], {
    environment: { EVENT_TRACKERS_TOKEN: TOKEN, EVENT_TRACKERS_ENDPOINT_URL: url },
  });

test.concurrent('--wait survives an unavailable service and reports it; a refused poll ends the wait, but not the request', async () => {
  const [away, expired] = await Promise.all([
    // Each poll makes three attempts.
    accepting(inProgress(), 'nothing', 'nothing', 'nothing', active).then(waitedFor),
    accepting(inProgress(), gateway(401, 'Unauthorized')).then(waitedFor),
  ]);
  expect(away.code).toBe(0);
  expect(JSON.parse(away.stdout)).toEqual({ trackerId: TRACKER_ID, status: 'ACTIVE' });
  expect(away.stderr.replaceAll(/\(\d+ s\)/g, '(N s)').split('\n')).toEqual([
    `${TRACKER_ID}: CREATE PENDING (N s)`,
    `${TRACKER_ID}: CREATE PENDING, no response: CONNECTION_FAILED (N s)`,
    `${TRACKER_ID}: ACTIVE (N s)`,
    '',
  ]);
  expect([expired.code, expired.stdout]).toEqual([254, '']);
  expect(expired.stderr).toContain(
    `The service continues with the request. To wait for it again:\n  event-trackers wait event-tracker-active --tracker-id ${TRACKER_ID}\n`,
  );
  expect(expired.stderr).toContain('An error occurred (UNAUTHORIZED) when calling the DescribeEventTracker operation');
});

const tracker = (trackerId: string, status: string) => ({
  trackerId,
  name: 'shop',
  datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
  status,
  lastUpdatedDateTime: '2026-11-24T12:00:00.000Z',
});

test.concurrent('watch: if the service fails in the middle of a poll, transitions already read are printed once it is back', async () => {
  const [first, second] = [`et-${'a'.repeat(26)}`, `et-${'b'.repeat(26)}`];
  let refusals = 0;
  const port = await portOf(
    createHttpServer(({ url = '' }, response) => {
      const isSecond = url.includes(`${second}/history`);
      if (isSecond && refusals++ < 3) {
        response.writeHead(503, json).end('{}');
        return;
      }
      const transitions = [{ at: '2026-11-24T12:00:00.000Z', generation: 1, status: 'ACTIVE', cause: 'seen ACTIVE' }];
      const eventTrackers = [tracker(first, 'ACTIVE'), tracker(second, 'ACTIVE')];
      const answer = url.includes('/history')
        ? { trackerId: isSecond ? second : first, transitions }
        : { eventTrackers };
      response.writeHead(200, json).end(JSON.stringify(answer));
    }),
  );
  const { code, stdout, stderr } = await eventTrackers(
    ['watch', '--from-beginning', '--interval', '1', '--max-items', '2', '--query', 'trackerId', '--output', 'text'],
    { environment: { EVENT_TRACKERS_TOKEN: TOKEN, EVENT_TRACKERS_ENDPOINT_URL: `http://127.0.0.1:${port}` } },
  );
  expect([code, stdout]).toEqual([0, `${first}\n${second}\n`]);
  expect(stderr).toContain('retrying in 1 s');
});

test.concurrent('--direct: an answer that does not come from Personalize is reported; an endpoint that is not a URL is refused', async () => {
  const port = await portOf(
    createHttpServer(({ url = '' }, response) => {
      if (url.startsWith('/page')) response.writeHead(403).end('<p>no way through</p>');
      else response.writeHead(403).end();
    }),
  );
  const describe = (endpoint: string) => {
    const options = ['--endpoint-url', endpoint, '--region', 'us-east-1', '--event-tracker-arn', ARN];
    const environment = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    return eventTrackers(['--direct', 'describe-event-tracker', ...options], { environment });
  };
  const url = `http://127.0.0.1:${port}`;
  const [page, empty, wrong] = await Promise.all([describe(`${url}/page`), describe(url), describe('nowhere')]);
  const message =
    '\nAn error occurred (UNEXPECTED_ANSWER) when calling the DescribeEventTracker operation: ' +
    'The response does not come from Amazon Personalize (HTTP 403).\n';
  expect([page, empty]).toEqual([1, 2].map(() => ({ code: 255, stdout: '', stderr: message })));
  expect([wrong.code, wrong.stderr]).toEqual([252, expect.stringContaining('Bad value for --endpoint-url')]);
});
const ARN = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/shop';

// Linux has a file that is always full.
test.runIf(existsSync('/dev/full'))(
  'output that cannot be written exits with 255; messages that cannot be written do not change the exit code',
  async () => {
    const full = (line: string) => ended('bash', ['-c', `'${process.execPath}' '${BINARY}' ${line}`]);
    const [output, messages] = await Promise.all([full('help >/dev/full'), full('nonsense 2>/dev/full')]);
    expect(output).toEqual({ code: 255, stdout: '', stderr: '\nUnable to write the output: ENOSPC\n' });
    expect(messages.code).toBe(252);
  },
);
