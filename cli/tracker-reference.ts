import { type EventTracker, type EventTrackersClient, paginateListEventTrackers } from '../client/index.ts';
import { completedArn } from './arns.ts';
import type { OptionDefinition } from './definition.ts';
import { ParameterFailure, ServiceFailure, UsageFailure } from './failures.ts';
import type { Values } from './option-values.ts';
import type { Settings } from './settings.ts';

/** The options by which a command is told which event tracker: one of them. */
export const REFERENCE_OPTIONS: readonly OptionDefinition[] = [
  { flag: '--tracker-id', value: 'ID', help: "The tracker's id, as create-event-tracker prints it." },
  { flag: '--event-tracker-arn', value: 'ARN', help: "Personalize's ARN of the tracker, in place of its id." },
  { flag: '--dataset-group-arn', value: 'ARN', help: 'The ARN of its dataset group, in place of its id.' },
];

export type Reference =
  | { readonly trackerId: string }
  | { readonly eventTrackerArn: string }
  | { readonly datasetGroupArn: string };

/** @throws UsageFailure unless exactly one is given; ParameterFailure for what can be none */
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
export function checkedTrackerId(text: string): string {
  if (/^et-[a-z2-7]{26}$/.test(text)) return text;
  throw new ParameterFailure(
    "Invalid value for --tracker-id: must be an event tracker's id, et- and 26 letters or digits; for an ARN there are " +
      '--event-tracker-arn and --dataset-group-arn',
  );
}

/**
 * The id of the tracker. By a dataset group's ARN also one that is deleted is found; by its own only one that has it still.
 * @throws ServiceFailure NOT_FOUND where the caller has none of it
 */
export async function trackerIdOf(
  reference: Reference,
  client: EventTrackersClient,
  operation: string,
): Promise<string> {
  if ('trackerId' in reference) return reference.trackerId;
  const found = await find(reference, client);
  if (found !== undefined) return found.trackerId;
  const [arn = ''] = Object.values(reference);
  throw new ServiceFailure(
    `An error occurred (NOT_FOUND) when calling the ${operation} operation: there is no event tracker of yours for ${arn}`,
  );
}

async function find(
  reference: Exclude<Reference, { readonly trackerId: string }>,
  client: EventTrackersClient,
): Promise<EventTracker | undefined> {
  if ('datasetGroupArn' in reference) {
    // A list has what is gone only where it is asked for.
    for (const status of [undefined, 'DELETED', 'RELEASED'] as const) {
      const { eventTrackers } = await client.listEventTrackers({ ...reference, ...(status && { status }) });
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
