import {
  CreateEventTrackerCommand,
  DeleteEventTrackerCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  type EventTrackerSummary,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { isBeingCreated, type SeenDatasetGroup } from '../tracker/dataset-group.ts';
import type { SeenTracker } from '../tracker/decide.ts';
import { ownershipOf, ownershipTags } from '../tracker/ownership.ts';
import type { Tag } from '../tracker/record.ts';
import { AccessDenied, type AnsweredError, AnswerUnknown, Throttled, UnusableAnswer } from './faults.ts';
import { ask, find, statusOf, tagsOf, unusable } from './personalize-calls.ts';

export type CreateAnswer =
  | { readonly kind: 'created'; readonly eventTrackerArn: string; readonly awsRequestId?: string }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'denied'; readonly awsRequestId?: string }
  | ({ readonly kind: 'refused' } & AnsweredError);

/**
 * Personalize, as the lifecycle asks of it. Every method but `create` throws Throttled, AccessDenied or AnswerUnknown, and for
 * an answer that nothing can be done with UnusableAnswer (see faults.ts); the client must not retry by itself (`maxAttempts:
 * 1`): a throttle is waited out by the state machine.
 */
export interface PersonalizeGateway {
  /** The tracker as describe tells it, or NOT_FOUND. Ownership is not looked at: the ARN is the recorded one. */
  describe(eventTrackerArn: string): Promise<SeenTracker | 'NOT_FOUND'>;
  /** Every tracker on the group that counts for the one-per-group rule, each described and its tags read. */
  list(datasetGroupArn: string, trackerId: string): Promise<SeenTracker[]>;
  /** The group and its Interactions dataset; a refusal is an answer here, and never thrown. */
  describeDatasetGroup(datasetGroupArn: string): Promise<SeenDatasetGroup>;
  /** One call, with the tags that name the owner; one answer. Its tracking ID is not returned: it must not be used before ACTIVE, and describe has it then. */
  create(asked: {
    name: string;
    datasetGroupArn: string;
    tags: readonly Tag[];
    trackerId: string;
  }): Promise<CreateAnswer>;
  /** Asks for the deletion. GONE: there is none; IN_USE: not in this state. */
  delete(eventTrackerArn: string): Promise<'ACCEPTED' | 'GONE' | 'IN_USE'>;
}

/** @param deployment the name of this deployment: trackers are created with it, and are ours by it */
export function createPersonalizeGateway(client: PersonalizeClient, deployment: string): PersonalizeGateway {
  const describe: PersonalizeGateway['describe'] = async (eventTrackerArn) => {
    const found = await find('DescribeEventTracker', client.send(new DescribeEventTrackerCommand({ eventTrackerArn })));
    if (found === 'NOT_FOUND') return found;
    const { eventTracker, $metadata } = found;
    return {
      eventTrackerArn,
      status: statusOf('DescribeEventTracker', eventTracker?.status, $metadata.requestId),
      trackingId: eventTracker?.trackingId,
      name: eventTracker?.name ?? '',
      creationDateTime: eventTracker?.creationDateTime?.getTime(),
      tagged: 'UNREADABLE',
    };
  };

  async function summaries(datasetGroupArn: string): Promise<EventTrackerSummary[]> {
    const all: EventTrackerSummary[] = [];
    let nextToken: string | undefined;
    do {
      const listed = await ask(
        'ListEventTrackers',
        client.send(new ListEventTrackersCommand({ datasetGroupArn, maxResults: 100, nextToken })),
      );
      if ('refusal' in listed) {
        const refused = unusable('ListEventTrackers', listed.refusal);
        if (refused instanceof AnswerUnknown) throw refused;
        // Unpublished what a list on a group that does not exist, or that is still being created, answers. Neither has
        // trackers: Personalize deletes the trackers first, and makes one only on a group that is ACTIVE.
        const group = await find(
          'DescribeDatasetGroup',
          client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })),
        );
        if (group === 'NOT_FOUND' || isBeingCreated(group.datasetGroup?.status ?? '')) return [];
        throw refused;
      }
      all.push(...(listed.answer.eventTrackers ?? []));
      nextToken = listed.answer.nextToken;
    } while (nextToken !== undefined);
    return all;
  }

  async function readTags(resourceArn: string, trackerId: string): Promise<Pick<SeenTracker, 'tagged' | 'tags'>> {
    try {
      const found = await find('ListTagsForResource', client.send(new ListTagsForResourceCommand({ resourceArn })));
      if (found === 'NOT_FOUND') return { tagged: 'NOT_VISIBLE' };
      const tags = tagsOf(found);
      const { whose } = ownershipOf(tags, { trackerId, deployment });
      return { tagged: whose === 'OURS' ? 'OURS' : 'NOT_OURS', tags };
    } catch (error) {
      // A role that may not read tags must not take a foreign tracker for its own, nor its own for a foreign one.
      if (error instanceof AccessDenied) return { tagged: 'UNREADABLE' };
      throw error;
    }
  }

  /**
   * The tracking IDs of the trackers that an Action interactions dataset brings with it. They stand in the list as well
   * (unpublished), and are nobody's conflict.
   */
  async function actionInteractionsTrackingIds(datasetGroupArn: string): Promise<Set<string>> {
    const ids = new Set<string>();
    const listed = await datasets(datasetGroupArn);
    if ('refusal' in listed) throw unusable('ListDatasets', listed.refusal);
    for (const dataset of listed.all) {
      if (!/^action[_-]?interactions$/i.test(dataset.datasetType ?? '')) continue;
      const found = await find(
        'DescribeDataset',
        client.send(new DescribeDatasetCommand({ datasetArn: dataset.datasetArn })),
      );
      const trackingId = found === 'NOT_FOUND' ? undefined : found.dataset?.trackingId;
      if (trackingId !== undefined) ids.add(trackingId);
    }
    return ids;
  }

  async function datasets(datasetGroupArn: string) {
    const all = [];
    let nextToken: string | undefined;
    do {
      const command = new ListDatasetsCommand({ datasetGroupArn, maxResults: 100, nextToken });
      const asked = await ask('ListDatasets', client.send(command));
      if ('refusal' in asked) return asked;
      all.push(...(asked.answer.datasets ?? []));
      nextToken = asked.answer.nextToken;
    } while (nextToken !== undefined);
    return { all };
  }

  return {
    describe,

    async list(datasetGroupArn, trackerId) {
      const seen: SeenTracker[] = [];
      for (const { eventTrackerArn = '', status, name = '', creationDateTime } of await summaries(datasetGroupArn)) {
        const read = await readTags(eventTrackerArn, trackerId);
        const described = await describe(eventTrackerArn);
        seen.push(
          described === 'NOT_FOUND'
            ? {
                eventTrackerArn,
                status: statusOf('ListEventTrackers', status),
                name,
                creationDateTime: creationDateTime?.getTime(),
                ...read,
                tagged: read.tagged === 'OURS' ? 'OURS' : 'NOT_VISIBLE',
              }
            : { ...described, creationDateTime: described.creationDateTime ?? creationDateTime?.getTime(), ...read },
        );
      }
      if (seen.every(({ tagged }) => tagged === 'OURS')) return seen;
      const brought = await actionInteractionsTrackingIds(datasetGroupArn);
      const counted = seen.filter(({ trackingId }) => trackingId === undefined || !brought.has(trackingId));
      // Its age would tell whose it is, and may never come to be known: an answer that can't be used has an end, which names it.
      const isAgeless = ({ tagged, creationDateTime }: SeenTracker) =>
        creationDateTime === undefined && (tagged === 'UNREADABLE' || tagged === 'NOT_VISIBLE');
      if (counted.some(isAgeless)) throw new UnusableAnswer('ListEventTrackers', { answer: 'no creation time' });
      return counted;
    },

    async describeDatasetGroup(datasetGroupArn) {
      const asked = await ask(
        'DescribeDatasetGroup',
        client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })),
      );
      if ('refusal' in asked) return refusedPreflight('DescribeDatasetGroup', asked.refusal);
      const { status, failureReason } = asked.answer.datasetGroup ?? {};
      if (status === undefined) throw new AnswerUnknown('DescribeDatasetGroup', 'no status');
      const group = { kind: 'found' as const, status, ...(failureReason && { failureReason }) };
      if (status !== 'ACTIVE') return group;
      const listed = await datasets(datasetGroupArn);
      if ('refusal' in listed) return refusedPreflight('ListDatasets', listed.refusal);
      // How the type is spelled in an answer is unpublished; a group has one dataset of each.
      const interactions = listed.all.find(({ datasetType }) => datasetType?.toLowerCase() === 'interactions');
      if (interactions === undefined) return group;
      if (interactions.status === undefined) throw new AnswerUnknown('ListDatasets', 'no status');
      return { ...group, interactionsStatus: interactions.status };
    },

    async create({ name, datasetGroupArn, tags, trackerId }) {
      try {
        const asked = await ask(
          'CreateEventTracker',
          client.send(
            new CreateEventTrackerCommand({
              name,
              datasetGroupArn,
              tags: [...tags, ...ownershipTags({ trackerId, deployment })],
            }),
          ),
        );
        if ('refusal' in asked) return { kind: 'refused', ...asked.refusal };
        const { eventTrackerArn, $metadata } = asked.answer;
        if (eventTrackerArn === undefined) return { kind: 'unknown' };
        return { kind: 'created', eventTrackerArn, ...($metadata.requestId && { awsRequestId: $metadata.requestId }) };
      } catch (error) {
        if (error instanceof Throttled) return { kind: 'throttled' };
        if (error instanceof AnswerUnknown) return { kind: 'unknown' };
        if (error instanceof AccessDenied) {
          return { kind: 'denied', ...(error.awsRequestId && { awsRequestId: error.awsRequestId }) };
        }
        throw error;
      }
    },

    async delete(eventTrackerArn) {
      const asked = await ask('DeleteEventTracker', client.send(new DeleteEventTrackerCommand({ eventTrackerArn })));
      if ('answer' in asked) return 'ACCEPTED';
      if (asked.refusal.awsError === 'ResourceNotFoundException') return 'GONE';
      if (asked.refusal.awsError === 'ResourceInUseException') return 'IN_USE';
      throw new UnusableAnswer('DeleteEventTracker', asked.refusal);
    },
  };
}

/** Nothing was made yet, and the caller can ask again: a refusal of the preflight is told at once. */
function refusedPreflight(operation: string, refusal: AnsweredError): SeenDatasetGroup {
  if (refusal.awsError === 'ResourceNotFoundException') return { kind: 'missing', ...refusal };
  if (refusal.awsError === 'InvalidNextTokenException') throw unusable(operation, refusal);
  return { kind: 'refused', operation, ...refusal };
}
