/** What a request can wait for before a tracker can be created. */
export const DATASET_GROUP_PARTS = ['dataset-group', 'interactions-dataset'] as const;
export type DatasetGroupPart = (typeof DATASET_GROUP_PARTS)[number];

/** What a request waits for, reported as `progress.waitingFor`. A closed list: part of the API. Each text completes "waiting for". */
export const WAITING_FOR = {
  start: 'the execution to start',
  admission: 'its turn, because Personalize limits the rate of calls',
  preflight: 'the check of the dataset group',
  'dataset-group': 'the dataset group to become ACTIVE',
  'interactions-dataset': 'the Interactions dataset of the dataset group to become ACTIVE',
  creation: 'the event tracker to become ACTIVE',
  'tag-update': 'the event tracker to have the requested tags',
  deletion: 'an event tracker to be deleted',
  'eventual-consistency': 'Personalize to show the result of an earlier call',
  backoff: 'the time of the next create attempt',
  throttling: 'Personalize to stop throttling',
  'unknown-outcome': 'the retry of a call that Personalize did not answer',
  'iam-permission': 'a permission that the role of the service lacks',
  'readable-response': 'Personalize to stop returning an unexpected error or unknown status',
} as const;
export type WaitingFor = keyof typeof WAITING_FOR;
