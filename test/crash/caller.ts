import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Random } from './random.ts';
import type { AcceptedRequest, Group } from './story.ts';

/** What a caller knows about its tracker from the last definite response. */
interface Known {
  readonly trackerId: string;
  readonly desired: 'PRESENT' | 'ABSENT';
  readonly generation: number;
  readonly status: string;
  readonly name: string;
  /** The Idempotency-Key of the request that created this state, if it had one. */
  readonly key?: string;
}

export interface CallerOptions {
  readonly group: Group;
  /** Another tenant, which must not see or change anything here. */
  readonly otherTenant: string;
  readonly client: Client;
  readonly random: Random;
  /** Checked between two steps. */
  readonly isOver: () => boolean;
}

/** The longest pause between two steps, in milliseconds. */
const MAX_PAUSE_MS = 300;
/** The interval between reads while a caller waits for an outcome, in milliseconds, and the maximum number of reads. */
const POLL_INTERVAL_MS = 100;
const MAX_READS = 30;

/**
 * The caller of one dataset group. It requests a tracker, polls it, deletes it, requests it again, and sends duplicates. Sometimes it sends
 * a request and its opposite in parallel. It waits for each response before the next request, so it knows which generation the response
 * must show. Only the order of two opposite requests is up to the service.
 */
export async function call({ group, otherTenant, client, random, isOver }: CallerOptions): Promise<void> {
  const { datasetGroupArn, tenantId } = group;
  const own = { datasetGroupArn, tenantId };
  let known: Known | undefined;
  let names = 0;

  const learn = ({ answer, kind }: AcceptedRequest, key = known?.key) => {
    const resource = answer?.resource;
    if (resource === undefined) return;
    const { trackerId, generation, status, name } = resource;
    const desired = kind === 'GET' ? known?.desired : kind === 'DELETE' ? 'ABSENT' : 'PRESENT';
    if (desired !== undefined)
      known = { trackerId, generation, status, name, desired, ...(key !== undefined && { key }) };
  };

  /** Sends the same request one to four times in parallel. */
  const requestTogether = async (ask: Parameters<Client['ask']>[0]) => {
    const copies = random.chance(0.3) ? random.int(2, 4) : 1;
    const answers = await Promise.all(Array.from({ length: copies }, () => client.ask(ask)));
    for (const answer of answers) learn(answer, ask.key);
  };

  const create = async () => {
    names += 1;
    const name = `${datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1)}-${names}`;
    const expectedGeneration = (known?.generation ?? 0) + 1;
    await requestTogether({ ...own, kind: 'POST', name, key: name, expects: ['accepted'], expectedGeneration });
    // Delete while the creation is in flight: a create that takes effect late must not leave a tracker.
    if (known && random.chance(0.2)) await remove(known);
  };

  const poll = async ({ trackerId, generation }: Known) => {
    learn(await client.ask({ ...own, kind: 'GET', trackerId, expects: ['shown'], expectedGeneration: generation }));
  };

  const follow = async (tracker: Known) => {
    for (let polls = 0; polls < MAX_READS && !isOver(); polls++) {
      await poll(tracker);
      if (known && /^(ACTIVE|CREATE FAILED|DELETED)$/.test(known.status)) return;
      await pause(POLL_INTERVAL_MS);
    }
  };

  const remove = async ({ trackerId, generation, desired }: Known) => {
    const expectedGeneration = desired === 'PRESENT' ? generation + 1 : generation;
    await requestTogether({ ...own, kind: 'DELETE', trackerId, expects: ['accepted'], expectedGeneration });
  };

  const retry = async ({ trackerId }: Known) => {
    // If the retry fails again before its repeat arrives, the repeat is a second retry. So the caller cannot know the generation.
    learn(await client.ask({ ...own, kind: 'retry', trackerId, expects: ['accepted'] }));
  };

  /** Sends a request and its opposite in parallel. The last one wins; the generations in the responses show which one that was. */
  const contradict = async ({ trackerId, name }: Known) => {
    const answers = await Promise.all([
      client.ask({ ...own, kind: 'POST', name, expects: ['accepted'] }),
      client.ask({ ...own, kind: 'DELETE', trackerId, expects: ['accepted'] }),
    ]);
    const generationOf = ({ answer }: AcceptedRequest) => answer?.resource?.generation ?? 0;
    for (const answer of answers.sort((left, right) => generationOf(left) - generationOf(right))) learn(answer);
  };

  const requestInVain = async ({ trackerId, name, desired, status }: Known) => {
    const foreign = { datasetGroupArn, tenantId: otherTenant };
    const requests: Parameters<Client['ask']>[0][] = [
      { ...foreign, kind: 'GET', trackerId, expects: ['NOT_FOUND'] },
      { ...foreign, kind: 'DELETE', trackerId, expects: ['NOT_FOUND'] },
      { ...foreign, kind: 'POST', name: 'stolen', expects: ['DATASET_GROUP_NOT_ALLOWED'] },
    ];
    // Only an ACTIVE tracker conflicts. One that is still being created may have failed since the last read.
    if (desired === 'PRESENT' && status === 'ACTIVE') {
      requests.push({ ...own, kind: 'POST', name: `${name}-other`, expects: ['NAME_CONFLICT'] });
      requests.push({ ...own, kind: 'retry', trackerId, expects: ['NOT_FAILED'] });
    }
    await client.ask(random.pick(requests));
  };

  const step = (tracker: Known | undefined): Promise<void> => {
    if (tracker === undefined || (tracker.desired === 'ABSENT' && random.chance(0.4))) return create();
    if (tracker.status === 'CREATE FAILED' && tracker.desired === 'PRESENT' && random.chance(0.6))
      return retry(tracker);
    const draw = random.next();
    if (draw < 0.35) return follow(tracker);
    if (draw < 0.55) return poll(tracker);
    if (draw < 0.75) return remove(tracker);
    if (draw < 0.85) {
      const { generation: expectedGeneration, name, desired, key } = tracker;
      if (desired === 'ABSENT') return remove(tracker);
      if (key !== undefined)
        return requestTogether({ ...own, kind: 'POST', name, key, expects: ['accepted'], expectedGeneration });
      // If the tracker has failed since, this is a new attempt, so the generation is unknown.
      return client.ask({ ...own, kind: 'POST', name, expects: ['accepted'] }).then((answer) => learn(answer));
    }
    return draw < 0.9 ? contradict(tracker) : requestInVain(tracker);
  };

  while (!isOver()) {
    await step(known);
    await pause(random.int(0, MAX_PAUSE_MS));
  }
}
