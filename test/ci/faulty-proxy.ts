import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON answer on its way back to the caller. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  /** `AmazonSQS.ReceiveMessage`; empty for a request to the API. */
  readonly target: string;
  readonly status: number;
  readonly body: unknown;
}

export interface Fault {
  /** Changes the headers of a request. */
  readonly onRequest?: (request: { method: string; path: string; headers: Record<string, string> }) => void;
  /** The body in place of that of the answer. */
  readonly onAnswer?: (answer: Passing) => unknown;
}

/** Stands in front of a runtime and plants a fault, so that the service behind it looks broken to a caller. */
export async function startFaultyProxy(target: string, { onRequest, onAnswer = ({ body }) => body }: Fault) {
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const headers = headersOf(request);
    onRequest?.({ method, path: url, headers });
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // A caller that disconnects must not cut off the request.
    const answer = await fetch(`${target}${url}`, { method, headers, ...(body.length > 0 && { body }) });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
    const passing = { method, path: url, target: headers['x-amz-target'] ?? '', status: answer.status };
    const changed = isJson ? JSON.stringify(onAnswer({ ...passing, body: JSON.parse(text) })) : text;
    for (const [name, value] of answer.headers) if (!OF_CONNECTION.includes(name)) response.setHeader(name, value);
    response.statusCode = answer.status;
    response.end(changed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const OF_CONNECTION = ['connection', 'content-length', 'content-encoding', 'host', 'keep-alive', 'transfer-encoding'];

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_CONNECTION.includes(name) ? [] : [[name, String(value)]],
    ),
  );
