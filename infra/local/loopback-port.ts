import { createServer, type IncomingMessage, maxHeaderSize, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalOf } from './loopback-guard.ts';
import type { WireAnswer } from './wire.ts';

/** A port of the local runtime that listens. */
export interface OpenPort {
  /** Without a slash at its end: `http://127.0.0.1:4566`. */
  readonly url: string;
  /** Stops listening and ends every connection, also those that stream. */
  close(): Promise<void>;
}

export interface PortOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  /** The flag that chooses another port, for the error when this one is taken. */
  readonly flag: string;
  /** Called with requests that the guard let pass. It answers every one; what it throws is a programming error. */
  onRequest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** What to answer when `onRequest` throws, with a fixed text. */
  readonly failure: WireAnswer;
}

/**
 * Listens on the loopback interface, behind the guard against foreign web pages.
 * @throws Error in plain words when the port is taken or may not be used
 */
export async function openPort({ port, host, flag, onRequest, failure }: PortOptions): Promise<OpenPort> {
  const server = createServer((request, response) => {
    // A client that goes away makes these fail; there is nobody left to tell.
    request.on('error', () => {});
    response.on('error', () => {});
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      send(response, json(refusal.status, refusal.message));
      return;
    }
    onRequest(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      console.error(error);
      if (response.headersSent) response.destroy();
      else send(response, failure);
    });
  });
  // SDKs keep connections for long. To close an idle one just when the next call is sent on it would make that call fail
  // with an outcome that its caller can't know.
  server.keepAliveTimeout = 600_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerToUnreadable(error.code));
    else socket.destroy();
  });
  await listen(server, port, host, flag);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** The answer to what is not a request that Node can read, as Node would give it but with a reason. */
function answerToUnreadable(code: string | undefined): string {
  const [status, message] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', `The request's target and headers are over ${maxHeaderSize} bytes.`]
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request did not arrive whole in time.']
        : ['400 Bad Request', 'This is not a whole HTTP/1.1 request. (This port does not speak HTTPS.)'];
  const body = JSON.stringify({ message });
  const headers = ['content-type: application/json', 'connection: close', `content-length: ${Buffer.byteLength(body)}`];
  return [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n');
}

function listen(server: Server, port: number, host: string, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new Error(`port ${port} is in use; choose another with ${flag}`, { cause: error }));
      } else if (error.code === 'EACCES') {
        reject(new Error(`port ${port} may not be used by this user; choose another with ${flag}`, { cause: error }));
      } else {
        reject(error);
      }
    });
    server.listen(port, host, resolve);
  });
}

/** A JSON answer {message}, as API Gateway's own answers are. */
export function json(status: number, message: string, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }) };
}

/** Sends an answer whole. Whatever a service says, no CORS header leaves this machine. */
export function send(
  response: ServerResponse,
  { status, headers, body }: Omit<WireAnswer, 'headers'> & { headers: Readonly<Record<string, string | string[]>> },
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.toLowerCase().startsWith('access-control-')) response.setHeader(name, value);
  }
  response.end(body);
}

/** What stands for a body that is larger than the limit. */
export const TOO_LARGE = Symbol('the body is too large');

/**
 * Reads a request's body to its end, also when it is too large: a client that is still sending does not read an answer,
 * and would see a broken connection instead.
 * @throws Error when the client breaks off
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | typeof TOO_LARGE> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else chunks = [];
  }
  return length > limit ? TOO_LARGE : Buffer.concat(chunks);
}

/** A request's target in its parts, undecoded. */
export function splitTarget(target: string): { rawPath: string; rawQuery: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { rawPath: target, rawQuery: '' }
    : { rawPath: target.slice(0, mark), rawQuery: target.slice(mark + 1) };
}

/** The decoded path, or undefined when its percent-encoding is broken. */
export function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
