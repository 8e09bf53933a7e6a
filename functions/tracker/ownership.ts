import type { Tag } from './record.ts';

/**
 * Ownership of event trackers. A dataset group has the same tracker id in every deployment, so a tracker is ours only if its tags
 * contain both the tracker id and the deployment. Two deployments in one account and Region never own each other's trackers.
 */

/** Tag keys that begin with this, in upper or lower case, are reserved: no request may set one. */
export const RESERVED_TAG_PREFIX = 'event-trackers:';
/** IAM ignores the case of tag keys in conditions, so a policy would accept `Event-Trackers:…` as a tag of ours. */
export const isReservedTagKey = (key: string): boolean => key.toLowerCase().startsWith(RESERVED_TAG_PREFIX);
/** Its value is the tracker's id (identity.ts). */
export const TRACKER_ID_TAG = `${RESERVED_TAG_PREFIX}tracker-id`;
/** Its value is the name of the deployment that created the tracker: the stage, `local` on a laptop. */
export const DEPLOYMENT_TAG = `${RESERVED_TAG_PREFIX}deployment`;

/** The maximum number of tags per resource in Personalize. */
const MAX_TAGS = 50;
/** The number of tags that callers may set. */
export const MAX_CALLER_TAGS = MAX_TAGS - 2;

/** One deployment, and its tracker of one dataset group. */
export interface Owner {
  readonly trackerId: string;
  readonly deployment: string;
}

/** The tags that mark a tracker as the owner's, set in the call that creates it. */
export const ownershipTags = ({ trackerId, deployment }: Owner): Tag[] => [
  { tagKey: TRACKER_ID_TAG, tagValue: trackerId },
  { tagKey: DEPLOYMENT_TAG, tagValue: deployment },
];

/** NO_DEPLOYMENT: according to its tags, no deployment created the tracker for this group. */
export type Ownership =
  | { readonly createdBy: 'THIS_DEPLOYMENT' }
  | { readonly createdBy: 'ANOTHER_DEPLOYMENT'; readonly deployment: string }
  | { readonly createdBy: 'NO_DEPLOYMENT' };

/** @param tags all tags of the tracker */
export function ownershipOf(tags: readonly Tag[], { trackerId, deployment }: Owner): Ownership {
  const creator = creatorOf(tags);
  if (creator !== undefined && creator !== deployment) return { createdBy: 'ANOTHER_DEPLOYMENT', deployment: creator };
  const isOurs = creator === deployment && tagValueOf(tags, TRACKER_ID_TAG) === trackerId;
  return { createdBy: isOurs ? 'THIS_DEPLOYMENT' : 'NO_DEPLOYMENT' };
}

/** The deployment that created the tracker, according to its tags. */
const creatorOf = (tags: readonly Tag[]): string | undefined => tagValueOf(tags, DEPLOYMENT_TAG) || undefined;

/** The tags of a tracker without the reserved ones of this service and of AWS (`aws:`). */
export const callerTags = (tags: readonly Tag[]): Tag[] =>
  tags.filter(({ tagKey }) => !isReservedTagKey(tagKey) && !/^aws:/i.test(tagKey));

const tagValueOf = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find(({ tagKey }) => tagKey === key)?.tagValue;
