import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AbstractKeyIterator, AbstractValueIterator } from 'abstract-level';
import dynalite from 'dynalite';
import { ACCOUNT_ID, REGION, type WireAnswer, type WireRequest } from '../wire.ts';
import { newSocket, removeDeadSockets } from './socket.ts';

/** dynalite on a private socket, so that only this process can send it requests; some invalid requests would crash it. */
export interface Engine {
  /** An SDK client for the engine, for the startup of the runtime. */
  readonly client: DynamoDBClient;
  /** Forwards a request. Returns the response byte for byte, so that `x-amz-crc32` stays correct. */
  forward(request: WireRequest): Promise<WireAnswer>;
  close(): Promise<void>;
}

/**
 * Headers that are not forwarded. Some belong to one connection. `origin` would make the engine answer with
 * `Access-Control-Allow-Origin: *`.
 */
const NOT_FORWARDED = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'origin', 'transfer-encoding']);
const NOT_RETURNED = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * dynalite closes the iterator of each Query and Scan by a method that they do not have. All of them would stay open, and each keeps what
 * LevelDB had in memory when it was opened: some megabytes while much is written.
 */
for (const { prototype } of [AbstractKeyIterator, AbstractValueIterator]) {
  Object.defineProperty(prototype, 'return', { value: prototype.close });
}

/** dynalite reads the account and Region of its ARNs from the environment, only when it is created. */
function makeEngine(directory: string | undefined) {
  const ours = { AWS_ACCOUNT_ID: ACCOUNT_ID, AWS_REGION: REGION };
  const before = Object.keys(ours).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, ours);
  try {
    return dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Starts dynalite with its files in `directory`, or in memory without one. */
export async function startEngine(directory: string | undefined): Promise<Engine> {
  await removeDeadSockets();
  const { folder, path: socketPath } = newSocket();
  const server = makeEngine(directory);
  // The runtime and the SDK keep connections open. The engine must not close one just when the next request is sent on it.
  server.keepAliveTimeout = 0;
  server.listen(socketPath);
  await once(server, 'listening');

  // Node passes an agent's options to every connection, but @types/node does not list socketPath.
  const agent = new Agent({ keepAlive: true, ...{ socketPath } });
  const client = new DynamoDBClient({
    endpoint: 'http://localhost',
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { httpAgent: agent },
  });

  return {
    client,
    forward: (received) => forward(agent, received),
    async close() {
      client.destroy();
      agent.destroy();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function forward(agent: Agent, { method, query, headers, body }: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const passed: IncomingHttpHeaders = { 'content-length': String(body.length) };
    for (const [name, value] of Object.entries(headers)) {
      if (!NOT_FORWARDED.has(name)) passed[name] = value;
    }
    // The query contains the signature of some requests (X-Amz-Credential and so on).
    const path = query.size === 0 ? '/' : `/?${query}`;
    const outgoing = request({ agent, method, path, headers: passed }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const returned: Record<string, string> = {};
        for (const [name, value] of Object.entries(answer.headers)) {
          if (!NOT_RETURNED.has(name) && value !== undefined) returned[name] = String(value);
        }
        resolve({ status: answer.statusCode ?? 500, headers: returned, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
