import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { grant } from './grants.ts';

/**
 * Which of Personalize's actions know a resource, and which: its page of the Service Authorization Reference. Lists and
 * PutEvents know none.
 */
export const personalizeArn = (scope: Construct, resource: 'event-tracker' | 'dataset-group' | 'dataset'): string =>
  Stack.of(scope).formatArn({
    service: 'personalize',
    resource,
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

export const ANY_TRACKER = "A tracker's ARN is opaque and made by Personalize: no prefix tells ours from others'.";
export const ANY_GROUP = "The requests name the groups. Tenants are kept apart by the API's own rule, before any call.";

/** Is there such a group? */
export function grantDatasetGroup(fn: LambdaFunction): void {
  grant(fn, {
    actions: ['personalize:DescribeDatasetGroup'],
    resources: [personalizeArn(fn, 'dataset-group')],
    wildcard: ANY_GROUP,
  });
}

/** Is the group ready for a tracker? */
export function grantPreflight(fn: LambdaFunction): void {
  grantDatasetGroup(fn);
  grant(fn, {
    actions: ['personalize:ListDatasets'],
    resources: ['*'],
    wildcard: 'personalize:ListDatasets knows no resource.',
  });
}

/** What trackers are there, and whose are they? */
export function grantTrackers(fn: LambdaFunction): void {
  grant(fn, {
    actions: ['personalize:DescribeEventTracker', 'personalize:ListTagsForResource'],
    resources: [personalizeArn(fn, 'event-tracker')],
    wildcard: ANY_TRACKER,
  });
  grant(fn, {
    actions: ['personalize:ListEventTrackers'],
    resources: ['*'],
    wildcard: 'personalize:ListEventTrackers knows no resource.',
  });
}

/** All that is asked before anything is done: the group, its trackers, and those that its datasets brought with them. */
export function grantObserve(fn: LambdaFunction): void {
  grantPreflight(fn);
  grantTrackers(fn);
  grant(fn, {
    actions: ['personalize:DescribeDataset'],
    resources: [personalizeArn(fn, 'dataset')],
    wildcard: 'The datasets of the groups that the requests name.',
  });
}
