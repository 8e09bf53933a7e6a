import { createHash, createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { text } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import { callsFor, type Event } from './work.ts';

/** The same two calls without a client of the SDK: signed requests over Node's HTTP, without retries, time-outs or error classes. */
const { env } = process;
const credentials = {
  accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
};
const region = env.AWS_REGION ?? '';

class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    // The two have the same methods.
    this.#hash = secret
      ? (createHmac('sha256', secret as string) as unknown as ReturnType<typeof createHash>)
      : createHash('sha256');
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(data as string);
  }
  async digest() {
    return this.#hash.digest();
  }
  reset() {}
}

const signers = new Map<string, SignatureV4>();
const signerOf = (service: string): SignatureV4 => {
  const signer = signers.get(service) ?? new SignatureV4({ service, region, credentials, sha256: Sha256 });
  signers.set(service, signer);
  return signer;
};
const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) };

async function call(service: string, target: string, input: object): Promise<unknown> {
  const url = new URL(env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.amazonaws.com`);
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:';
  const body = JSON.stringify(input);
  const { headers } = await signerOf(service).sign({
    ...{ method: 'POST', protocol, hostname: url.hostname, path: '/', query: {}, body },
    headers: { host: url.host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
  });
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  (protocol === 'http:' ? httpRequest : httpsRequest)(
    { method: 'POST', hostname: url.hostname, port: url.port, path: '/', headers, agent: agents[protocol] },
    resolve,
  )
    .on('error', reject)
    .end(body);
  const response = await promise;
  const answer = JSON.parse(await text(response));
  if (response.statusCode !== 200) throw new Error(`${target} was answered with ${response.statusCode}`);
  return answer;
}

export async function handler(event: Event) {
  const { put, start, answer } = callsFor(event);
  await call('dynamodb', 'DynamoDB_20120810.PutItem', put);
  await call('states', 'AWSStepFunctions.StartExecution', start);
  return answer;
}
