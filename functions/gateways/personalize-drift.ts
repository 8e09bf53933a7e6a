import {
  DescribeEventTrackerCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import type { TrackerStatus } from '../tracker/decide.ts';
import { refusalOf } from './faults.ts';
import { OWNER_TAG } from './personalize.ts';

/** A tracker as an account-wide list tells it: neither its dataset group nor its tracking ID. */
export interface TrackerSummary {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
}

/** Personalize, as the drift check asks of it. Throws Throttled, AccessDenied and AnswerUnknown (faults.ts). */
export interface DriftGateway {
  /** Every tracker of the account and Region, 100 a call. */
  listAll(): Promise<TrackerSummary[]>;
  describe(eventTrackerArn: string): Promise<{ status: TrackerStatus; datasetGroupArn: string } | 'NOT_FOUND'>;
  /** Whether our tag is on it; nothing where it is not there any more (or not visible). */
  isTagged(eventTrackerArn: string, trackerId: string): Promise<boolean | undefined>;
  /** The ARNs of a group's trackers, by a list of its own. */
  listOfGroup(datasetGroupArn: string): Promise<string[]>;
}

export function createDriftGateway(client: PersonalizeClient): DriftGateway {
  /** @returns undefined where there is no such resource */
  async function find<Answer>(operation: string, call: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await call;
    } catch (error) {
      const refusal = refusalOf(operation, error);
      if (refusal.awsError === 'ResourceNotFoundException') return undefined;
      throw new Error(`${operation} was refused with ${refusal.awsError}: ${refusal.message}`);
    }
  }

  return {
    async listAll() {
      const all: TrackerSummary[] = [];
      let nextToken: string | undefined;
      do {
        const page = await find(
          'ListEventTrackers',
          client.send(new ListEventTrackersCommand({ maxResults: 100, nextToken })),
        );
        for (const { eventTrackerArn, status } of page?.eventTrackers ?? []) {
          if (eventTrackerArn !== undefined) all.push({ eventTrackerArn, status: status as TrackerStatus });
        }
        nextToken = page?.nextToken;
      } while (nextToken !== undefined);
      return all;
    },

    async listOfGroup(datasetGroupArn) {
      const page = await find(
        'ListEventTrackers',
        client.send(new ListEventTrackersCommand({ datasetGroupArn, maxResults: 100 })),
      );
      return (page?.eventTrackers ?? []).flatMap(({ eventTrackerArn }) => eventTrackerArn ?? []);
    },

    async describe(eventTrackerArn) {
      const found = await find(
        'DescribeEventTracker',
        client.send(new DescribeEventTrackerCommand({ eventTrackerArn })),
      );
      if (found?.eventTracker === undefined) return 'NOT_FOUND';
      const { status, datasetGroupArn = '' } = found.eventTracker;
      return { status: status as TrackerStatus, datasetGroupArn };
    },

    async isTagged(eventTrackerArn, trackerId) {
      const found = await find(
        'ListTagsForResource',
        client.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn })),
      );
      if (found === undefined) return undefined;
      return found.tags?.some(({ tagKey, tagValue }) => tagKey === OWNER_TAG && tagValue === trackerId) ?? false;
    },
  };
}
