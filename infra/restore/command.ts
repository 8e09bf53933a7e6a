import { parseArgs } from 'node:util';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { FENCE_STEP, type FenceCounts, fenceTable } from './fence.ts';

const USAGE = `Usage: npm run restore:fence -- --table NAME [--yes (--state-machine ARN | --no-running-executions)]

After a restore of the table to an earlier time, and before anything runs on it: raises epoch and sequence of every record by
${FENCE_STEP.toLocaleString('en')} and makes it due, so that no old execution passes for its owner, and subscribers drop no true event as an
old one. Without --yes it writes nothing, and says what it would do.

  --table NAME          the restored table
  --yes                 write
  --state-machine ARN   with --yes: refuse while any of its executions runs
  --no-running-executions
                        with --yes, instead: you have checked that no execution runs
  --restore-number N    1 for the first restore of this deployment (the default), 2 for the second, …: each raises by more, because a
                        table restored to a time before the last fence has the old numbers again
  --fence-id ID         names this restore; by default the table's own id, which every restored table has anew. Give another one only
                        where the records were copied into a table that was fenced before
  --help                this text

Region, credentials and endpoint are the AWS SDK's own variables. Killed half way, run it again: no record is fenced twice.
docs/operations.md tells what to stop before, and what is lost.`;

/** A flag that breaks a rule; the message names it. */
class UsageError extends Error {}
/** What keeps the table from being fenced, in words for the operator. */
class Refusal extends Error {}

interface Options {
  readonly table: string;
  readonly yes: boolean;
  readonly stateMachine?: string;
  readonly fenceId?: string;
  readonly restores: number;
}

/** More restores than anybody makes, and numbers that stay exact. */
const MAX_RESTORES = 1000;

/** @throws UsageError naming the flag and its rule */
function parse(args: readonly string[]): Options | 'help' {
  let values: ReturnType<typeof flags>;
  try {
    values = flags(args);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
  if (values.help) return 'help';
  const { table, yes = false, 'state-machine': stateMachine, 'fence-id': fenceId } = values;
  const nothingRuns = values['no-running-executions'] ?? false;
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
  if (stateMachine !== undefined && nothingRuns)
    throw new UsageError('--state-machine and --no-running-executions exclude each other.');
  if (yes && stateMachine === undefined && !nothingRuns) {
    throw new UsageError(
      '--yes goes with --state-machine ARN, whose executions must not run, or with --no-running-executions.',
    );
  }
  return { table, yes, restores, ...(stateMachine && { stateMachine }), ...(fenceId && { fenceId }) };
}

function flags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      table: { type: 'string' },
      yes: { type: 'boolean' },
      'state-machine': { type: 'string' },
      'no-running-executions': { type: 'boolean' },
      'fence-id': { type: 'string' },
      'restore-number': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

export interface Output {
  /** The outcome. */
  say(text: string): void;
  /** What goes wrong, and how far it is. */
  tell(text: string): void;
}

/**
 * `npm run restore:fence`.
 * @returns the exit code: 0, 1 where the table can't be fenced as it is, 2 where a flag breaks a rule
 * @throws whatever AWS answers
 */
export async function restoreFence(args: readonly string[], output: Output): Promise<number> {
  try {
    const options = parse(args);
    if (options === 'help') output.say(USAGE);
    else await run(options, output);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) output.tell(`${error.message}\n\n${USAGE}`);
    else if (error instanceof Refusal) output.tell(error.message);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: Options, { say, tell }: Output): Promise<void> {
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
    onPage: ({ records }) => tell(`… ${records} records`),
  });
  say(report(options, counts));
  if (counts.records === 0)
    throw new Refusal(`The table ${options.table} holds no record of an event tracker: is it the right one?`);
}

/** The AWS CLI's variable as well, which the SDK does not know; else the SDK looks in the profile. */
function configuredRegion(): { region?: string } {
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  return region ? { region } : {};
}

/** Every table has an id of its own, a restored one too. */
async function tableId(client: DynamoDBClient, TableName: string): Promise<string> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus !== 'ACTIVE') {
      throw new Refusal(
        `The table ${TableName} is ${Table?.TableStatus}: wait until its restore is over, and it is ACTIVE.`,
      );
    }
    if (!Table.TableId) throw new Refusal(`The table ${TableName} tells no id: name this restore by --fence-id.`);
    return Table.TableId;
  } catch (error) {
    if (error instanceof Error && error.message === 'Region is missing') {
      throw new Refusal('No Region is configured: set AWS_REGION to the one of the table.');
    }
    if (error instanceof ResourceNotFoundException)
      throw new Refusal(`There is no table ${TableName} in this account and Region.`);
    throw error;
  }
}

async function refuseWhileRunning(client: SFNClient, stateMachineArn: string): Promise<void> {
  const { executions = [], nextToken } = await client.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }),
  );
  if (executions.length === 0) return;
  const names = executions.slice(0, 5).map(({ name }) => name);
  const count = nextToken === undefined ? executions.length : `more than ${executions.length}`;
  throw new Refusal(
    `${count} executions run (${names.join(', ')}${executions.length > 5 ? ', …' : ''}), and nothing was written. ` +
      'Disable the schedules, close the API, and stop them first: docs/operations.md.',
  );
}

function report({ table, yes, restores }: Options, counts: FenceCounts): string {
  const { records, fenced, alreadyFenced, unfinished, keys, others } = counts;
  return [
    `${table}: ${records} records, ${unfinished} of them unfinished; ${keys} Idempotency-Keys, left as they are.`,
    ...(alreadyFenced > 0 ? [`${alreadyFenced} were fenced by a run before this one.`] : []),
    ...(others.length > 0
      ? [`${others.length} items are neither, and are left alone: ${others.slice(0, 5).join(', ')}`]
      : []),
    yes
      ? `${fenced} fenced: epoch and sequence are ${(restores * FENCE_STEP).toLocaleString('en')} higher, and all are due.`
      : `${fenced} would be fenced. Nothing was written; --yes writes.`,
  ].join('\n');
}
