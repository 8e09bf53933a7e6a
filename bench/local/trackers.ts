import { join } from 'node:path';
import pLimit from 'p-limit';
import { watchEvents } from '../../infra/local/eventbridge/watch-client.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import type { Answer, HttpClient } from './http.ts';
import type { LocalRuntime } from './runtime.ts';
import { callAws, succeeded, TABLE_NAME } from './wire.ts';

const ACCOUNT = 'arn:aws:personalize:us-east-1:123456789012';
const TENANT = 'acme';
const PAGE = 100;

/** A caller of the tenant that has all trackers. */
export interface Caller {
  /** Requests a tracker on a dataset group, whatever the answer. */
  request(group: string): Promise<Answer>;
  /** The first page of the tenant's list. */
  list(): Promise<Answer>;
  /** How many trackers of the tenant are ACTIVE, by reading its whole list. */
  countActive(): Promise<number>;
}

/** Names of dataset groups that the tenant may use. */
export const groupNames = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${TENANT}-${prefix}-${index}`);

export async function createCaller(http: HttpClient, { apiUrl, data }: LocalRuntime): Promise<Caller> {
  const grant = { tenant: TENANT, scopes: ['read', 'write'], expiresInSeconds: 36_000 };
  const authorization = `Bearer ${await mintToken(join(data, 'identity'), grant)}`;
  const url = `${apiUrl}/event-trackers`;
  return {
    request(group) {
      const body = JSON.stringify({ name: 'shop', datasetGroupArn: groupArn(group) });
      return http.send('POST', url, { authorization, 'content-type': 'application/json' }, body);
    },
    list: async () => succeeded(await http.send('GET', `${url}?maxResults=${PAGE}`, { authorization })),
    async countActive() {
      let count = 0;
      for (let token: string | undefined = ''; token !== undefined; ) {
        const from = token === '' ? '' : `&nextToken=${encodeURIComponent(token)}`;
        const { body } = succeeded(await http.send('GET', `${url}?maxResults=${PAGE}${from}`, { authorization }));
        const page: { eventTrackers: { status: string }[]; nextToken?: string } = JSON.parse(body);
        count += page.eventTrackers.filter(({ status }) => status === 'ACTIVE').length;
        token = page.nextToken;
      }
      return count;
    },
  };
}

const groupArn = (name: string): string => `${ACCOUNT}:dataset-group/${name}`;

/** Creates dataset groups with an Interactions dataset. From now on, Personalize takes no time. */
export async function createGroups(
  http: HttpClient,
  { awsUrl }: LocalRuntime,
  names: readonly string[],
): Promise<void> {
  const none = { createPendingMs: 0, createInProgressMs: 0, datasetGroupMs: 0, datasetMs: 0 };
  const json = { 'content-type': 'application/json' };
  succeeded(await http.send('PUT', `${awsUrl}/_simulator/timing`, json, JSON.stringify(none)));
  const schemaArn = `${ACCOUNT}:schema/acme-shop-interactions`;
  await pLimit(8).map(names, async (name) => {
    await callAws(http, awsUrl, 'AmazonPersonalize.CreateDatasetGroup', { name });
    const dataset = { name, datasetType: 'Interactions', datasetGroupArn: groupArn(name), schemaArn };
    await callAws(http, awsUrl, 'AmazonPersonalize.CreateDataset', dataset);
  });
}

/** The item of one tracker, as the runtime stores it. */
export async function anyItem(http: HttpClient, { awsUrl }: LocalRuntime): Promise<Record<string, unknown>> {
  const scan = { TableName: TABLE_NAME, Limit: 1 };
  const { body } = await callAws(http, awsUrl, 'DynamoDB_20120810.Scan', scan);
  return JSON.parse(body).Items[0];
}

/** Follows the events of trackers that became ACTIVE, from the first on. */
export async function followActive({ awsUrl }: LocalRuntime) {
  const stream = await watchEvents(awsUrl, 0);
  const active = new Set<string>();
  let wanted: { readonly count: number; readonly reached: () => void } | undefined;
  const check = () => {
    if (wanted !== undefined && active.size >= wanted.count) wanted.reached();
  };
  const following = (async () => {
    for await (const { data } of stream.events) {
      const { detail } = JSON.parse(data);
      if (detail.data?.status === 'ACTIVE') active.add(detail.data.trackerId);
      check();
    }
    throw new Error('The runtime has ended the stream of its events.');
  })();
  // Also while nothing is awaited: the runtime is killed, or this stream is closed.
  following.catch(() => {});
  return {
    /** Waits until as many trackers are, or have been, ACTIVE. @throws Error if the stream ends before */
    async until(count: number): Promise<void> {
      const reached = new Promise<void>((resolve) => {
        wanted = { count, reached: resolve };
      });
      check();
      await Promise.race([reached, following]);
    },
    close: stream.close,
  };
}
