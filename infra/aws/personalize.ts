import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { grant } from './grants.ts';

/**
 * The ARNs for those actions of Personalize that support resource-level permissions, by its page of the Service Authorization Reference.
 * Lists and PutEvents do not.
 */
export const personalizeArn = (scope: Construct, resource: 'event-tracker' | 'dataset-group' | 'dataset'): string =>
  Stack.of(scope).formatArn({
    service: 'personalize',
    resource,
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

export const ANY_TRACKER = "Personalize assigns opaque ARNs to trackers: no prefix separates ours from others'.";
export const ANY_GROUP = "Requests name the groups. The API's own rule separates tenants before any call.";

/** To check that the group exists. */
export function grantDatasetGroup(fn: LambdaFunction): void {
  grant(fn, {
    actions: ['personalize:DescribeDatasetGroup'],
    resources: [personalizeArn(fn, 'dataset-group')],
    wildcard: ANY_GROUP,
  });
}

/** To check that the group is ready for a tracker. */
export function grantPreflight(fn: LambdaFunction): void {
  grantDatasetGroup(fn);
  grant(fn, {
    actions: ['personalize:ListDatasets'],
    resources: ['*'],
    wildcard: 'personalize:ListDatasets supports no resource-level permissions.',
  });
}

/** To read trackers and their tags. */
export function grantTrackers(fn: LambdaFunction): void {
  grant(fn, {
    actions: ['personalize:DescribeEventTracker', 'personalize:ListTagsForResource'],
    resources: [personalizeArn(fn, 'event-tracker')],
    wildcard: ANY_TRACKER,
  });
  grant(fn, {
    actions: ['personalize:ListEventTrackers'],
    resources: ['*'],
    wildcard: 'personalize:ListEventTrackers supports no resource-level permissions.',
  });
}

/** To observe the group, its trackers, and the tracker that an Action interactions dataset brings. */
export function grantObserve(fn: LambdaFunction): void {
  grantPreflight(fn);
  grantTrackers(fn);
  grant(fn, {
    actions: ['personalize:DescribeDataset'],
    resources: [personalizeArn(fn, 'dataset')],
    wildcard: 'Requests name the groups whose datasets are read.',
  });
}
