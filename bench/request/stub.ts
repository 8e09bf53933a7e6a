import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * DynamoDB and Step Functions for the benchmark, in a process of its own. It answers at once, and counts. It sends its URL to the process
 * that forked it, and for each message the calls since the last one.
 */
export interface Seen {
  /** Calls by `x-amz-target`. */
  readonly calls: Readonly<Record<string, number>>;
  /** The bodies of the latest call, by target. */
  readonly latest: Readonly<Record<string, string>>;
}

let calls: Record<string, number> = {};
let latest: Record<string, string> = {};
const STARTED = JSON.stringify({ executionArn: 'arn:aws:states:us-east-1:123456789012:execution:e', startDate: 1 });

const server = createServer(async (request, response) => {
  const target = String(request.headers['x-amz-target']);
  calls[target] = (calls[target] ?? 0) + 1;
  latest[target] = await text(request);
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.end(target.endsWith('.StartExecution') ? STARTED : '{}');
});
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on('message', () => {
  process.send?.({ calls, latest } satisfies Seen);
  [calls, latest] = [{}, {}];
});
process.on('disconnect', () => process.exit());
