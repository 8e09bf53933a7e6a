import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DRIFT_DETECTED, EVENT_SOURCE, STATE_CHANGE } from '../events/contract.ts';
import { createDeadLetters } from './aws/dead-letters.ts';

export interface EventTrackerSubscriberProps {
  /** The service's bus, of this account: `EventBus.fromEventBusArn` with the stack's output `BusArn`. */
  readonly bus: IEventBus;
  /** Whose events: these tenants', or everybody's. It has no default: nobody gets another tenant's tracking IDs by forgetting it. */
  readonly tenants: readonly string[] | 'all';
  /** What gets each event, at least once and in any order: docs/events.md. */
  readonly target: IFunction;
  /** Only changes to these states; by default to every one. A state that the contract gains is not among them then. */
  readonly statuses?: readonly string[];
  /** `Event Tracker Drift Detected` as well. Default: state changes only. */
  readonly drift?: boolean;
}

/**
 * Another team's subscription to the events: a rule with the right pattern, the permission to call the target, and a queue of
 * what the target did not take within a day. The queue holds tracking IDs.
 * @throws Error when `tenants` names nobody, or a name is empty
 */
export class EventTrackerSubscriber extends Construct {
  readonly rule: Rule;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EventTrackerSubscriberProps) {
    super(scope, id);
    const { bus, tenants, target, statuses, drift = false } = props;
    if (tenants !== 'all' && (tenants.length === 0 || tenants.includes(''))) {
      throw new Error(`${id}: tenants must be names of tenants, at least one, or "all".`);
    }
    if (statuses?.length === 0) throw new Error(`${id}: statuses must name at least one state, or be left out.`);
    this.deadLetters = createDeadLetters(this, 'DeadLetters');
    this.rule = new Rule(this, 'Rule', {
      eventBus: bus,
      description: `Event trackers of ${tenants === 'all' ? 'all tenants' : tenants.join(', ')}`.slice(0, 512),
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: drift ? [STATE_CHANGE, DRIFT_DETECTED] : [STATE_CHANGE],
        ...((tenants !== 'all' || statuses) && {
          detail: {
            ...(tenants !== 'all' && { metadata: { tenantId: [...tenants] } }),
            ...(statuses && { data: { status: [...statuses] } }),
          },
        }),
      },
      targets: [new LambdaFunction(target, { deadLetterQueue: this.deadLetters })],
    });
  }
}
