import * as z from 'zod';
import { ALSO_CALLED } from '../infra/gateway-calls.ts';
import type { SentCall } from '../infra/wire-stub.ts';

/** A request as IAM evaluates it. */
export interface IamRequest {
  readonly action: string;
  /** An ARN, or `*` for an action without resource-level permissions. */
  readonly resource: string;
  /** The tags in the request, by key. */
  readonly requestTags?: Readonly<Record<string, string>>;
  /** The keys of tags in the request. */
  readonly tagKeys?: readonly string[];
  /** Other condition keys of the request. */
  readonly keys?: Readonly<Record<string, string>>;
}

const ACCOUNT = '123456789012';
const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const string = z.string();
const tagSchema = z.array(z.object({ tagKey: string, tagValue: string })).default([]);

/** What the actions of each service are about, from the body of the call. */
const RESOURCES: Readonly<Record<string, (body: Record<string, unknown>, action: string) => readonly string[]>> = {
  dynamodb: (body) => {
    if (body.RequestItems)
      return Object.keys(Object(body.RequestItems)).map((name) => arn('dynamodb', `table/${name}`));
    const index = body.IndexName === undefined ? '' : `/index/${body.IndexName}`;
    return [arn('dynamodb', `table/${string.parse(body.TableName)}${index}`)];
  },
  states: (body) => [body.stateMachineArn === undefined ? '*' : string.parse(body.stateMachineArn)],
  events: (body) =>
    z
      .array(z.object({ EventBusName: string }))
      .parse(body.Entries)
      .map(({ EventBusName }) => arn('events', `event-bus/${EventBusName}`)),
  ssm: (body) => [arn('ssm', `parameter${string.parse(body.Name)}`)],
  // Secrets Manager adds six characters to a secret's name.
  secretsmanager: (body) => [arn('secretsmanager', `secret:${string.parse(body.SecretId ?? body.Name)}-AbCdEf`)],
  sts: (body) => [string.parse(body.RoleArn)],
  personalize: (body, action) => {
    // By the Service Authorization Reference these support no resource-level permissions.
    if (/:(List(?!TagsForResource)\w+|PutEvents)$/.test(action)) return ['*'];
    if (action === 'personalize:CreateEventTracker')
      return [string.parse(body.datasetGroupArn), arn('personalize', 'event-tracker/1')];
    return [string.parse(body.eventTrackerArn ?? body.resourceArn ?? body.datasetArn ?? body.datasetGroupArn)];
  },
};

/**
 * The requests that IAM evaluates for a call that was observed on the wire: one for each resource, and those of the actions that AWS requires
 * beside it.
 * @throws Error for a service whose calls are unknown here
 */
export function requestsOf({ action, body }: SentCall): IamRequest[] {
  const [service = ''] = action.split(':');
  const resources = RESOURCES[service];
  if (resources === undefined) throw new Error(`the resource of ${action} is unknown: add it to RESOURCES`);
  const tags = Object.fromEntries(tagSchema.parse(body.tags).map(({ tagKey, tagValue }) => [tagKey, tagValue]));
  const tagKeys = [...Object.keys(tags), ...z.array(string).default([]).parse(body.tagKeys)];
  const context = {
    ...(Object.keys(tags).length > 0 && { requestTags: tags }),
    ...(tagKeys.length > 0 && { tagKeys }),
    ...(body.ExternalId !== undefined && { keys: { 'sts:ExternalId': string.parse(body.ExternalId) } }),
  };
  const requests = resources(body, action).map((resource) => ({ action, resource, ...context }));
  const also = ALSO_CALLED[action];
  const tagged = arn('personalize', 'event-tracker/1');
  return also === undefined ? requests : [...requests, { action: also, resource: tagged, ...context }];
}
