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
import type { ObservedTracker } from '../tracker/observation.ts';
import { ownershipOf, ownershipTags } from '../tracker/ownership.ts';
import type { Tag } from '../tracker/record.ts';
import {
  AccessDeniedError,
  type AwsRefusal,
  type Unaccepted,
  UnexpectedResponseError,
  UnknownOutcomeError,
  unacceptedBy,
} from './aws-errors.ts';
import {
  allPages,
  callOrNotFound,
  callPersonalize,
  statusOf,
  tagsOf,
  unexpectedResponse,
} from './personalize-calls.ts';

export type CreateResult =
  | { readonly kind: 'created'; readonly eventTrackerArn: string; readonly awsRequestId?: string }
  | Unaccepted;

/**
 * Personalize, as the lifecycle asks of it. Every method but `create` throws ThrottledError, AccessDeniedError or UnknownOutcomeError, and for
 * an answer that nothing can be done with UnexpectedResponseError (see aws-errors.ts); the client must not retry by itself (`maxAttempts:
 * 1`): a throttle is waited out by the state machine.
 */
export interface PersonalizeGateway {
  /** The tracker as describe reports it, or NOT_FOUND. Ownership is not checked: the ARN is the recorded one. */
  describe(eventTrackerArn: string): Promise<ObservedTracker | 'NOT_FOUND'>;
  /** Every tracker on the group that counts for the one-per-group rule, each described and its tags read. */
  list(datasetGroupArn: string, trackerId: string): Promise<ObservedTracker[]>;
  /** The group and its Interactions dataset; a refusal is an answer here, and never thrown. */
  describeDatasetGroup(datasetGroupArn: string): Promise<SeenDatasetGroup>;
  /** One call, with the tags that name the owner; one answer. Its tracking ID is not returned: it must not be used before ACTIVE, and describe has it then. */
  create(asked: {
    name: string;
    datasetGroupArn: string;
    tags: readonly Tag[];
    trackerId: string;
  }): Promise<CreateResult>;
  /** Asks for the deletion. GONE: there is none; IN_USE: not in this state. */
  delete(eventTrackerArn: string): Promise<'ACCEPTED' | 'GONE' | 'IN_USE'>;
}

/** @param deployment the name of this deployment: trackers are created with it, and are ours by it */
export function createPersonalizeGateway(client: PersonalizeClient, deployment: string): PersonalizeGateway {
  const describe: PersonalizeGateway['describe'] = async (eventTrackerArn) => {
    const found = await callOrNotFound(
      'DescribeEventTracker',
      client.send(new DescribeEventTrackerCommand({ eventTrackerArn })),
    );
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
    const listed = await callPersonalize(
      'ListEventTrackers',
      allPages((nextToken) =>
        client.send(new ListEventTrackersCommand({ datasetGroupArn, maxResults: 100, nextToken })),
      ),
    );
    if ('answer' in listed) return listed.answer.flatMap(({ eventTrackers = [] }) => eventTrackers);
    const refused = unexpectedResponse('ListEventTrackers', listed.refusal);
    if (refused instanceof UnknownOutcomeError) throw refused;
    // AWS does not document what a list returns for a group that does not exist or is being created. Such a group has no trackers:
    // Personalize deletes them before the group, and creates one only in an ACTIVE group.
    const group = await callOrNotFound(
      'DescribeDatasetGroup',
      client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })),
    );
    if (group === 'NOT_FOUND' || isBeingCreated(group.datasetGroup?.status ?? '')) return [];
    throw refused;
  }

  async function checkTags(
    resourceArn: string,
    trackerId: string,
  ): Promise<Pick<ObservedTracker, 'tagged' | 'tags' | 'anotherDeployment'>> {
    try {
      const found = await callOrNotFound(
        'ListTagsForResource',
        client.send(new ListTagsForResourceCommand({ resourceArn })),
      );
      if (found === 'NOT_FOUND') return { tagged: 'NOT_VISIBLE' };
      const tags = tagsOf(found);
      const owner = ownershipOf(tags, { trackerId, deployment });
      if (owner.whose === 'OURS') return { tagged: 'OURS', tags };
      const anotherDeployment = owner.whose === 'ANOTHER_DEPLOYMENTS' ? owner.deployment : undefined;
      return { tagged: 'NOT_OURS', tags, ...(anotherDeployment !== undefined && { anotherDeployment }) };
    } catch (error) {
      // A role that may not read tags must not take a foreign tracker for its own, nor its own for a foreign one.
      if (error instanceof AccessDeniedError) return { tagged: 'UNREADABLE' };
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
    if ('refusal' in listed) throw unexpectedResponse('ListDatasets', listed.refusal);
    for (const dataset of listed.all) {
      if (!/^action[_-]?interactions$/i.test(dataset.datasetType ?? '')) continue;
      const found = await callOrNotFound(
        'DescribeDataset',
        client.send(new DescribeDatasetCommand({ datasetArn: dataset.datasetArn })),
      );
      const trackingId = found === 'NOT_FOUND' ? undefined : found.dataset?.trackingId;
      if (trackingId !== undefined) ids.add(trackingId);
    }
    return ids;
  }

  async function datasets(datasetGroupArn: string) {
    const asked = await callPersonalize(
      'ListDatasets',
      allPages((nextToken) => client.send(new ListDatasetsCommand({ datasetGroupArn, maxResults: 100, nextToken }))),
    );
    return 'refusal' in asked ? asked : { all: asked.answer.flatMap((page) => page.datasets ?? []) };
  }

  return {
    describe,

    async list(datasetGroupArn, trackerId) {
      const seen: ObservedTracker[] = [];
      for (const { eventTrackerArn = '', status, name = '', creationDateTime } of await summaries(datasetGroupArn)) {
        const read = await checkTags(eventTrackerArn, trackerId);
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
      // Its age would decide who owns it, and may never become known: an unreadable response fails the request at its deadline.
      const isAgeless = ({ tagged, creationDateTime }: ObservedTracker) =>
        creationDateTime === undefined && (tagged === 'UNREADABLE' || tagged === 'NOT_VISIBLE');
      if (counted.some(isAgeless))
        throw new UnexpectedResponseError('ListEventTrackers', { answer: 'no creation time' });
      return counted;
    },

    async describeDatasetGroup(datasetGroupArn) {
      const asked = await callPersonalize(
        'DescribeDatasetGroup',
        client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })),
      );
      if ('refusal' in asked) return refusedPreflight('DescribeDatasetGroup', asked.refusal);
      const { status, failureReason } = asked.answer.datasetGroup ?? {};
      if (status === undefined) throw new UnknownOutcomeError('DescribeDatasetGroup', 'no status');
      const group = { kind: 'found' as const, status, ...(failureReason && { failureReason }) };
      if (status !== 'ACTIVE') return group;
      const listed = await datasets(datasetGroupArn);
      if ('refusal' in listed) return refusedPreflight('ListDatasets', listed.refusal);
      // How the type is spelled in an answer is unpublished; a group has one dataset of each.
      const interactions = listed.all.find(({ datasetType }) => datasetType?.toLowerCase() === 'interactions');
      if (interactions === undefined) return group;
      if (interactions.status === undefined) throw new UnknownOutcomeError('ListDatasets', 'no status');
      return { ...group, interactionsStatus: interactions.status };
    },

    async create({ name, datasetGroupArn, tags, trackerId }) {
      try {
        const { eventTrackerArn, $metadata } = await client.send(
          new CreateEventTrackerCommand({
            name,
            datasetGroupArn,
            tags: [...tags, ...ownershipTags({ trackerId, deployment })],
          }),
        );
        if (eventTrackerArn === undefined) return { kind: 'unknown' };
        return { kind: 'created', eventTrackerArn, ...($metadata.requestId && { awsRequestId: $metadata.requestId }) };
      } catch (error) {
        return unacceptedBy('CreateEventTracker', error);
      }
    },

    async delete(eventTrackerArn) {
      const asked = await callPersonalize(
        'DeleteEventTracker',
        client.send(new DeleteEventTrackerCommand({ eventTrackerArn })),
      );
      if ('answer' in asked) return 'ACCEPTED';
      if (asked.refusal.awsError === 'ResourceNotFoundException') return 'GONE';
      if (asked.refusal.awsError === 'ResourceInUseException') return 'IN_USE';
      throw new UnexpectedResponseError('DeleteEventTracker', asked.refusal);
    },
  };
}

/** Nothing was created yet, and the caller can repeat the request: a refusal of the preflight is reported immediately. */
function refusedPreflight(operation: string, refusal: AwsRefusal): SeenDatasetGroup {
  if (refusal.awsError === 'ResourceNotFoundException') return { kind: 'missing', ...refusal };
  if (refusal.awsError === 'InvalidNextTokenException') throw unexpectedResponse(operation, refusal);
  return { kind: 'refused', operation, ...refusal };
}
