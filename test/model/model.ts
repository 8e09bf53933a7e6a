import { apply } from '../../functions/tracker/apply.ts';
import { decidePreflight } from '../../functions/tracker/dataset-group.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { decideRecorded, decideTags, decideUnknownTracker } from '../../functions/tracker/drift.ts';
import { needsObservation } from '../../functions/tracker/observation.ts';
import { timeOfRetry, verdictOn } from '../../functions/tracker/operation.ts';
import { ownershipOf } from '../../functions/tracker/ownership.ts';
import { newestGeneration } from '../../functions/tracker/repeats.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import type { Model } from './world.ts';

/** The code as deployed. */
export const DEPLOYED: Model = {
  decide,
  apply,
  decidePreflight,
  needsObservation,
  decideRecorded,
  decideTags,
  decideUnknownTracker,
  ownershipOf,
  newestGeneration,
  verdictOn,
  timeOfRetry,
  retryBeforeOutcome: true,
  settings: AWS_SETTINGS,
  fence: true,
  nowBeforeObservation: true,
  createInOneTask: true,
  createInFlightCovers: true,
  keysChecked: true,
  sweepStartsGovernor: true,
  leaseCoversWait: true,
};
