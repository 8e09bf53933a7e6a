import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { callsFor, type Event } from './work.ts';

const dynamodb = new DynamoDBClient({});
const stepFunctions = new SFNClient({});

/** Nothing but the SDK: the two calls that a first request must make. */
export async function handler(event: Event) {
  const { put, start, answer } = callsFor(event);
  await dynamodb.send(new PutItemCommand(put));
  await stepFunctions.send(new StartExecutionCommand(start));
  return answer;
}
