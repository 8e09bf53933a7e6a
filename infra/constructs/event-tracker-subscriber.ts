import { Token } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IDestination, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  DRIFT_DETECTED,
  EVENT_SOURCE,
  type EventTrackerStateChange,
  STATE_CHANGE,
  stateChangeSchema,
} from '../../events/contract.ts';
import { createDeadLetters } from '../aws/dead-letters.ts';

/** The statuses of the events. */
export type SubscribedStatus =
  | 'CREATE PENDING'
  | 'CREATE IN_PROGRESS'
  | 'ACTIVE'
  | 'CREATE FAILED'
  | 'DELETE PENDING'
  | 'DELETE IN_PROGRESS'
  | 'DELETED'
  | 'RELEASED';
type Status = EventTrackerStateChange['data']['status'];
const STATUSES: readonly string[] = stateChangeSchema.shape.data.shape.status.options;

/** What every deployment accepts at most as the name of a tenant; its `tenancy.pattern` can be narrower. */
const TENANT = /^[A-Za-z0-9_-]{1,63}$/;

/** EventBridge's quota for a rule's pattern, in characters. It can be raised to at most twice this number. */
const MAX_PATTERN_LENGTH = 2048;

export interface EventTrackerSubscriberProps {
  /** The service's bus, in the same account: `EventBus.fromEventBusArn` with the stack's output `BusArn`. */
  readonly bus: IEventBus;
  /** The tenants whose events to receive, or `all`. It has no default, so that nobody receives other tenants' tracking IDs by accident. */
  readonly tenants: readonly string[] | 'all';
  /** Receives each event at least once, in any order: docs/events.md. */
  readonly target: IFunction;
  /** Only state changes to these statuses; by default all, including statuses that are added later. */
  readonly statuses?: readonly SubscribedStatus[];
  /** `Event Tracker Drift Detected` as well, whatever `statuses` says. Default: state changes only. */
  readonly drift?: boolean;
  /** Encrypts the dead-letter queue. Its policy must allow EventBridge to use it. Default: a key of SQS. */
  readonly encryptionKey?: IKey;
}

/**
 * Another team's subscription to the events: a rule with the right pattern, the permission to invoke the target, and a dead-letter queue. The
 * queue receives the event itself if EventBridge could not deliver it within a day, and Lambda's record of the invocation (with the event
 * as `requestPayload`) if the function failed three times. It contains tracking IDs.
 *
 * The failure destination is a setting of the function, not of the rule. It stays unchanged if the function has one already
 * (`configureAsyncInvoke`), or was imported without its role.
 * @throws Error if `tenants` is empty or has a name that cannot be a tenant's, a status is not part of the contract, or a rule's pattern is too long
 */
export class EventTrackerSubscriber extends Construct {
  readonly rule: Rule;
  /** The rule for drift events, if `statuses` narrows the other rule. */
  readonly driftRule?: Rule;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EventTrackerSubscriberProps) {
    super(scope, id);
    const { tenants, target, statuses, drift = false, encryptionKey } = props;
    check(id, props);
    this.deadLetters = createDeadLetters(this, 'DeadLetters', encryptionKey);
    const apart = drift && statuses !== undefined;
    const detailTypes = drift && !apart ? [STATE_CHANGE, DRIFT_DETECTED] : [STATE_CHANGE];
    this.rule = this.#createRule('Rule', props, detailTypes, statuses);
    // A drift event carries the recorded status, not a new one; the filter by `statuses` would drop most of them.
    if (apart) this.driftRule = this.#createRule('DriftRule', { bus: props.bus, tenants, target }, [DRIFT_DETECTED]);
    if (target.role !== undefined && target.node.tryFindChild('EventInvokeConfig') === undefined) {
      target.configureAsyncInvoke({ onFailure: failuresTo(this.deadLetters, encryptionKey) });
    }
  }

  #createRule(
    id: string,
    { bus, tenants, target }: Pick<EventTrackerSubscriberProps, 'bus' | 'tenants' | 'target'>,
    detailType: readonly string[],
    statuses?: readonly Status[],
  ): Rule {
    const detail = {
      ...(tenants !== 'all' && { metadata: { tenantId: [...tenants] } }),
      ...(statuses && { data: { status: [...statuses] } }),
    };
    const pattern = {
      source: [EVENT_SOURCE],
      detailType: [...detailType],
      ...(Object.keys(detail).length > 0 && { detail }),
    };
    // `detailType` has as many characters as `detail-type`, which EventBridge counts.
    const { length } = JSON.stringify(pattern);
    if (length > MAX_PATTERN_LENGTH) {
      throw new Error(
        `${this.node.id}: too many tenants for one rule: its pattern has ${length} characters, and EventBridge accepts ${MAX_PATTERN_LENGTH}. ` +
          'Divide them among several subscribers with the same target.',
      );
    }
    return new Rule(this, id, {
      eventBus: bus,
      description: `Event trackers of ${tenants === 'all' ? 'all tenants' : tenants.join(', ')}`.slice(0, 512),
      eventPattern: pattern,
      targets: [new LambdaFunction(target, { deadLetterQueue: this.deadLetters })],
    });
  }
}

/** The CDK's SqsDestination would grant more than a failure needs. */
const failuresTo = (queue: Queue, key: IKey | undefined): IDestination => ({
  bind(_, fn) {
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
    if (key) {
      const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
      fn.addToRolePolicy(new PolicyStatement({ actions, resources: [key.keyArn] }));
    }
    return { destination: queue.queueArn };
  },
});

function check(id: string, { tenants, statuses }: EventTrackerSubscriberProps): void {
  if (tenants !== 'all' && (tenants.length === 0 || tenants.includes(''))) {
    throw new Error(`${id}: tenants must be a list of at least one tenant, or "all".`);
  }
  const other = tenants === 'all' ? undefined : tenants.find((name) => !Token.isUnresolved(name) && !TENANT.test(name));
  if (other !== undefined) {
    throw new Error(`${id}: tenants must be names of 1 to 63 letters, digits, - and _, not "${other}".`);
  }
  if (statuses?.length === 0) throw new Error(`${id}: statuses must have at least one status, or be omitted.`);
  const unknown = statuses?.find((status) => !STATUSES.includes(status));
  if (unknown !== undefined) {
    throw new Error(`${id}: statuses must be among ${STATUSES.join(', ')}, not "${unknown}".`);
  }
}
