import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';

/** The input of the state Report: the run and the list that it was started with. */
export interface ReportRequest {
  /** The name of the execution. */
  readonly run: string;
  readonly tenants: readonly unknown[];
}

/** A tenant that is not onboarded, and what to do about it. */
export interface NotOnboarded {
  readonly tenantId?: string;
  readonly name?: string;
  readonly datasetGroup?: string;
  /** The code of the failure; `NOT_FINISHED` if the run ended before; `INVALID_INPUT`. */
  readonly code: string;
  readonly remedy: string;
}

/** The result of a list. */
export interface Report {
  readonly run: string;
  readonly summary: string;
  readonly total: number;
  readonly active: number;
  /** Those of `active` for which this run created nothing and the tracker had been requested before. */
  readonly existing: number;
  readonly failed: number;
  readonly notFinished: number;
  readonly failures: readonly NotOnboarded[];
  /** The number of failures that are missing in `failures`, which would be too long. They are in the table. */
  readonly notListed: number;
}

/** An item that the state machine put into the table. */
interface Line {
  /** Its index in the list. */
  readonly position: number;
  readonly status: 'ACTIVE' | 'FAILED';
  readonly code?: string;
  readonly remedy?: string;
  readonly outcome?: string;
  readonly datasetGroupCreated?: boolean;
  readonly datasetCreated?: boolean;
}

/** Step Functions passes on at most 256 KiB; the rest is for the counts. */
const MAX_FAILURES_BYTES = 200 * 1024;

/**
 * The function of the state Report. The table has an item for each tenant and run, which the state machine wrote when the tenant's
 * execution ended.
 * @param tableName a table with the key `run` and `position`
 */
export const createReport =
  (documents: DynamoDBDocumentClient, tableName: string) =>
  async ({ run, tenants }: ReportRequest): Promise<Report> => {
    const lines = await linesOf(documents, tableName, run);
    const outcomes = tenants.map((tenant, position) => outcomeOf(tenant, lines.get(position)));
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    const active = outcomes.flatMap((outcome) => outcome.active ?? []);
    const notFinished = failures.filter(({ code }) => code === NOT_FINISHED.code).length;
    const failed = failures.length - notFinished;
    const listed = within(MAX_FAILURES_BYTES, failures);
    return {
      run,
      summary: summaryOf(tenants.length, active.length, failures),
      total: tenants.length,
      active: active.length,
      existing: active.filter(isExisting).length,
      failed,
      notFinished,
      failures: listed,
      notListed: failures.length - listed.length,
    };
  };

const INVALID_INPUT = {
  code: 'INVALID_INPUT',
  remedy: 'A tenant needs tenantId, name and datasetGroup, each a text. Correct the list, and run it again.',
};
const NOT_FINISHED = {
  code: 'NOT_FINISHED',
  remedy: 'The run ended before this tenant was onboarded. Run the list again.',
};

async function linesOf(documents: DynamoDBDocumentClient, tableName: string, run: string) {
  const lines = new Map<number, Line>();
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey }: { Items?: object[]; LastEvaluatedKey?: Record<string, unknown> } =
      await documents.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: '#run = :run',
          ExpressionAttributeNames: { '#run': 'run' },
          ExpressionAttributeValues: { ':run': run },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
    for (const item of Items as Line[]) lines.set(item.position, item);
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return lines;
}

interface Outcome {
  readonly active?: Line;
  readonly failure?: NotOnboarded;
}

function outcomeOf(tenant: unknown, line: Line | undefined): Outcome {
  const fields: Readonly<Record<string, unknown>> = typeof tenant === 'object' && tenant !== null ? { ...tenant } : {};
  const { tenantId, name, datasetGroup } = fields;
  const given = { ...textOf({ tenantId }), ...textOf({ name }), ...textOf({ datasetGroup }) };
  if (Object.keys(given).length < 3) return { failure: { ...given, ...INVALID_INPUT } };
  if (line === undefined) return { failure: { ...given, ...NOT_FINISHED } };
  if (line.status === 'ACTIVE') return { active: line };
  return { failure: { ...given, code: line.code ?? 'UNKNOWN', remedy: line.remedy ?? '' } };
}

const textOf = (field: Readonly<Record<string, unknown>>) =>
  Object.values(field).every((value) => typeof value === 'string') ? field : {};

const isExisting = ({ outcome, datasetGroupCreated, datasetCreated }: Line): boolean =>
  outcome === 'NOTHING_NEW' && !datasetGroupCreated && !datasetCreated;

function within(maxBytes: number, failures: readonly NotOnboarded[]): NotOnboarded[] {
  let bytes = 0;
  const index = failures.findIndex((failure) => {
    bytes += Buffer.byteLength(JSON.stringify(failure)) + 1;
    return bytes > maxBytes;
  });
  return index < 0 ? [...failures] : failures.slice(0, index);
}

/** For example: `497 of 500 tenants are ACTIVE. Not onboarded: 2 CONFLICT, 1 NOT_FINISHED.` */
function summaryOf(total: number, active: number, failures: readonly NotOnboarded[]): string {
  const counts = new Map<string, number>();
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${code}`);
  const rest = sorted.length === 0 ? '' : ` Not onboarded: ${sorted.join(', ')}.`;
  return `${active} of ${total} tenants are ACTIVE.${rest}`;
}
