import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
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

type Status = EventTrackerStateChange['data']['status'];
const STATUSES: readonly string[] = stateChangeSchema.shape.data.shape.status.options;

/** EventBridge's quota of a rule's pattern, in characters; it can be raised, to no more than twice that. */
const MOST_PATTERN_LENGTH = 2048;

export interface EventTrackerSubscriberProps {
  /** The service's bus, of this account: `EventBus.fromEventBusArn` with the stack's output `BusArn`. */
  readonly bus: IEventBus;
  /** Whose events: these tenants', or everybody's. It has no default: nobody gets another tenant's tracking IDs by forgetting it. */
  readonly tenants: readonly string[] | 'all';
  /** What gets each event, at least once and in any order: docs/events.md. */
  readonly target: IFunction;
  /** Only changes to these states; by default to every one. A state that the contract gains is not among them then. */
  readonly statuses?: readonly Status[];
  /** `Event Tracker Drift Detected` as well, whatever `statuses` says. Default: state changes only. */
  readonly drift?: boolean;
}

/**
 * Another team's subscription to the events: a rule with the right pattern, the permission to call the target, and a queue of what
 * the target did not take: what EventBridge could not hand over within a day, as the event itself; and what the function failed on
 * three times, as Lambda's record of it (the event is its `requestPayload`). The queue holds tracking IDs.
 *
 * What becomes of failures is a setting of the function, not of the rule: it is left as it is where the function has one already
 * (`configureAsyncInvoke`), and on a function that was imported without its role.
 * @throws Error when `tenants` names nobody, a name is empty, a state is none of the contract's, or a rule's pattern gets too long
 */
export class EventTrackerSubscriber extends Construct {
  readonly rule: Rule;
  /** Of the drift events, where `statuses` narrows the other one down. */
  readonly driftRule?: Rule;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EventTrackerSubscriberProps) {
    super(scope, id);
    const { tenants, target, statuses, drift = false } = props;
    check(id, props);
    this.deadLetters = createDeadLetters(this, 'DeadLetters');
    const apart = drift && statuses !== undefined;
    const detailTypes = drift && !apart ? [STATE_CHANGE, DRIFT_DETECTED] : [STATE_CHANGE];
    this.rule = this.#createRule('Rule', props, detailTypes, statuses);
    // A drift event has the state that is recorded, which is no news: by `statuses` most of them would be missed.
    if (apart) this.driftRule = this.#createRule('DriftRule', { bus: props.bus, tenants, target }, [DRIFT_DETECTED]);
    if (target.role !== undefined && target.node.tryFindChild('EventInvokeConfig') === undefined) {
      target.configureAsyncInvoke({ onFailure: new SqsDestination(this.deadLetters) });
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
    // `detail-type` is written with as many characters.
    const { length } = JSON.stringify(pattern);
    if (length > MOST_PATTERN_LENGTH) {
      throw new Error(
        `${this.node.id}: tenants are too many for a rule: its pattern has ${length} characters, and EventBridge takes ${MOST_PATTERN_LENGTH}. ` +
          'Divide them among several subscribers of the same target.',
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

function check(id: string, { tenants, statuses }: EventTrackerSubscriberProps): void {
  if (tenants !== 'all' && (tenants.length === 0 || tenants.includes(''))) {
    throw new Error(`${id}: tenants must be names of tenants, at least one, or "all".`);
  }
  if (statuses?.length === 0) throw new Error(`${id}: statuses must name at least one state, or be left out.`);
  const unknown = statuses?.find((status) => !STATUSES.includes(status));
  if (unknown !== undefined) {
    throw new Error(`${id}: statuses must be of ${STATUSES.join(', ')}, not "${unknown}".`);
  }
}
