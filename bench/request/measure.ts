import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Seen } from './stub.ts';
import type { Variant } from './variants.ts';

/** Milliseconds of CPU of one fresh process. */
export interface Measured {
  readonly import: number;
  /** Import and first request. */
  readonly first: number;
  /** Per request, once warm. */
  readonly warm: number;
}

/**
 * Requests before the warm ones are measured. For the first thousand, V8 is still compiling: a cost of each start, which grows with the code,
 * and not of a request.
 */
const WARM_UP = 1200;
const WARM = 600;

export interface Bench {
  /** Loads the variant in a fresh process, and lets it answer its requests. @throws Error if it fails or does not answer 202 */
  measure(variant: Variant): Promise<Measured>;
  /** Loads it only, and returns its CPU time in milliseconds. */
  load(variant: Variant): Promise<number>;
  /** The calls that the stub has seen since the last time. */
  seen(): Promise<Seen>;
  /** How many requests `measure` makes. */
  readonly requests: number;
  close(): void;
}

/** Starts the stub. @param folder for the requests */
export async function startBench(folder: string): Promise<Bench> {
  const stub = fork(join(import.meta.dirname, 'stub.ts'));
  const [url] = await once(stub, 'message');
  const requests = join(folder, 'requests.json');
  writeFileSync(requests, JSON.stringify(Array.from({ length: 1 + WARM_UP + WARM }, (_, index) => requestOf(index))));
  const none = join(folder, 'none.json');
  writeFileSync(none, '[]');
  return {
    measure: (variant) => inChild<Measured>(variant, requests, url),
    load: async (variant) => (await inChild<Pick<Measured, 'import'>>(variant, none, url)).import,
    async seen() {
      const answered = once(stub, 'message');
      stub.send('seen');
      const [seen] = await answered;
      return seen;
    },
    requests: 1 + WARM_UP + WARM,
    close: () => stub.disconnect(),
  };
}

async function inChild<Result>({ file, env }: Variant, requests: string, url: string): Promise<Result> {
  const child = fork(join(import.meta.dirname, 'child.mjs'), [file, requests, String(WARM_UP)], {
    // What Lambda sets, and nothing of this process.
    env: {
      ...env,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'AKIA0000000000000000',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_LAMBDA_FUNCTION_NAME: 'f',
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const [result, output] = await Promise.all([resultOf(child), outputOf(child)]);
  if (result === undefined) throw new Error(`${file} failed: ${output.slice(-2_000)}`);
  return result as Result;
}

async function resultOf(child: ChildProcess): Promise<unknown> {
  let result: unknown;
  child.on('message', (message) => (result = message));
  await once(child, 'close');
  return result;
}

/** Its log: Lambda reads it, too. */
async function outputOf({ stdout, stderr }: ChildProcess): Promise<string> {
  let output = '';
  for (const stream of [stdout, stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  await Promise.all([stdout, stderr].map((stream) => stream && once(stream, 'close')));
  return output;
}

/** A first request for a dataset group, with a token and without an Idempotency-Key, as API Gateway passes it on. */
const requestOf = (index: number) => ({
  version: '2.0',
  routeKey: 'POST /event-trackers',
  rawPath: '/event-trackers',
  rawQueryString: '',
  headers: {
    ...{ accept: '*/*', 'content-type': 'application/json', host: 'api.example.org', 'user-agent': 'curl/8.5.0' },
    ...{ 'x-forwarded-for': '203.0.113.7', 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' },
    'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
  },
  requestContext: {
    ...{ accountId: '123456789012', apiId: 'api', domainName: 'api.example.org', stage: '$default' },
    ...{ requestId: `request-${index}`, routeKey: 'POST /event-trackers', timeEpoch: 1796006815359 },
    http: {
      ...{ method: 'POST', path: '/event-trackers', protocol: 'HTTP/1.1' },
      ...{ sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
    },
    authorizer: {
      jwt: {
        claims: {
          ...{ iss: 'https://issuer.example.org/', sub: 'service', aud: 'event-trackers', tenant: 'acme' },
          ...{ iat: '1796006000', exp: '4102444800', scope: 'event-trackers/read event-trackers/write' },
        },
        scopes: null,
      },
    },
  },
  body: JSON.stringify({
    name: `shop-${index}`,
    datasetGroupArn: `arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-${index}`,
  }),
  isBase64Encoded: false,
});
