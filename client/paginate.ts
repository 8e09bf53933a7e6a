import type { EventTrackersClient, ListEventTrackersInput } from './event-trackers-client.ts';

/** The same parameters as the paginators of the AWS SDK. */
export interface PaginationConfiguration {
  readonly client: Pick<EventTrackersClient, 'listEventTrackers'>;
  /** The maximum number of trackers per page: 1–100. */
  readonly pageSize?: number;
  /** The nextToken of an earlier page, to start after it. */
  readonly startingToken?: string;
  readonly abortSignal?: AbortSignal;
}

/** All pages of a list. A page can be short or empty although more pages follow. Rejects like listEventTrackers. */
export async function* paginateListEventTrackers(
  { client, pageSize, startingToken, abortSignal }: PaginationConfiguration,
  input: Omit<ListEventTrackersInput, 'nextToken' | 'maxResults'> = {},
): AsyncGenerator<Awaited<ReturnType<EventTrackersClient['listEventTrackers']>>, void, undefined> {
  let nextToken = startingToken;
  do {
    const page = await client.listEventTrackers({ ...input, maxResults: pageSize, nextToken }, { abortSignal });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
