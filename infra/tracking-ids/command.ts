import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { parseFlags, UsageError } from '../command-line.ts';
import { backfill } from './backfill.ts';

const USAGE = `Usage: npm run tracking-ids:backfill -- --table NAME --function NAME [--tenant NAME …]

Hands the tracking ID of every tracker that is ACTIVE already to a function that keeps tracking IDs, and removes those of trackers that are
gone. Run it once after you have switched the function on, and after you have fixed what made events fail. It can be repeated: what is
right already stays unchanged.

  --table NAME      the table of the records: the output TableName of the service's stack
  --function NAME   the function that keeps tracking IDs, such as event-trackers-prod-tracking-id-parameters
  --tenant NAME     only trackers of this tenant; repeatable. By default, those of all tenants
  --help            print this text

Region, credentials and endpoint come from the AWS SDK's environment variables. It needs dynamodb:Scan on the table and
lambda:InvokeFunction on the function.`;

interface Options {
  readonly table: string;
  readonly functionName: string;
  readonly tenants?: readonly string[];
}

/** @throws UsageError naming the flag and its rule */
function parse(args: readonly string[]): Options | 'help' {
  const {
    help,
    table,
    function: functionName,
    tenant,
  } = parseFlags(args, {
    table: { type: 'string' },
    function: { type: 'string' },
    tenant: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  });
  if (help) return 'help';
  if (!table) throw new UsageError('--table is required: the name of the table of the records.');
  if (!functionName) throw new UsageError('--function is required: the name of the function that keeps tracking IDs.');
  if (tenant?.includes('')) throw new UsageError('--tenant must name a tenant.');
  return { table, functionName, ...(tenant && { tenants: tenant }) };
}

export interface Output {
  /** For the result: stdout. */
  print(text: string): void;
  /** For errors: stderr. */
  printError(text: string): void;
}

/**
 * `npm run tracking-ids:backfill`.
 * @returns the exit code: 0; 1 if the function failed for a tracker; 2 for a usage error
 * @throws any other error of AWS
 */
export async function trackingIdBackfill(args: readonly string[], output: Output): Promise<number> {
  try {
    const options = parse(args);
    if (options !== 'help') return await run(options, output);
    output.print(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    output.printError(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function run({ table, functionName, tenants }: Options, { print, printError }: Output): Promise<number> {
  // The SDK ignores the AWS CLI's variable.
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  const config = region ? { region } : {};
  const lambda = new LambdaClient(config);
  const counts = await backfill({
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    tableName: table,
    invoke: async (event) => {
      const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) });
      const { FunctionError, Payload } = await lambda.send(command);
      if (FunctionError !== undefined) throw new Error(messageIn(Payload));
    },
    ...(tenants && { tenants }),
    onFailed: (trackerId, error) =>
      printError(`${trackerId}: ${error instanceof Error ? error.message : String(error)}`),
  });
  const { active, gone, inProgress, failed } = counts;
  print(`ACTIVE: ${active}. Gone: ${gone}. In progress, and left to their events: ${inProgress}. Failed: ${failed}.`);
  return failed === 0 ? 0 : 1;
}

/** The message of the function's error. The function's errors quote no tracking ID. */
function messageIn(payload: Uint8Array = new Uint8Array()): string {
  const { errorType = 'Error', errorMessage = '' } = JSON.parse(Buffer.from(payload).toString() || '{}');
  return `${errorType}: ${errorMessage}`;
}
