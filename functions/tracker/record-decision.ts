import type { apply } from './apply.ts';
import type { Decision } from './decision.ts';
import type { EventTrackerRecord } from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import type { Owner, TransitionResult } from './transition.ts';

/**
 * The record with what was decided to be recorded; the same in Observe and in the model that explores it, which hands in an
 * `apply` of its own.
 * @returns nothing where the decision asks for an act instead
 */
export function recordDecision(
  write: typeof apply,
  record: EventTrackerRecord,
  decision: Decision,
  owner: Owner,
  settings: LifecycleSettings,
): TransitionResult | undefined {
  switch (decision.do) {
    case 'recordObserved':
      return write('recordObserved', record, { ...owner, ...decision.seen }, settings);
    case 'recordActive':
      return write('recordActive', record, { ...owner, ...decision }, settings);
    case 'recordFailing':
      return write('recordFailing', record, { ...owner, ...decision }, settings);
    case 'recordFailed':
      return write('recordFailed', record, { ...owner, ...decision }, settings);
    case 'recordGone':
      return write('recordGone', record, owner, settings);
    case 'recordUpdated':
      return write('recordUpdated', record, owner, settings);
    case 'recordUpdateFailed':
      return write('recordUpdateFailed', record, { ...owner, ...decision }, settings);
    default:
      return undefined;
  }
}
