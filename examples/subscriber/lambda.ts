import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTrackingIdSubscriber } from './keep-tracking-id.ts';

/** Created at the first event of an execution environment. */
let subscriber: ReturnType<typeof createTrackingIdSubscriber> | undefined;

/** The target of a rule with event-pattern.json. Logs no event, because anyone who has a tracking ID can send data. */
export const handler = (event: unknown) => {
  subscriber ??= fromEnvironment();
  return subscriber(event);
};

function fromEnvironment() {
  const tableName = process.env.TRACKING_IDS_TABLE_NAME;
  if (!tableName) throw new Error('The environment variable TRACKING_IDS_TABLE_NAME is not set.');
  return createTrackingIdSubscriber(DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName);
}
