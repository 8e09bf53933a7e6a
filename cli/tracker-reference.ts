import { type EventTracker, type EventTrackersClient, paginateListEventTrackers } from '../client/index.ts';
import { completedArn } from './arns.ts';
import type { Context } from './context.ts';
import type { OptionDefinition } from './definition.ts';
import { ParameterFailure, ServiceFailure, UsageFailure } from './failures.ts';
import type { Values } from './option-values.ts';
import type { Settings } from './settings.ts';

/** The options that identify an event tracker. A command requires exactly one of them. */
export const REFERENCE_OPTIONS: readonly OptionDefinition[] = [
  { flag: '--tracker-id', value: 'ID', help: 'The ID of the tracker, as create-event-tracker prints it.' },
  { flag: '--event-tracker-arn', value: 'ARN', help: 'Identifies the tracker by its ARN in Personalize.' },
  { flag: '--dataset-group-arn', value: 'ARN', help: 'Identifies the tracker by its dataset group.' },
];

export type Reference =
  | { readonly trackerId: string }
  | { readonly eventTrackerArn: string }
  | { readonly datasetGroupArn: string };

/** @throws UsageFailure unless exactly one is given; ParameterFailure for an invalid ID or ARN */
export function referenceOf(values: Values, settings: Settings): Reference {
  const given = REFERENCE_OPTIONS.filter(({ flag }) => values.has(flag));
  const [option] = given;
  const text = option && values.text(option.flag);
  if (option === undefined || text === undefined || given.length > 1) {
    throw new UsageFailure(
      `exactly one of the arguments ${REFERENCE_OPTIONS.map(({ flag }) => flag).join(', ')} is required`,
    );
  }
  if (option.flag === '--tracker-id') return { trackerId: checkedTrackerId(text) };
  const arn = completedArn(option.flag, text, settings);
  const kind = option.flag === '--dataset-group-arn' ? 'dataset-group' : 'event-tracker';
  if (!new RegExp(`^arn:[^:]+:personalize:[^:]+:[^:]+:${kind}/.+$`).test(arn)) {
    throw new ParameterFailure(
      `Invalid value for ${option.flag}: must be arn:PARTITION:personalize:REGION:ACCOUNT:${kind}/…`,
    );
  }
  return kind === 'dataset-group' ? { datasetGroupArn: arn } : { eventTrackerArn: arn };
}

/** @throws ParameterFailure */
function checkedTrackerId(text: string): string {
  if (/^et-[a-z2-7]{26}$/.test(text)) return text;
  throw new ParameterFailure(
    'Invalid value for --tracker-id: must be et- and 26 letters or digits; for an ARN, use --event-tracker-arn or ' +
      '--dataset-group-arn',
  );
}

/** The client, and the ID of the tracker that the options identify. @throws as referenceOf, trackerIdOf and Context.client */
export async function identified(context: Context, values: Values, operation: string) {
  const reference = referenceOf(values, context.settings);
  const client = context.client();
  return { client, trackerId: await trackerIdOf(reference, client, operation) };
}

/**
 * The ID of the tracker. The ARN of a dataset group also finds a deleted tracker; the ARN of a tracker only one that still has it.
 * @throws ServiceFailure NOT_FOUND if there is no such tracker, or the caller may not see it
 */
async function trackerIdOf(reference: Reference, client: EventTrackersClient, operation: string): Promise<string> {
  if ('trackerId' in reference) return reference.trackerId;
  const found = await find(reference, client);
  if (found !== undefined) return found.trackerId;
  const [arn = ''] = Object.values(reference);
  throw new ServiceFailure(
    `An error occurred (NOT_FOUND) when calling the ${operation} operation: You have no event tracker for ${arn}.`,
  );
}

async function find(
  reference: Exclude<Reference, { readonly trackerId: string }>,
  client: EventTrackersClient,
): Promise<EventTracker | undefined> {
  if ('datasetGroupArn' in reference) {
    // The list contains DELETED and RELEASED trackers only if their status is requested.
    for (const status of [undefined, 'DELETED', 'RELEASED'] as const) {
      const { eventTrackers } = await client.listEventTrackers({ ...reference, status });
      if (eventTrackers[0] !== undefined) return eventTrackers[0];
    }
    return undefined;
  }
  for await (const { eventTrackers } of paginateListEventTrackers({ client })) {
    const found = eventTrackers.find(({ eventTrackerArn }) => eventTrackerArn === reference.eventTrackerArn);
    if (found !== undefined) return found;
  }
  return undefined;
}
