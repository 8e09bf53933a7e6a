import { type EventTrackersClient, type ListEventTrackersInput, paginateListEventTrackers } from '../client/index.ts';
import type { Context } from './context.ts';
import type { Input, OptionDefinition } from './definition.ts';
import { ServiceFailure } from './failures.ts';

export const TENANT_OPTION: OptionDefinition = {
  flag: '--tenant-id',
  value: 'TENANT',
  help: 'For platforms only: the tenant to act for. Requires a token with the scope platform, or --auth iam.',
};

/** The options that identify an event tracker. A command requires exactly one of them. */
export const REFERENCE_OPTIONS: readonly OptionDefinition[] = [
  { flag: '--tracker-id', value: 'ID', help: 'The ID of the tracker, as create-event-tracker prints it.' },
  { flag: '--event-tracker-arn', value: 'ARN', help: 'Identifies the tracker by its ARN in Personalize.' },
  { flag: '--dataset-group-arn', value: 'ARN', help: 'Identifies the tracker by its dataset group.' },
  { ...TENANT_OPTION, notWith: '--tracker-id' },
];

/**
 * A client, and the ID of the tracker that the input identifies. The ARN of a dataset group also finds a deleted tracker; the ARN of
 * a tracker finds only one that still has it.
 * @throws ServiceFailure NOT_FOUND if there is no such tracker, or the caller may not see it; and as Context.client
 */
export async function identified(
  context: Context,
  { trackerId, datasetGroupArn, eventTrackerArn, tenantId }: Input,
  operation: string,
): Promise<{ client: EventTrackersClient; trackerId: string }> {
  const client = context.client();
  if (typeof trackerId === 'string') return { client, trackerId };
  const tenant = typeof tenantId === 'string' ? { tenantId } : {};
  const found =
    typeof datasetGroupArn === 'string'
      ? await ofDatasetGroup(client, { datasetGroupArn, ...tenant })
      : await withArn(client, String(eventTrackerArn), tenant);
  if (found !== undefined) return { client, trackerId: found.trackerId };
  throw new ServiceFailure(
    `An error occurred (NOT_FOUND) when calling the ${operation} operation: You have no event tracker for ${datasetGroupArn ?? eventTrackerArn}.`,
  );
}

async function ofDatasetGroup(client: EventTrackersClient, query: ListEventTrackersInput) {
  // The list contains DELETED and RELEASED trackers only if their status is requested.
  for (const status of [undefined, 'DELETED', 'RELEASED'] as const) {
    const { eventTrackers } = await client.listEventTrackers({ ...query, status });
    if (eventTrackers[0] !== undefined) return eventTrackers[0];
  }
  return undefined;
}

async function withArn(client: EventTrackersClient, arn: string, query: ListEventTrackersInput) {
  for await (const { eventTrackers } of paginateListEventTrackers({ client }, query)) {
    const found = eventTrackers.find(({ eventTrackerArn }) => eventTrackerArn === arn);
    if (found !== undefined) return found;
  }
  return undefined;
}
