import { isUnusable, type Observation } from '../../functions/tracker/observation.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { recordDecision } from '../../functions/tracker/record-decision.ts';
import { isRejected, type Owner } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import type { Action, Model } from './world.ts';

/** The record that Observe would save, and its next action. */
export interface Observed {
  readonly after: EventTrackerRecord;
  readonly action: Action;
  readonly waitMs: number;
  readonly broken?: string;
}

/**
 * Observe, between the observation and the save. It records decisions one after another until one requires an action; then it renews the
 * lease. functions/workflow/Observe.lambda.ts does the same around its calls; conformance.test.ts compares the two.
 */
export function observed(model: Model, before: EventTrackerRecord, observation: Observation, epoch: number): Observed {
  const { decide, apply, settings, leaseCoversWait } = model;
  const owner: Owner = { now: NOW, epoch, generation: before.generation };
  // Nobody waits, or the model would not get here.
  const passed = apply('passAdmission', before, owner, settings);
  let record = isRejected(passed) ? before : passed;
  for (let turn = 0; turn < 10; turn++) {
    const decision = decide(record, observation, NOW, settings);
    const applied = recordDecision(apply, record, decision, owner, settings);
    if (applied === undefined) {
      const waitMs = decision.do === 'WaitBeforeNextPoll' ? decision.waitMs : 0;
      const nextPollAt = leaseCoversWait ? NOW + waitMs : NOW;
      const deleting = decision.do === 'DeleteEventTracker';
      const unreadable = isUnusable(observation);
      const alive = apply('heartbeat', record, { ...owner, nextPollAt, deleting, unreadable }, settings);
      return { after: isRejected(alive) ? record : alive, action: decision.do as Action, waitMs };
    }
    if (isRejected(applied)) {
      const broken = `${decision.do} was decided but is rejected: ${applied.rejected}`;
      return { after: record, action: 'WaitBeforeNextPoll', waitMs: 0, broken };
    }
    record = applied;
  }
  return { after: record, action: 'WaitBeforeNextPoll', waitMs: 0, broken: 'Observe never stops recording' };
}
