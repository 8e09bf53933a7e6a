import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { readTextFile, TextFileError } from '../input/text-file.ts';
import { ConfigurationFailure } from './failures.ts';

export interface HttpSettings {
  /** In milliseconds; 0 means no limit. */
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** PEM certificates to trust instead of the default ones. */
  readonly ca?: string;
  /** For HTTPS_PROXY and NO_PROXY. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly debug: (line: string) => void;
}

/** @throws ConfigurationFailure if the file can't be read, or holds no certificate */
export function readCaBundle(path: string): string {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw new ConfigurationFailure(`Unable to read the CA bundle ${path}: ${error.reason}`);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConfigurationFailure(`The CA bundle ${path} contains no PEM certificate`);
}

/**
 * A fetch over node:http and node:https, because Node's own fetch supports neither a connect timeout, nor a CA bundle, nor a proxy
 * from the environment. It does not follow redirects. It rejects like a socket, with an Error that has a `code`.
 */
export function fetchOver(settings: HttpSettings): (request: Request) => Promise<Response> {
  // The client allows plain http only to localhost. A proxy would see the token.
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true, proxyEnv: settings.environment, ca: settings.ca });
  return async (request) => {
    const started = performance.now();
    const target = `${request.method} ${request.url}`;
    const body = Buffer.from(await request.arrayBuffer());
    const isPlain = request.url.startsWith('http:');
    const options = {
      method: request.method,
      agent: isPlain ? plain : secure,
      headers: { ...Object.fromEntries(request.headers), ...(body.length > 0 && { 'content-length': body.length }) },
      signal: request.signal,
    };
    const outgoing = isPlain ? httpRequest(request.url, options) : httpsRequest(request.url, options);
    settings.debug(`${target}: ${namesOf(request.headers)}, ${body.length} bytes`);
    try {
      const response = await responseOf(outgoing, body, settings);
      const id = response.headers.get('apigw-requestid') ?? 'none';
      const tookMs = Math.round(performance.now() - started);
      settings.debug(`${target}: ${response.status} after ${tookMs} ms, request id ${id}`);
      return response;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : 'an error';
      settings.debug(`${target}: ${code} after ${Math.round(performance.now() - started)} ms`);
      throw error;
    }
  };
}

/** The headers, without the values that may be secret. */
const namesOf = (headers: Headers): string =>
  [...headers]
    .map(([name, value]) => (['accept', 'content-type', 'prefer'].includes(name) ? `${name}: ${value}` : name))
    .join(', ');

async function responseOf(
  outgoing: ClientRequest,
  body: Buffer,
  { connectTimeoutMs, readTimeoutMs }: HttpSettings,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let timedOut: Error | undefined;
  const giveUp = (code: 'CONNECT_TIMEOUT' | 'READ_TIMEOUT') => {
    timedOut = Object.assign(new Error(code), { code });
    outgoing.destroy(timedOut);
  };
  outgoing.on('response', resolve).on('error', reject);
  outgoing.on('socket', (socket) => {
    if (!socket.connecting || connectTimeoutMs === 0) return;
    const timer = setTimeout(giveUp, connectTimeoutMs, 'CONNECT_TIMEOUT');
    const connected = 'encrypted' in socket && socket.encrypted ? 'secureConnect' : 'connect';
    for (const event of [connected, 'error', 'close']) socket.once(event, () => clearTimeout(timer));
  });
  if (readTimeoutMs > 0) outgoing.setTimeout(readTimeoutMs, () => giveUp('READ_TIMEOUT'));
  outgoing.end(body);
  const incoming = await promise;
  const content = await buffer(incoming).catch((error) => {
    // If we destroyed the request, the body fails with a connection reset, which would hide the timeout.
    throw timedOut ?? error;
  });
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  const { statusCode: status = 502 } = incoming;
  return new Response([204, 205, 304].includes(status) ? null : content, { status, headers });
}
