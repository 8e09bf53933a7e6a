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
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-personalize';
import { isBeingCreated, type SeenDatasetGroup } from '../tracker/dataset-group.ts';
import type { ObservedTracker } from '../tracker/observation.ts';
import { callerTags, ownershipOf, ownershipTags } from '../tracker/ownership.ts';
import type { EventTrackerRecord, Tag } from '../tracker/record.ts';
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

export type { Access } from '../tracker/accounts.ts';

/** A record or a request: its dataset group decides where Personalize is called. */
export type OfDatasetGroup = Pick<EventTrackerRecord, 'datasetGroupArn' | 'tenantId'>;

export type CreateResult =
  | { readonly kind: 'created'; readonly eventTrackerArn: string; readonly awsRequestId?: string }
  | Unaccepted;

/**
 * The calls to Personalize that the lifecycle needs. Every method except `create` throws ThrottledError, AccessDeniedError,
 * UnknownOutcomeError or, for a response that cannot be used, UnexpectedResponseError (aws-errors.ts). The client must not retry
 * (`maxAttempts: 1`): the state machine waits after a throttle.
 */
export interface PersonalizeGateway {
  /** The tracker as DescribeEventTracker reports it. Its tags are not read: the ARN is the recorded one. */
  describe(eventTrackerArn: string): Promise<ObservedTracker | 'NOT_FOUND'>;
  /** Every tracker of the group that counts for the limit of one per group, each with its description and tags. */
  list(datasetGroupArn: string, trackerId: string): Promise<ObservedTracker[]>;
  /** The group and its Interactions dataset. A refusal is returned, not thrown. */
  describeDatasetGroup(datasetGroupArn: string): Promise<SeenDatasetGroup>;
  /** One call, with the tags that name the owner. The tracking ID is not returned: it is unusable before ACTIVE, and `describe` has it then. */
  create(asked: {
    name: string;
    datasetGroupArn: string;
    tags: readonly Tag[];
    trackerId: string;
  }): Promise<CreateResult>;
  /** The callers' tags of a tracker, and the other deployment of this service that created it according to its tags, if one did. */
  readTags(
    eventTrackerArn: string,
    trackerId: string,
  ): Promise<{ readonly tags: readonly Tag[]; readonly anotherDeployment?: string } | 'NOT_FOUND'>;
  /** Adds tags or replaces their values. Repeating it changes nothing. */
  tag(eventTrackerArn: string, tags: readonly Tag[]): Promise<void>;
  /** Removes tags. Repeating it changes nothing. */
  untag(eventTrackerArn: string, tagKeys: readonly string[]): Promise<void>;
  /** Requests the deletion. GONE: the tracker does not exist; IN_USE: it cannot be deleted in its present state. */
  delete(eventTrackerArn: string): Promise<'ACCEPTED' | 'GONE' | 'IN_USE'>;
}

/** @param deployment the name of this deployment, which the tags of our trackers contain */
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
      if (owner.createdBy === 'THIS_DEPLOYMENT') return { tagged: 'OURS', tags };
      const anotherDeployment = owner.createdBy === 'ANOTHER_DEPLOYMENT' ? owner.deployment : undefined;
      return { tagged: 'NOT_OURS', tags, ...(anotherDeployment !== undefined && { anotherDeployment }) };
    } catch (error) {
      // Without the tags, a tracker must be treated neither as ours nor as somebody else's.
      if (error instanceof AccessDeniedError) return { tagged: 'UNREADABLE' };
      throw error;
    }
  }

  /**
   * The tracking IDs of the trackers that come with Action interactions datasets. The list contains these trackers too (AWS does not
   * document this), and they are no conflict.
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
      // Only its age would show who owns it. If the age never becomes known, the unreadable response fails the request at its deadline.
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
      // AWS does not document the spelling of the type in responses. A group has one dataset of each type.
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

    async readTags(resourceArn, trackerId) {
      const found = await callOrNotFound(
        'ListTagsForResource',
        client.send(new ListTagsForResourceCommand({ resourceArn })),
      );
      if (found === 'NOT_FOUND') return found;
      const tags = tagsOf(found);
      const owner = ownershipOf(tags, { trackerId, deployment });
      return {
        tags: callerTags(tags),
        ...(owner.createdBy === 'ANOTHER_DEPLOYMENT' && { anotherDeployment: owner.deployment }),
      };
    },

    async tag(resourceArn, tags) {
      const asked = await callPersonalize(
        'TagResource',
        client.send(new TagResourceCommand({ resourceArn, tags: [...tags] })),
      );
      if ('refusal' in asked) throw new UnexpectedResponseError('TagResource', asked.refusal);
    },

    async untag(resourceArn, tagKeys) {
      const asked = await callPersonalize(
        'UntagResource',
        client.send(new UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] })),
      );
      if ('refusal' in asked) throw new UnexpectedResponseError('UntagResource', asked.refusal);
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

/** Nothing has been created yet, and the caller can repeat the request: a refused preflight is reported immediately. */
function refusedPreflight(operation: string, refusal: AwsRefusal): SeenDatasetGroup {
  if (refusal.awsError === 'ResourceNotFoundException') return { kind: 'missing', ...refusal };
  if (refusal.awsError === 'InvalidNextTokenException') throw unexpectedResponse(operation, refusal);
  return { kind: 'refused', operation, ...refusal };
}
