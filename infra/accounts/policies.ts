import type { AccountSettings } from '../../functions/tracker/accounts.ts';
import { partitionOfRole } from '../../functions/tracker/accounts.ts';
import { ofThisDeployment, withOurTags, withoutAnotherDeployment, withoutTagsOfOurs } from '../aws/tag-conditions.ts';

/** The deployment that assumes the role, and its setting for the account. */
export interface Sharing {
  readonly accountId: string;
  readonly account: AccountSettings[string];
  /** The account of the deployment. */
  readonly homeAccountId: string;
  readonly stage: string;
  /** The settings of the deployment that need more permissions. */
  readonly events: boolean;
  readonly destroyAdopted: boolean;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: object;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/**
 * Lets the functions of this deployment assume the role, and nobody else. CloudFormation generates the names of their roles, but all
 * begin with the name of the stack.
 */
export function trustPolicy({ account, homeAccountId, stage }: Sharing): PolicyDocument {
  const partition = partitionOfRole(account.roleArn);
  return policy([
    {
      Sid: 'EventTrackers',
      Effect: 'Allow',
      Principal: { AWS: `arn:${partition}:iam::${homeAccountId}:root` },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'sts:ExternalId': account.externalId },
        ArnLike: { 'aws:PrincipalArn': `arn:${partition}:iam::${homeAccountId}:role/event-trackers-${stage}-*` },
      },
    },
  ]);
}

/** What the functions call in the account, in the allowed Regions only, with the conditions that hold for them at home. */
export function permissionPolicy({ accountId, account, stage, events, destroyAdopted }: Sharing): PolicyDocument {
  const { regions, roleArn } = account;
  const arns = (kind: string) =>
    regions.map((region) => `arn:${partitionOfRole(roleArn)}:personalize:${region}:${accountId}:${kind}/*`);
  const trackers = arns('event-tracker');
  const allow = (
    Sid: string,
    Action: readonly string[],
    Resource: readonly string[],
    Condition?: Statement['Condition'],
  ) => ({
    ...({ Sid, Effect: 'Allow', Action: Action.map((name) => `personalize:${name}`), Resource } as const),
    ...(Condition && { Condition }),
  });
  const inRegions = { StringEquals: { 'aws:RequestedRegion': regions } };
  return policy([
    allow(
      'ReadDatasetGroups',
      ['DescribeDatasetGroup', 'DescribeDataset'],
      [...arns('dataset-group'), ...arns('dataset')],
    ),
    allow('ReadTrackers', ['DescribeEventTracker', 'ListTagsForResource'], trackers),
    // These actions support no resource-level permissions.
    allow('List', ['ListDatasets', 'ListEventTrackers', ...(events ? ['PutEvents'] : [])], ['*'], inRegions),
    allow('Create', ['CreateEventTracker'], [...trackers, ...arns('dataset-group')], withOurTags(stage)),
    allow('Tag', ['TagResource'], trackers, { ...withOurTags(stage), ...withoutAnotherDeployment(stage) }),
    allow('ChangeTags', ['TagResource', 'UntagResource'], trackers, {
      ...withoutTagsOfOurs,
      ...withoutAnotherDeployment(stage),
    }),
    allow('Delete', ['DeleteEventTracker'], trackers, destroyAdopted ? undefined : ofThisDeployment(stage)),
  ]);
}

const policy = (Statement: readonly Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
