import { TRACKER_ID_TAG } from '../../functions/tracker/ownership.ts';
import { DEPLOYED } from './model.ts';
import type { Mutant } from './mutants.ts';
import type { Model } from './world.ts';

const TRACKER = { ask: 'tracker' } as const;
const DELETION = { ask: 'deletion' } as const;

/** Ownership by the tracker id alone. That id derives from the dataset group, so both deployments use the same one. */
const TAG_WITHOUT_DEPLOYMENT: Model = {
  ...DEPLOYED,
  ownershipOf: (tags, { trackerId }) => ({
    createdBy: tags.some(({ tagKey, tagValue }) => tagKey === TRACKER_ID_TAG && tagValue === trackerId)
      ? 'THIS_DEPLOYMENT'
      : 'NO_DEPLOYMENT',
  }),
};

export const DEPLOYMENT_MUTANTS: readonly Mutant[] = [
  {
    name: "tag without the deployment: a request mistakes the other deployment's tracker for its own",
    model: TAG_WITHOUT_DEPLOYMENT,
    scenario: { name: 'a tracker', requests: [TRACKER], faults: {}, anothers: true },
    breaks: /another deployment's tracker is reported ACTIVE as ours/,
  },
  {
    name: 'tag without the deployment: the drift check deletes it after a deletion, with no request at all',
    model: TAG_WITHOUT_DEPLOYMENT,
    scenario: {
      name: 'deleted, then the other deployment creates its own',
      requests: [TRACKER, DELETION],
      faults: { anotherDeployment: 1 },
      anotherOnlyWhileIdle: true,
      drift: true,
    },
    breaks: /another deployment's tracker is deleted/,
  },
  {
    name: 'tag without the deployment: the drift check deletes it after CREATE FAILED, with no request at all',
    model: TAG_WITHOUT_DEPLOYMENT,
    scenario: {
      name: 'failed, then the other deployment creates its own',
      requests: [TRACKER],
      faults: { anotherDeployment: 1, createFailed: 1 },
      anotherOnlyWhileIdle: true,
      drift: true,
    },
    breaks: /another deployment's tracker is deleted/,
  },
  {
    name: 'tag without the deployment: a cleanup mistakes it for a leftover of ours',
    model: TAG_WITHOUT_DEPLOYMENT,
    scenario: {
      name: 'deleted out of band, then the other deployment creates its own',
      requests: [TRACKER, DELETION],
      faults: { anotherDeployment: 1, deletedOutOfBand: 1 },
      anotherOnlyWhileIdle: true,
      drift: true,
    },
    breaks: /another deployment's tracker is deleted/,
  },
];
