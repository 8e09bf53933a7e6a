import type { EventTrackersClient, ListEventTrackersInput } from './event-trackers-client.ts';

/** As the AWS SDK's paginators take it. */
export interface PaginationConfiguration {
  readonly client: Pick<EventTrackersClient, 'listEventTrackers'>;
  /** How many a page holds at most: 1–100. */
  readonly pageSize?: number;
  /** Where to go on: the nextToken of a page. */
  readonly startingToken?: string;
  readonly abortSignal?: AbortSignal;
}

/** Every page of a list; a page may hold few or none while there is more. Rejects as listEventTrackers does. */
export async function* paginateListEventTrackers(
  { client, pageSize, startingToken, abortSignal }: PaginationConfiguration,
  input: Omit<ListEventTrackersInput, 'nextToken' | 'maxResults'> = {},
): AsyncGenerator<Awaited<ReturnType<EventTrackersClient['listEventTrackers']>>, void, undefined> {
  let nextToken = startingToken;
  do {
    const query = {
      ...input,
      ...(pageSize !== undefined && { maxResults: pageSize }),
      ...(nextToken !== undefined && { nextToken }),
    };
    const page = await client.listEventTrackers(query, { ...(abortSignal !== undefined && { abortSignal }) });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
