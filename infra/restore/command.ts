import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { parseFlags, UsageError } from '../command-line.ts';
import { FENCE_STEP, type FenceCounts, fenceTable } from './fence.ts';

const USAGE = `Usage: npm run restore:fence -- --table NAME [--yes (--state-machine ARN | --no-running-executions)]

Prepares a table that was restored to an earlier time. Run it before anything else uses the table. It raises epoch and sequence of
every record by ${FENCE_STEP.toLocaleString('en')} and makes the record due, so that no old execution is taken for its owner and subscribers do not drop new
events as old ones. Without --yes it changes nothing and prints what it would change.

  --table NAME          the restored table
  --yes                 write the changes
  --state-machine ARN   with --yes: refuse while an execution of this state machine is running
  --no-running-executions
                        with --yes, instead of --state-machine: you have checked that no execution is running
  --restore-number N    1 (the default) for the first restore of this deployment, 2 for the second, …. Each raises the numbers further,
                        because a table restored to a time before the last fence has the old numbers again
  --fence-id ID         names this restore; by default the table's id, which is new for every restored table. Set it only if the records
                        were copied into a table that was fenced before
  --help                print this text

Region, credentials and endpoint come from the AWS SDK's environment variables. If the command is interrupted, run it again: no record
is fenced twice. docs/operations.md says what to stop first, and what is lost.`;

/** A reason not to fence the table; the message is for the operator. */
class Refusal extends Error {}

interface Options {
  readonly table: string;
  readonly yes: boolean;
  readonly stateMachine?: string;
  readonly fenceId?: string;
  readonly restores: number;
}

/** Small enough that epochs and sequences stay exact integers. */
const MAX_RESTORES = 1000;

/** @throws UsageError naming the flag and its rule */
function parse(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, {
    table: { type: 'string' },
    yes: { type: 'boolean' },
    'state-machine': { type: 'string' },
    'no-running-executions': { type: 'boolean' },
    'fence-id': { type: 'string' },
    'restore-number': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return 'help';
  const { table, yes = false, 'state-machine': stateMachine, 'fence-id': fenceId } = values;
  const noneRunning = values['no-running-executions'] ?? false;
  if (!table) throw new UsageError('--table is required: the name of the restored table.');
  if (fenceId === '') throw new UsageError('--fence-id must not be empty.');
  const restores = Number(values['restore-number'] ?? '1');
  if (!Number.isInteger(restores) || restores < 1 || restores > MAX_RESTORES) {
    throw new UsageError(
      `--restore-number must be a whole number from 1 to ${MAX_RESTORES}, not "${values['restore-number']}".`,
    );
  }
  if (stateMachine !== undefined && !/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:.+$/.test(stateMachine)) {
    throw new UsageError(`--state-machine must be the ARN of a state machine, not "${stateMachine}".`);
  }
  if (stateMachine !== undefined && noneRunning)
    throw new UsageError('--state-machine and --no-running-executions are mutually exclusive.');
  if (yes && stateMachine === undefined && !noneRunning) {
    throw new UsageError(
      '--yes requires --state-machine ARN, which must have no running execution, or --no-running-executions.',
    );
  }
  return { table, yes, restores, ...(stateMachine && { stateMachine }), ...(fenceId && { fenceId }) };
}

export interface Output {
  /** For the result: stdout. */
  print(text: string): void;
  /** For errors and progress: stderr. */
  printError(text: string): void;
}

/**
 * `npm run restore:fence`.
 * @returns the exit code: 0; 1 if the table cannot be fenced as it is; 2 for a usage error
 * @throws any other error of AWS
 */
export async function restoreFence(args: readonly string[], output: Output): Promise<number> {
  try {
    const options = parse(args);
    if (options === 'help') output.print(USAGE);
    else await run(options, output);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) output.printError(`${error.message}\n\n${USAGE}`);
    else if (error instanceof Refusal) output.printError(error.message);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: Options, { print, printError }: Output): Promise<void> {
  const region = configuredRegion();
  const dynamodb = new DynamoDBClient(region);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const fenceId = options.fenceId ?? (await tableId(dynamodb, options.table));
  if (options.yes && options.stateMachine !== undefined)
    await refuseWhileRunning(new SFNClient(region), options.stateMachine);
  const counts = await fenceTable({
    documents,
    tableName: options.table,
    fenceId,
    restores: options.restores,
    now: Date.now(),
    dryRun: !options.yes,
    onPage: ({ records }) => printError(`… ${records} records`),
  });
  print(report(options, counts));
  if (counts.records === 0)
    throw new Refusal(`The table ${options.table} contains no record of an event tracker. Check its name.`);
}

/** Also reads the AWS CLI's variable, which the SDK ignores. Without either, the SDK uses the profile. */
function configuredRegion(): { region?: string } {
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  return region ? { region } : {};
}

/** Every table has its own id, including a restored one. */
async function tableId(client: DynamoDBClient, TableName: string): Promise<string> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus !== 'ACTIVE') {
      throw new Refusal(
        `The table ${TableName} is ${Table?.TableStatus}. Wait until its restore has finished and it is ACTIVE.`,
      );
    }
    if (!Table.TableId)
      throw new Refusal(`DynamoDB returned no id for the table ${TableName}. Name this restore with --fence-id.`);
    return Table.TableId;
  } catch (error) {
    if (error instanceof Error && error.message === 'Region is missing') {
      throw new Refusal("No Region is configured: set AWS_REGION to the table's Region.");
    }
    if (error instanceof ResourceNotFoundException)
      throw new Refusal(`The table ${TableName} does not exist in this account and Region.`);
    throw error;
  }
}

async function refuseWhileRunning(client: SFNClient, stateMachineArn: string): Promise<void> {
  const { executions = [], nextToken } = await client.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }),
  );
  if (executions.length === 0) return;
  const names = executions.slice(0, 5).map(({ name }) => name);
  const count = nextToken === undefined ? `${executions.length}` : `More than ${executions.length}`;
  const running = count === '1' ? 'execution is running' : 'executions are running';
  throw new Refusal(
    `${count} ${running} (${names.join(', ')}${executions.length > 5 ? ', …' : ''}). Nothing was changed. ` +
      'Stop the functions and the executions first: docs/operations.md#restore-the-table.',
  );
}

function report({ table, yes, restores }: Options, counts: FenceCounts): string {
  const { records, fenced, alreadyFenced, unfinished, keys, others } = counts;
  return [
    `${table}: ${records} records, of which ${unfinished} are unfinished; ${keys} Idempotency-Keys, which stay unchanged.`,
    ...(alreadyFenced > 0 ? [`Fenced by an earlier run: ${alreadyFenced}.`] : []),
    ...(others.length > 0
      ? [
          `Other items, which stay unchanged: ${others.length} (${others.slice(0, 5).join(', ')}${others.length > 5 ? ', …' : ''}).`,
        ]
      : []),
    yes
      ? `Fenced: ${fenced}. Epoch and sequence are ${(restores * FENCE_STEP).toLocaleString('en')} higher, and the records are due.`
      : `To fence: ${fenced}. Nothing was changed; add --yes to write.`,
  ].join('\n');
}
