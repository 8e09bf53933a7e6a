import { mkdir } from 'node:fs/promises';
import type { CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FaultInjection } from '../fault-injection.ts';
import { unknownOperation } from '../not-implemented.ts';
import { AwsError, CUT, errorAnswer, jsonObject, type WireAnswer, type WireService } from '../wire.ts';
import { startEngine } from './engine.ts';
import { checkExpressions } from './expressions.ts';
import { dynamoDbFault, type FaultName } from './faults.ts';
import { repair } from './repair.ts';
import { ensureTables } from './tables.ts';

const JSON_1_0 = 'application/x-amz-json-1.0';

/** DynamoDB allows 32 levels of attributes, each of which is two levels of JSON. The engine crashes at some thousands. */
const DEEPEST_JSON = 32 * 2 + 10;

export interface DynamoDbService {
  /** DynamoDB's JSON 1.0 protocol. */
  readonly wire: WireService;
  /** Reads and writes without the faults that are injected into the wire. */
  readonly client: DynamoDBClient;
  close(): Promise<void>;
}

/** A request that has put, updated or deleted an item, by the names of the protocol. */
export interface ItemWrite {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * The local DynamoDB: validates requests and forwards them to dynalite, which is on disk in `directory`, or in memory without one. At
 * its start, it creates missing `tables` and repairs all indexes.
 * @throws Error if the files are in use by another process, or contain a table with another key or without an index
 */
export async function createDynamoDbService(options: {
  directory?: string;
  tables: readonly CreateTableCommandInput[];
  faults?: FaultInjection;
  /** Called before each response. Reports a deleted data folder. */
  checkFolder?: () => void;
  /** Called after each write of a single item that took effect. */
  onWrite?: (write: ItemWrite) => void;
}): Promise<DynamoDbService> {
  if (options.directory !== undefined) {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    await repair(options.directory);
  }
  const engine = await startEngine(options.directory);
  try {
    await ensureTables(engine.client, options.tables);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const faults = (options.faults ?? new FaultInjection()).of('dynamodb', dynamoDbFault);
  return {
    client: engine.client,
    close: () => engine.close(),
    async wire(request) {
      const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      let input: Record<string, unknown>;
      try {
        checkOperation(operation);
        input = jsonObject(request.body);
        checkBody(input);
        checkTags(operation, input);
        checkExpressions(input);
      } catch (error) {
        if (error instanceof AwsError) return errorAnswer(error, JSON_1_0);
        throw error;
      }
      const fault = faults.take(operation)?.fault;
      const forward = async () => {
        const answer = await engine.forward(request);
        if (answer.status === 200 && WRITES.has(operation)) options.onWrite?.({ operation, input });
        return answer;
      };
      const answer = await (fault === undefined ? forward() : injectFault(fault, forward));
      options.checkFolder?.();
      return answer;
    },
  };
}

/** The operations of the engine. */
const OPERATIONS = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

/** Those that write one item. */
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** The engine also rejects unsupported operations, but without a message. */
function checkOperation(operation: string): void {
  if (!OPERATIONS.has(operation)) throw unknownOperation('DynamoDB', operation, [...OPERATIONS]);
}

/**
 * Rejects requests that are incomplete, not a JSON object, nested too deep, or contain a null below the top level. The engine does not
 * check for these, and would throw an uncaught error that ends the runtime.
 */
function checkBody(input: object): void {
  const open: Array<{ value: object; depth: number }> = [{ value: input, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (depth > DEEPEST_JSON) {
      throw new AwsError('ValidationException', 'Nesting Levels have exceeded supported limits');
    }
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'object' && member !== null) open.push({ value: member, depth: depth + 1 });
      else if (member === null && depth > 1) {
        throw new AwsError('SerializationException', `A null is not possible as the value of ${JSON.stringify(name)}.`);
      }
    }
  }
}

/** The engine stores a tag without a key or a value, and then crashes. */
function checkTags(operation: string, { Tags }: Readonly<Record<string, unknown>>): void {
  if (operation !== 'TagResource') return;
  if (!Array.isArray(Tags) || Tags.every((tag) => typeof tag?.Key === 'string' && typeof tag?.Value === 'string'))
    return;
  throw new AwsError('ValidationException', 'Tags: every tag needs a Key and a Value, both strings.');
}

async function injectFault(fault: FaultName, forward: () => Promise<WireAnswer>): Promise<WireAnswer | typeof CUT> {
  switch (fault) {
    case 'server-error':
      return errorAnswer(new AwsError('InternalServerError', 'The request could not be processed.', 500), JSON_1_0);
    case 'throttle':
      return errorAnswer(
        new AwsError('ProvisionedThroughputExceededException', 'The level of configured throughput was exceeded.'),
        JSON_1_0,
      );
    case 'lost-answer':
      await forward();
      return CUT;
    case 'cut':
      return CUT;
  }
}
