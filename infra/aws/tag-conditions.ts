import { DEPLOYMENT_TAG, RESERVED_TAG_PREFIX, TRACKER_ID_TAG } from '../../functions/tracker/ownership.ts';

/** Conditions on the tags that mark a tracker as a deployment's, for the statements of policies. */

/** The call sets the tags that mark a tracker as this deployment's. */
export const withOurTags = (stage: string) => ({
  StringEquals: { [`aws:RequestTag/${DEPLOYMENT_TAG}`]: stage },
  Null: { [`aws:RequestTag/${TRACKER_ID_TAG}`]: 'false' },
});

/** The tracker is not one of another deployment. */
export const withoutAnotherDeployment = (stage: string) => ({
  StringEqualsIfExists: { [`aws:ResourceTag/${DEPLOYMENT_TAG}`]: stage },
});

/** The tracker is this deployment's. */
export const ofThisDeployment = (stage: string) => ({
  StringEquals: { [`aws:ResourceTag/${DEPLOYMENT_TAG}`]: stage },
});

/** The call names no tag of this service. */
export const withoutTagsOfOurs = { 'ForAllValues:StringNotLike': { 'aws:TagKeys': `${RESERVED_TAG_PREFIX}*` } };
