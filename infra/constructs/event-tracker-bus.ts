import { Token } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../events/contract.ts';

export interface EventTrackerBusProps {
  /** The bus's name, which the deployment's setting `subscriberBuses` contains as part of its ARN. */
  readonly eventBusName: string;
  /** Whose events to admit: the role of the deployment (its output for this bus), or, as long as that does not exist, its account. */
  readonly from: { readonly roleArn: string } | { readonly accountId: string };
  /** Encrypts the events on the bus. Its policy must allow EventBridge to use it. Default: a key of AWS. */
  readonly encryptionKey?: IKey;
}

/**
 * An event bus that receives the events of a deployment in another account: the other side's half of the setting `subscriberBuses`. Add
 * EventTrackerSubscriber on `bus` for each function. EventBridge sends an event from bus to bus only once, so a rule on this bus cannot pass it
 * on to a third one.
 * @throws Error if `from` is not the ARN of a role or an account
 */
export class EventTrackerBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { eventBusName, from, encryptionKey }: EventTrackerBusProps) {
    super(scope, id);
    const sender = senderOf(id, from);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName,
      description: 'Events about event trackers from another account. They contain tracking IDs.',
      ...(encryptionKey && { kmsKey: encryptionKey }),
    });
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventTrackers',
        // By its account and a condition: a policy that names a role is lost when the role is created again.
        principals: [new AccountPrincipal(sender.accountId)],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: {
          StringEquals: { 'events:source': EVENT_SOURCE },
          ...(sender.roleArn !== undefined && { ArnEquals: { 'aws:PrincipalArn': sender.roleArn } }),
        },
      }),
    );
  }
}

function senderOf(id: string, from: EventTrackerBusProps['from']): { accountId: string; roleArn?: string } {
  if ('accountId' in from) {
    if (Token.isUnresolved(from.accountId) || /^\d{12}$/.test(from.accountId)) return from;
    throw new Error(`${id}: from.accountId must be an account of 12 digits, not "${from.accountId}".`);
  }
  const accountId = /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/.exec(from.roleArn)?.[1];
  if (accountId === undefined) {
    throw new Error(
      `${id}: from.roleArn must be the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME), not "${from.roleArn}".`,
    );
  }
  return { accountId, roleArn: from.roleArn };
}
