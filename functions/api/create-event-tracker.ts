import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { type EventTrackerRecord, sameTags } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { claim, type Wish } from '../tracker/wishes.ts';

export interface RequestTools {
  readonly store: TrackerStore;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  /** Told when an accepted request could not be started: the sweep will. */
  readonly onStartFailed: (trackerId: string, error: unknown) => void;
}

/**
 * Accepts a wish for a tracker: the one conditional write claims the dataset group, whoever else asks at the same time.
 * After it nothing can undo the acceptance; a start that fails is the sweep's.
 * @returns the record that was claimed, or the one that is there and asks for the same
 * @throws RequestRefused NAME_CONFLICT or TAGS_CONFLICT when the group's tracker is another one
 */
export async function requestEventTracker(tools: RequestTools, wish: Wish): Promise<EventTrackerRecord> {
  const { store, settings, now } = tools;
  const claimed = claim(wish, now(), settings);
  if (await store.create(claimed)) {
    await start(tools, claimed);
    return claimed;
  }
  const existing = await store.read(wish.trackerId);
  if (existing === undefined) throw new Error(`The record ${wish.trackerId} refused a claim and is not there.`);
  // A group belongs to one tenant by its name; another tenant's record must not be shown, whatever led here.
  if (existing.tenantId !== wish.tenantId) throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
  // Our own write, its answer lost and the call repeated by the SDK: accepted, and not started yet.
  if (existing.keys.some(({ key }) => key === wish.key.key)) {
    await start(tools, existing);
    return existing;
  }
  if (existing.name !== wish.name) throw new RequestRefused({ reason: 'NAME_CONFLICT', existing });
  if (!sameTags(existing.tags, wish.tags)) throw new RequestRefused({ reason: 'TAGS_CONFLICT', existing });
  return existing;
}

async function start({ workflow, onStartFailed }: RequestTools, record: EventTrackerRecord): Promise<void> {
  try {
    await workflow.start(record);
  } catch (error) {
    onStartFailed(record.trackerId, error);
  }
}
