import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { tableSchema } from '../../functions/store/table.ts';
import { ensureTables } from '../../infra/local/dynamodb/tables.ts';
import { TABLE_NAME } from './wire.ts';

/** dynalite alone, on disk in the folder that is the argument, with the table of the service. It sends its URL to the process that forked it. */
const server = dynalite({ path: process.argv[2], createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
await ensureTables(client, [{ TableName: TABLE_NAME, ...tableSchema() }]);
process.send?.(url);
process.on('disconnect', () => process.exit());
