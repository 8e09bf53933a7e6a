import * as z from 'zod';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { Log } from '../log.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { apply } from '../tracker/apply.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRefused } from '../tracker/verb.ts';

export interface SweepTools {
  readonly store: TrackerStore;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  readonly log: Log;
}

/** What one sweep may take over: a burst of starts must not crowd out the requests' own. */
const MOST_A_SWEEP = 200;
/** What a sweep of everything may find. */
const EVERYTHING = 100_000;
const AT_ONCE = 10;

/** `everything`: also what is not due yet, where it is known that no execution lives (the local runtime, just started). */
const sweepInput = z.object({ everything: z.boolean().optional() });

export interface SweepResult {
  readonly found: number;
  readonly takenOver: number;
  readonly failed: number;
}

/**
 * Takes over what is due and nobody looks after: a new epoch, then an execution of that name. It has no detector of the
 * dead: an owner that lives finds itself fenced out. A record that fails is left to the next sweep, and stops no other.
 */
export async function sweep(tools: SweepTools, event: unknown): Promise<SweepResult> {
  const { everything = false } = sweepInput.parse(event ?? {});
  const now = tools.now();
  const dueBy = everything ? Number.MAX_SAFE_INTEGER : now;
  const trackerIds = await tools.store.listDue('urgent', dueBy, everything ? EVERYTHING : MOST_A_SWEEP);
  let takenOver = 0;
  let failed = 0;
  const queue = [...trackerIds];
  const work = async () => {
    for (let trackerId = queue.shift(); trackerId !== undefined; trackerId = queue.shift()) {
      try {
        if (await takeOver(tools, trackerId, now, dueBy)) takenOver++;
      } catch (error) {
        failed++;
        tools.log.error('the record could not be taken over', error, { trackerId });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  tools.log.info('sweep', { found: trackerIds.length, takenOver, failed });
  return { found: trackerIds.length, takenOver, failed };
}

/** The index said that it is due; the record, read consistently, decides. */
async function takeOver(
  { store, workflow, settings }: SweepTools,
  trackerId: string,
  now: number,
  dueBy: number,
): Promise<boolean> {
  const record = await store.read(trackerId);
  if (record === undefined) return false;
  const mine = apply('takeOver', record, { now, dueBy }, settings);
  if (isRefused(mine)) return false;
  const saved = await store.save(record, mine);
  if (saved === undefined) return false;
  await workflow.start(saved);
  return true;
}
