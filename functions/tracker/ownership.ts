import type { Tag } from './record.ts';

/**
 * Whose an event tracker is. A dataset group's tracker id is the same in every deployment, so a tracker is ours only where its
 * tags name both: the tracker id and the deployment. Two deployments in one account and Region then never own each other's.
 */

/** Tag keys that begin with it, in any case, are this service's own: no request may set one. */
export const RESERVED_TAG_PREFIX = 'event-trackers:';
/** IAM compares the tag keys of its conditions without regard to case, so a policy would take `Event-Trackers:…` for a tag of ours. */
export const isReservedTagKey = (key: string): boolean => key.toLowerCase().startsWith(RESERVED_TAG_PREFIX);
/** Its value is the tracker's id (identity.ts). */
export const TRACKER_ID_TAG = `${RESERVED_TAG_PREFIX}tracker-id`;
/** Its value is the name of the deployment that created the tracker: the stage, `local` on a laptop. */
export const DEPLOYMENT_TAG = `${RESERVED_TAG_PREFIX}deployment`;

/** Tag keys that Personalize holds per resource. */
const MAX_TAGS = 50;
/** What our own two tags leave for callers. */
export const MAX_CALLER_TAGS = MAX_TAGS - 2;

/** One deployment, and its tracker of one dataset group. */
export interface Owner {
  readonly trackerId: string;
  readonly deployment: string;
}

/** The tags by which a tracker is known as the owner's, set in the call that creates it. */
export const ownershipTags = ({ trackerId, deployment }: Owner): Tag[] => [
  { tagKey: TRACKER_ID_TAG, tagValue: trackerId },
  { tagKey: DEPLOYMENT_TAG, tagValue: deployment },
];

/** ANOTHER_DEPLOYMENTS: its tag names it. NOBODYS: no deployment created it for this group, as far as its tags say. */
export type Ownership =
  | { readonly whose: 'OURS' }
  | { readonly whose: 'ANOTHER_DEPLOYMENTS'; readonly deployment: string }
  | { readonly whose: 'NOBODYS' };

/** @param tags all tags of the tracker */
export function ownershipOf(tags: readonly Tag[], { trackerId, deployment }: Owner): Ownership {
  const creator = creatorOf(tags);
  if (creator !== undefined && creator !== deployment) return { whose: 'ANOTHER_DEPLOYMENTS', deployment: creator };
  const isOurs = creator === deployment && tagValueOf(tags, TRACKER_ID_TAG) === trackerId;
  return { whose: isOurs ? 'OURS' : 'NOBODYS' };
}

/** The deployment that a tracker's tags name as its creator. */
const creatorOf = (tags: readonly Tag[]): string | undefined => tagValueOf(tags, DEPLOYMENT_TAG) || undefined;

/** A tracker's tags without those that no request may set: this service's own, and AWS's (`aws:`). */
export const callerTags = (tags: readonly Tag[]): Tag[] =>
  tags.filter(({ tagKey }) => !isReservedTagKey(tagKey) && !/^aws:/i.test(tagKey));

const tagValueOf = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find(({ tagKey }) => tagKey === key)?.tagValue;
