import {
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import type { ReadTags } from '../tracker/drift.ts';
import type { TrackerStatus } from '../tracker/observation.ts';
import { callerTags, ownershipOf } from '../tracker/ownership.ts';
import { UnexpectedResponseError } from './aws-errors.ts';
import {
  allPages,
  callOrNotFound,
  callPersonalize,
  statusOf,
  tagsOf,
  unexpectedResponse,
} from './personalize-calls.ts';

/** A tracker in an account-wide list, which has neither its dataset group nor its tracking ID. */
export interface TrackerSummary {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
}

/** The calls to Personalize that the drift check needs. They throw the errors of aws-errors.ts. */
export interface DriftGateway {
  /** Every tracker of the account and Region, 100 a call. */
  listAll(): Promise<TrackerSummary[]>;
  describe(eventTrackerArn: string): Promise<{ status: TrackerStatus; datasetGroupArn: string } | 'NOT_FOUND'>;
  /** Its tags, and whether they name this deployment as its creator; undefined if the tracker is not found. */
  readTags(eventTrackerArn: string, trackerId: string): Promise<ReadTags | undefined>;
  /** The ARNs of the trackers of one group. */
  listOfGroup(datasetGroupArn: string): Promise<string[]>;
}

/** @param deployment the name of this deployment, which the tags of our trackers contain */
export function createDriftGateway(client: PersonalizeClient, deployment: string): DriftGateway {
  return {
    async listAll() {
      const pages = await callOrNotFound(
        'ListEventTrackers',
        allPages((nextToken) => client.send(new ListEventTrackersCommand({ maxResults: 100, nextToken }))),
      );
      if (pages === 'NOT_FOUND') throw new UnexpectedResponseError('ListEventTrackers', { answer: 'not found' });
      return pages.flatMap(({ eventTrackers = [] }) =>
        eventTrackers.flatMap(({ eventTrackerArn, status }) =>
          // An unknown status differs from every record, so the tracker is described.
          eventTrackerArn === undefined ? [] : [{ eventTrackerArn, status: status as TrackerStatus }],
        ),
      );
    },

    async listOfGroup(datasetGroupArn) {
      const listed = await callPersonalize(
        'ListEventTrackers',
        client.send(new ListEventTrackersCommand({ datasetGroupArn, maxResults: 100 })),
      );
      if ('answer' in listed) {
        return (listed.answer.eventTrackers ?? []).flatMap(({ eventTrackerArn }) => eventTrackerArn ?? []);
      }
      // A missing group has no trackers, whatever its list returns (AWS does not document this).
      if (listed.refusal.awsError === 'ResourceNotFoundException') return [];
      const group = await callOrNotFound(
        'DescribeDatasetGroup',
        client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })),
      );
      if (group === 'NOT_FOUND') return [];
      throw unexpectedResponse('ListEventTrackers', listed.refusal);
    },

    async describe(eventTrackerArn) {
      const found = await callOrNotFound(
        'DescribeEventTracker',
        client.send(new DescribeEventTrackerCommand({ eventTrackerArn })),
      );
      if (found === 'NOT_FOUND') return found;
      const { status, datasetGroupArn = '' } = found.eventTracker ?? {};
      return { status: statusOf('DescribeEventTracker', status, found.$metadata.requestId), datasetGroupArn };
    },

    async readTags(eventTrackerArn, trackerId) {
      const found = await callOrNotFound(
        'ListTagsForResource',
        client.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn })),
      );
      if (found === 'NOT_FOUND') return undefined;
      const tags = tagsOf(found);
      return {
        ours: ownershipOf(tags, { trackerId, deployment }).createdBy === 'THIS_DEPLOYMENT',
        tags: callerTags(tags),
      };
    },
  };
}
