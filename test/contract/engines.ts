import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { serve } from './serve.ts';

/** A DynamoDB engine with its table, against which the store is tested. */
export interface Engine {
  readonly client: DynamoDBClient;
  close(): Promise<void>;
}

export const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });

/** The engine of the local runtime, behind the runtime's own DynamoDB service. */
export async function startDynalite(table: CreateTableCommandInput): Promise<Engine> {
  const dynamodb = await createDynamoDbService({ tables: [table] });
  const served = await serve(dynamodb.wire);
  const client = clientOf(served.url);
  return {
    client,
    async close() {
      client.destroy();
      await served.close();
      await dynamodb.close();
    },
  };
}

/** The second engine, in memory, from the binary that `npm run test:ci` installs. */
export async function startDynoxide(binary: string, table: CreateTableCommandInput): Promise<Engine> {
  const port = await freePort();
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const client = clientOf(`http://127.0.0.1:${port}`);
  await answers(port, exited);
  await client.send(new CreateTableCommand(table));
  return {
    client,
    async close() {
      client.destroy();
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** @throws Error if the engine exits or does not answer within 10 s */
async function answers(port: number, exited: Promise<unknown>): Promise<void> {
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + 10_000;
  while (!ended && Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) return;
  }
  throw new Error('dynoxide does not answer');
}
