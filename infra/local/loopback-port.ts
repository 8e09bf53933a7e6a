import { createServer, type IncomingMessage, maxHeaderSize, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalOf } from './loopback-guard.ts';
import type { WireAnswer } from './wire.ts';

/** An open port of the local runtime. */
export interface OpenPort {
  /** The URL without a trailing slash: `http://127.0.0.1:4566`. */
  readonly url: string;
  /** Stops listening and closes all connections, including streams. */
  close(): Promise<void>;
}

export interface PortOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  /** The flag for another port, for the error message if this port is in use. */
  readonly flag: string;
  /** Called at the beginning of each request. Reports a deleted data folder. */
  readonly checkFolder?: (() => void) | undefined;
  /** Handles requests that pass the guard. It must respond to each; an error that it throws is a bug. */
  onRequest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The response if `onRequest` throws. */
  readonly failure: WireAnswer;
}

/**
 * Listens on the loopback interface, with the guard against foreign web pages.
 * @throws Error with a message for the user if the port is in use or not permitted
 */
export async function openPort({ port, host, flag, checkFolder, onRequest, failure }: PortOptions): Promise<OpenPort> {
  const server = createServer((request, response) => {
    checkFolder?.();
    // These fail when a client disconnects, so no one could receive the error.
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
  // SDKs keep connections open. Closing an idle one just when the next call is sent on it would make that call fail with an
  // unknown outcome.
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

/** The response to a request that Node can't parse: Node's own response, but with a reason. */
function answerToUnreadable(code: string | undefined): string {
  const [status, message] =
    code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          `The target and headers of the request are larger than ${maxHeaderSize} bytes.`,
        ]
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The complete request did not arrive in time.']
        : ['400 Bad Request', 'Invalid HTTP/1.1 request. (This port does not support HTTPS.)'];
  const body = JSON.stringify({ message });
  const headers = ['content-type: application/json', 'connection: close', `content-length: ${Buffer.byteLength(body)}`];
  return [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n');
}

/** Connections that wait until this process accepts them. With Node's default of 511, some of 5,000 at the same time fail. The system may allow fewer. */
const BACKLOG = 4096;

function listen(server: Server, port: number, host: string, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new Error(`port ${port} is in use; choose another with ${flag}`, { cause: error }));
      } else if (error.code === 'EACCES') {
        reject(
          new Error(`this user is not permitted to use port ${port}; choose another with ${flag}`, { cause: error }),
        );
      } else {
        reject(error);
      }
    });
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/** A JSON response {message}, like API Gateway's own responses. */
export function json(status: number, message: string, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }) };
}

/** Sends a complete response, without any CORS header that a service may have set. */
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

/** Returned in place of a body that is larger than the limit. */
export const TOO_LARGE = Symbol('the body is too large');

/**
 * Reads a request's body to its end, even if it is too large, because a client that is still sending does not read the response.
 * @throws Error if the client disconnects
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

/** The parts of a request's target, not decoded. */
export function splitTarget(target: string): { rawPath: string; rawQuery: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { rawPath: target, rawQuery: '' }
    : { rawPath: target.slice(0, mark), rawQuery: target.slice(mark + 1) };
}

/** The decoded path; undefined if its percent-encoding is invalid. */
export function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
