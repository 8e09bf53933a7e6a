import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createReport, type ReportRequest } from './report.ts';

/** Created at the first event of an execution environment. */
let report: ReturnType<typeof createReport> | undefined;

/** The Lambda handler of the state Report. REPORT_TABLE_NAME names the table into which the state machine puts the outcomes. */
export const handler = (event: ReportRequest) => {
  report ??= fromEnvironment();
  return report(event);
};

function fromEnvironment() {
  const tableName = process.env.REPORT_TABLE_NAME;
  if (!tableName) throw new Error('The environment variable REPORT_TABLE_NAME is not set.');
  return createReport(DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName);
}
