import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { patternsOf } from '../../../infra/aws/subscriber-bus-patterns.ts';
import { ACCOUNT_ID, REGION } from '../../../infra/local/wire.ts';
import type { LocalRuntime } from '../../e2e/local-runtime.ts';

/** The places outside the service that tracking IDs go to: buses of other accounts, and parameters. */

const ACCOUNT = '210987654321';
const busArnOf = (tenantId: string) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${tenantId}`;

const configOf = ({ awsUrl }: LocalRuntime, accessKeyId = 'local') => ({
  endpoint: awsUrl,
  region: REGION,
  credentials: { accessKeyId, secretAccessKey: 'x' },
});

/** Gives each tenant a bus in another account, connected as the setting `subscriberBuses` does. */
export async function connectBuses(runtime: LocalRuntime, tenants: readonly string[]): Promise<void> {
  const [sender, receiver] = [
    new EventBridgeClient(configOf(runtime)),
    new EventBridgeClient(configOf(runtime, ACCOUNT)),
  ];
  for (const tenantId of tenants) {
    const [busArn, EventBusName] = [busArnOf(tenantId), 'event-trackers'];
    await receiver.send(new CreateEventBusCommand({ Name: tenantId }));
    const permission = { StatementId: 'event-trackers', Action: 'events:PutEvents', Principal: ACCOUNT_ID };
    await receiver.send(new PutPermissionCommand({ EventBusName: tenantId, ...permission }));
    for (const [index, pattern] of patternsOf({ busArn, tenants: [tenantId] }).entries()) {
      const Name = `to-${tenantId}-${index}`;
      await sender.send(new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify(pattern) }));
      await sender.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [{ Id: 'bus', Arn: busArn }] }));
    }
  }
}

/**
 * What a tenant's bus has received, as text, up to a marker that is published now: what was published before has arrived by then, or never
 * will.
 */
export async function receivedBy(runtime: LocalRuntime, tenantId: string): Promise<string> {
  const marker = `marker-${tenantId}`;
  const Detail = JSON.stringify({ metadata: { tenantId }, data: { marker } });
  const entry = { EventBusName: 'event-trackers', Source: 'event-trackers', DetailType: 'Marker', Detail };
  await new EventBridgeClient(configOf(runtime)).send(new PutEventsCommand({ Entries: [entry] }));
  const url = `${runtime.awsUrl}/_events?after=0&bus=${encodeURIComponent(busArnOf(tenantId))}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes(marker)) return text;
  }
  throw new Error(`The bus of ${tenantId} did not receive the marker; it received ${text}`);
}

/** The values of all parameters below a tenant's path, for an application that may read that path. */
export async function parametersOf(runtime: LocalRuntime, tenantId: string): Promise<(string | undefined)[]> {
  const { Parameters = [] } = await new SSMClient(configOf(runtime)).send(
    new GetParametersByPathCommand({
      Path: `/event-trackers/local/${tenantId}`,
      Recursive: true,
      WithDecryption: true,
    }),
  );
  return Parameters.map(({ Value }) => Value);
}
