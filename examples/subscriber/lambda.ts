import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTrackingIdSubscriber } from './keep-tracking-id.ts';

/** As deployed: the target of a rule with event-pattern.json; made at the first event, once an environment. */
let subscriber: ReturnType<typeof createTrackingIdSubscriber> | undefined;

/** Logs nothing of an event: its tracking ID lets its holder write data. */
export const handler = (event: unknown) => {
  subscriber ??= fromEnvironment();
  return subscriber(event);
};

function fromEnvironment() {
  const tableName = process.env.TRACKING_IDS_TABLE_NAME;
  if (!tableName) throw new Error('The environment variable TRACKING_IDS_TABLE_NAME is not set.');
  return createTrackingIdSubscriber(DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName);
}
