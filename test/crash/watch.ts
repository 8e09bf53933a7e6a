import { setTimeout as pause } from 'node:timers/promises';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { ThrottledError, UnknownOutcomeError } from '../../functions/gateways/aws-errors.ts';
import { createDriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { NotAnEventStream, watchEvents } from '../../infra/local/eventbridge/watch-client.ts';
import type { Host } from './host.ts';
import type { PublishedEvent, Reading } from './story.ts';

/** Credentials for the local endpoint, which does not check signatures. */
export const LOCAL_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/** The interval between readings of Personalize, in milliseconds. */
const POLL_INTERVAL_MS = 100;
/** The delay before a broken connection is retried, in milliseconds. */
const BEFORE_REPEAT_MS = 20;

/**
 * A subscriber. It reads each runtime's stream from the first event on, so it also notices an event that disappears.
 * @returns every distinct pair of counter and text, in the order of the first reading
 */
export async function subscribe(host: Host, isOver: () => boolean): Promise<PublishedEvent[]> {
  const received = new Map<string, PublishedEvent>();
  while (!isOver()) {
    const { awsUrl } = await host.running();
    await unlessBroken(async () => {
      const stream = await watchEvents(awsUrl, 0);
      const closing = setInterval(() => {
        if (isOver()) stream.close();
      }, POLL_INTERVAL_MS);
      try {
        for await (const { id, data } of stream.events) {
          const key = `${id} ${data}`;
          if (!received.has(key)) received.set(key, { counter: id, at: Date.now(), text: data });
        }
      } finally {
        clearInterval(closing);
      }
    });
    await pause(BEFORE_REPEAT_MS);
  }
  return [...received.values()];
}

/** Reads the stream from its first event to the currently last one. */
export async function readStream(awsUrl: string): Promise<{ counter: number; text: string }[]> {
  const stream = await watchEvents(awsUrl, 0);
  const events: { counter: number; text: string }[] = [];
  if (stream.last > 0) {
    for await (const { id, data } of stream.events) {
      events.push({ counter: id, text: data });
      if (id >= stream.last) break;
    }
  }
  stream.close();
  return events;
}

/** Reads all trackers in Personalize repeatedly. Lists do not contain dataset groups, so each tracker is described once. */
export async function watchTrackers(host: Host, isOver: () => boolean): Promise<Reading[]> {
  const readings: Reading[] = [];
  const groups = new Map<string, string>();
  while (!isOver()) {
    const { awsUrl } = await host.running();
    const client = new PersonalizeClient({ ...LOCAL_CLIENT, endpoint: awsUrl, maxAttempts: 1 });
    const personalize = createDriftGateway(client, 'local');
    await unlessBroken(async () => {
      while (!isOver()) {
        const at = Date.now();
        const listed = await personalize.listAll();
        for (const { eventTrackerArn } of listed) {
          if (groups.has(eventTrackerArn)) continue;
          const described = await personalize.describe(eventTrackerArn);
          if (described !== 'NOT_FOUND') groups.set(eventTrackerArn, described.datasetGroupArn);
        }
        const trackers = listed.flatMap(({ eventTrackerArn }) => {
          const datasetGroupArn = groups.get(eventTrackerArn);
          return datasetGroupArn === undefined ? [] : [{ eventTrackerArn, datasetGroupArn }];
        });
        readings.push({ at, trackers });
        await pause(POLL_INTERVAL_MS);
      }
    });
    client.destroy();
    await pause(BEFORE_REPEAT_MS);
  }
  return readings;
}

/** Continues after a call that a kill or an injected fault broke. */
async function unlessBroken(calls: () => Promise<void>): Promise<void> {
  try {
    await calls();
  } catch (error) {
    if (error instanceof UnknownOutcomeError || error instanceof ThrottledError) return;
    // On a busy machine it does not answer in time.
    if (error instanceof NotAnEventStream) return;
    const isSocketError = error instanceof Error && 'code' in error && /^(E[A-Z]+|UND_ERR_)/.test(String(error.code));
    if (!isSocketError) throw error;
  }
}
