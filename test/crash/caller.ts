import { setTimeout as pause } from 'node:timers/promises';
import type { Ask, Client } from './client.ts';
import { type AskedPatch, type Known, knownAfter } from './known.ts';
import type { Random } from './random.ts';
import type { AcceptedRequest, Desired, Group, Tag } from './story.ts';

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
 * The caller of one dataset group. It requests a tracker, polls it, changes its tags and context, deletes it, requests it again, and sends
 * duplicates. Sometimes it sends two contrary requests in parallel. It waits for each response before the next request, so it knows which
 * generation and which tags the response must show. Only the order of contrary requests is up to the service.
 */
export async function call({ group, otherTenant, client, random, isOver }: CallerOptions): Promise<void> {
  const { datasetGroupArn, tenantId, mayDenyTags = false } = group;
  const own = { datasetGroupArn, tenantId };
  const groupName = datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
  let known: Known | undefined;
  let counter = 0;

  const next = (): number => {
    counter += 1;
    return counter;
  };

  const learn = (request: AcceptedRequest, more?: Partial<Known>) => {
    known = knownAfter(known, request, more);
  };

  /** Sends the same request one to four times in parallel. */
  const requestTogether = async (ask: Ask, more?: Partial<Known>) => {
    const copies = random.chance(0.3) ? random.int(2, 4) : 1;
    const answers = await Promise.all(Array.from({ length: copies }, () => client.ask(ask)));
    for (const answer of answers) learn(answer, more);
  };

  /** Up to three tags. At least one has a value that no other request has. */
  const newTags = (): Tag[] => {
    const tagValue = `${groupName}-${next()}`;
    const keys = ['team', 'cost', 'stage'].filter(() => random.chance(0.4));
    return [...keys, `n-${random.int(1, 2)}`].map((tagKey) => ({ tagKey, tagValue }));
  };
  const newContext = (): Pick<Desired, 'clientContext'> =>
    random.chance(0.5) ? {} : { clientContext: `order-${next()}` };

  const create = async () => {
    const name = `${groupName}-${next()}`;
    const wanted: Desired = { tags: random.chance(0.5) ? [] : newTags(), ...newContext() };
    const created = { name, ...wanted, key: name };
    const ask: Ask = {
      ...own,
      ...created,
      kind: 'POST',
      expects: ['accepted'],
      expectedGeneration: (known?.generation ?? 0) + 1,
      expectedDesired: wanted,
    };
    await requestTogether(ask, { created, wanted });
    // Delete while the creation is in flight: a create that takes effect late must not leave a tracker.
    if (known && random.chance(0.2)) await remove(known);
  };

  const poll = async ({ trackerId, generation, desired, wanted }: Known) => {
    const expectedDesired = desired === 'PRESENT' ? wanted : undefined;
    learn(
      await client.ask({
        ...own,
        kind: 'GET',
        trackerId,
        expects: ['shown'],
        expectedGeneration: generation,
        expectedDesired,
      }),
    );
  };

  const follow = async (tracker: Known) => {
    for (let polls = 0; polls < MAX_READS && !isOver(); polls++) {
      await poll(tracker);
      if (known?.isSettled) return;
      await pause(POLL_INTERVAL_MS);
    }
  };

  const remove = async ({ trackerId, generation, desired }: Known) => {
    const expectedGeneration = desired === 'PRESENT' ? generation + 1 : generation;
    await requestTogether({ ...own, kind: 'DELETE', trackerId, expects: ['accepted'], expectedGeneration });
  };

  const retry = async ({ trackerId, wanted }: Known) => {
    // If the retry fails again before its repeat arrives, the repeat is a second retry. So the caller cannot know the generation.
    learn(await client.ask({ ...own, kind: 'retry', trackerId, expects: ['accepted'], expectedDesired: wanted }));
  };

  /** A PATCH of the tags, the context or both, and what is desired after it. If it names tags, they differ from the desired ones. */
  const newPatch = (
    wanted: Desired,
  ): { readonly patch: Pick<AskedPatch, 'tags' | 'clientContext'>; after: Desired } => {
    const some = wanted.tags.length > 0 && random.chance(0.1) ? [] : newTags();
    const tags = random.chance(0.8) ? some : undefined;
    const clientContext = random.chance(0.5) ? undefined : random.pick([null, `order-${next()}`]);
    const context = clientContext === undefined ? wanted.clientContext : (clientContext ?? undefined);
    return {
      patch: { ...(tags && { tags }), ...(clientContext !== undefined && { clientContext }) },
      after: { tags: tags ?? wanted.tags, ...(context !== undefined && { clientContext: context }) },
    };
  };

  const patch = async ({ trackerId, generation, wanted, etag }: Known) => {
    const { patch: changes, after } = newPatch(wanted);
    // Without a key, a repeat of a change that has failed starts it again.
    const isKeyed = mayDenyTags || random.chance(0.5);
    const asked: AskedPatch = {
      ...changes,
      ...(isKeyed && { key: `patch-${groupName}-${next()}` }),
      ...(isKeyed && etag !== undefined && random.chance(0.5) && { ifMatch: etag }),
    };
    await requestTogether(
      {
        ...own,
        ...asked,
        kind: 'PATCH',
        trackerId,
        expects: ['accepted'],
        expectedGeneration: changes.tags ? generation + 1 : generation,
        expectedDesired: after,
      },
      { wanted: after, ...(isKeyed && { lastPatch: asked }) },
    );
  };

  /** Before the outcome of a creation. It may be known meanwhile. An ACTIVE tracker stays ACTIVE, so a rejected repeat was never accepted. */
  const patchEarly = async ({ trackerId, generation, wanted }: Known) => {
    const tags = newTags();
    const after = { ...wanted, tags };
    const request = await client.ask({
      ...own,
      kind: 'PATCH',
      trackerId,
      tags,
      key: `early-${groupName}-${next()}`,
      expects: ['accepted', 'NOT_ACTIVE'],
      expectedGeneration: generation + 1,
      expectedDesired: after,
    });
    learn(request, { wanted: after });
  };

  /** Sends an earlier request with its key once more. It changes nothing, whatever has happened since. */
  const replay = async ({ trackerId, generation, desired, wanted, name, created, lastPatch }: Known) => {
    const { key } = created;
    const expected: Pick<Ask, 'isReplay' | 'expects' | 'expectedGeneration' | 'expectedDesired'> = {
      isReplay: true,
      expects: ['accepted'],
      expectedGeneration: generation,
      ...(desired === 'PRESENT' && { expectedDesired: wanted }),
    };
    const replayed: Ask[] = [];
    if (lastPatch) replayed.push({ ...own, ...lastPatch, ...expected, kind: 'PATCH', trackerId });
    if (key !== undefined) replayed.push({ ...own, ...created, ...expected, kind: 'POST' });
    // If the tracker has failed since, this is a new attempt, so the generation is unknown.
    else if (desired === 'PRESENT') {
      replayed.push({ ...own, name, ...wanted, expects: ['accepted'], expectedDesired: wanted, kind: 'POST' });
    }
    if (replayed.length > 0) await requestTogether(random.pick(replayed), { desired });
  };

  /** Sends two contrary requests in parallel. The last one wins; the generations in the responses show which one that was. */
  const contradict = async ({ trackerId, name, wanted, status, created }: Known) => {
    const deletion: Ask = { ...own, kind: 'DELETE', trackerId, expects: ['accepted'] };
    const again = { name, ...wanted };
    const hasSameTags = created.tags === wanted.tags && created.clientContext === wanted.clientContext;
    const creation = {
      ask: { ...own, ...again, kind: 'POST', expects: ['accepted'], expectedDesired: wanted } satisfies Ask,
      // If it creates the tracker again, the key of the earlier creation belongs to another request.
      more: { wanted, ...(!hasSameTags && { created: again }) },
    };
    const change = (expects: Ask['expects']) => {
      const tags = newTags();
      const after = { ...wanted, tags };
      return {
        ask: { ...own, kind: 'PATCH', trackerId, tags, expects, expectedDesired: after } satisfies Ask,
        more: { wanted: after },
      };
    };
    const pairs: { readonly ask: Ask; readonly more?: Partial<Known> }[][] = [[creation, { ask: deletion }]];
    if (status === 'ACTIVE') {
      pairs.push([change(['accepted', 'NOT_ACTIVE']), { ask: deletion }]);
      pairs.push([change(['accepted']), change(['accepted'])]);
    }
    const contrary = random.pick(pairs);
    const answers = await Promise.all(
      contrary.map(async ({ ask, more }) => ({ request: await client.ask(ask), more })),
    );
    const generationOf = ({ request: { answer } }: (typeof answers)[number]) => answer?.resource?.generation ?? 0;
    for (const { request, more } of answers.sort((left, right) => generationOf(left) - generationOf(right))) {
      learn(request, more);
    }
  };

  const requestInVain = async ({ trackerId, name, desired, status, isSettled, lastPatch }: Known) => {
    const foreign = { datasetGroupArn, tenantId: otherTenant };
    const refused = (kind: 'PATCH' | 'POST', reason: Ask['expects'][number], more: Partial<Ask>): Ask => ({
      ...own,
      kind,
      ...(kind === 'PATCH' && { trackerId }),
      expects: [reason],
      ...more,
    });
    const requests: Ask[] = [
      { ...foreign, kind: 'GET', trackerId, expects: ['NOT_FOUND'] },
      { ...foreign, kind: 'DELETE', trackerId, expects: ['NOT_FOUND'] },
      { ...foreign, kind: 'POST', name: 'stolen', expects: ['DATASET_GROUP_NOT_ALLOWED'] },
      { ...foreign, kind: 'PATCH', trackerId, tags: newTags(), expects: ['NOT_FOUND'] },
      refused('PATCH', 'INVALID_REQUEST', {
        tags: [...newTags(), { tagKey: 'event-trackers:tracker-id', tagValue: '' }],
      }),
    ];
    if (desired === 'ABSENT' || status === 'CREATE FAILED') {
      requests.push(refused('PATCH', 'NOT_ACTIVE', { tags: newTags() }));
    }
    if (lastPatch) {
      const { key } = lastPatch;
      requests.push(refused('PATCH', 'IDEMPOTENCY_KEY_REUSED', { tags: newTags(), key }));
    }
    // Only an ACTIVE tracker conflicts. One that is still being created may have failed since the last read.
    if (desired === 'PRESENT' && status === 'ACTIVE') {
      requests.push(refused('POST', 'NAME_CONFLICT', { name: `${name}-other` }));
      requests.push(refused('POST', 'TAGS_CONFLICT', { name, tags: newTags() }));
      requests.push(refused('PATCH', 'PRECONDITION_FAILED', { tags: newTags(), ifMatch: '"outdated"' }));
      // While its tags are being changed, a retry finds that change, which may be a retry, too.
      if (isSettled && !mayDenyTags) requests.push({ ...own, kind: 'retry', trackerId, expects: ['NOT_FAILED'] });
    }
    await client.ask(random.pick(requests));
  };

  const step = (tracker: Known | undefined): Promise<void> => {
    if (tracker === undefined || (tracker.desired === 'ABSENT' && random.chance(0.4))) return create();
    const { status, desired } = tracker;
    if ((status === 'CREATE FAILED' || tracker.hasUpdateFailed) && desired === 'PRESENT' && random.chance(0.6)) {
      return retry(tracker);
    }
    if (status === 'ACTIVE' && random.chance(0.35)) return patch(tracker);
    if (status.startsWith('CREATE') && status !== 'CREATE FAILED' && random.chance(0.1)) return patchEarly(tracker);
    const draw = random.next();
    if (draw < 0.35) return follow(tracker);
    if (draw < 0.5) return poll(tracker);
    if (draw < 0.62) return remove(tracker);
    if (draw < 0.78) return replay(tracker);
    return draw < 0.86 ? contradict(tracker) : requestInVain(tracker);
  };

  while (!isOver()) {
    await step(known);
    await pause(random.int(0, MAX_PAUSE_MS));
  }
}
