import { beforeEach, describe, expect, test } from 'vitest';
import { resourceOf } from '../../../functions/api/resource.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, TAGS, World } from '../../world/world.ts';

const tag = (tagKey: string, tagValue: string) => ({ tagKey, tagValue });
const SEARCH = [tag('team', 'search'), tag('cost', '42')];
const OTHER = [tag('owner', 'x')];

let world: World;
beforeEach(async () => {
  world = new World();
  await world.ask({ clientContext: 'first' });
  await world.run();
});

const resource = () => resourceOf(world.record, world.settings);
const arn = () => world.record.eventTrackerArn ?? '';
const tagsInPersonalize = () => {
  const reply = world.personalize.core.call('ListTagsForResource', { resourceArn: arn() });
  if (reply.kind !== 'output') throw new Error(JSON.stringify(reply));
  return reply.output.tags;
};
const callersTags = () => tagsInPersonalize().filter(({ tagKey }) => !tagKey.startsWith('event-trackers:'));
const retag = (tags: object[], tagKeys: string[] = []) => {
  if (tags.length > 0) world.personalize.core.call('TagResource', { resourceArn: arn(), tags });
  if (tagKeys.length > 0) world.personalize.core.call('UntagResource', { resourceArn: arn(), tagKeys });
};
const fault = (operation: 'TagResource' | 'UntagResource' | 'ListTagsForResource', rest: object) =>
  world.personalize.core.addFault({ operation, datasetGroupArn: GROUP, times: 1, ...rest } as never);
const events = () =>
  world.received.map(({ data }) => {
    const { status, outcome, drift } = data as { status: string; outcome?: string; drift?: string };
    return outcome ?? drift ?? status;
  });
/** Until the record is idle, as the sweeper would. */
const settle = async () => {
  await world.run();
  await world.sweepUntilIdle();
  expect(isIdle(world.record)).toBe(true);
};
const AN_HOUR = 3_600_000;
const refused = (reason: string) => ({ refused: { reason } });

describe('a change of tags', () => {
  test('keeps the tracker ACTIVE with its tracking ID, and shows what is pending', async () => {
    const { trackingId } = resource();
    await world.patch({ tags: SEARCH });
    expect(resource()).toMatchObject({
      status: 'ACTIVE',
      generation: 2,
      trackingId,
      tags: TAGS,
      desiredTags: SEARCH,
      progress: { waitingFor: 'start', attempt: 0 },
    });
    await world.run();
    expect(resource()).toMatchObject({ status: 'ACTIVE', trackingId, tags: SEARCH, clientContext: 'first' });
    for (const absent of ['progress', 'desiredTags', 'updateFailure']) expect(resource()).not.toHaveProperty(absent);
    expect(callersTags()).toEqual(SEARCH);
    expect(tagsInPersonalize()).toHaveLength(4);
    expect(events()).toEqual(['ACTIVE', 'UPDATED']);
    expect(world.received[1]?.metadata).toMatchObject({ sequence: 2, correlationId: 'request-2' });
    expect(world.measured.filter(({ Updated, UpdateFailed }) => Updated ?? UpdateFailed)).toEqual([{ Updated: 1 }]);
    expect(world.record.history.map(({ cause }) => cause).slice(-2)).toEqual(['UPDATE_REQUESTED', 'UPDATED']);
  });

  test('removes tags before it adds some, so that there are never more than before and after', async () => {
    const many = Array.from({ length: 48 }, (_, index) => tag(`old-${index}`, 'x'));
    await world.patch({ tags: many });
    await world.run();
    await world.patch({ tags: many.map(({ tagKey }) => tag(tagKey.replace('old', 'new'), 'y')) });
    await world.run();
    expect(
      callersTags()
        .map(({ tagKey }) => tagKey)
        .every((key) => key.startsWith('new-')),
    ).toBe(true);
    expect(tagsInPersonalize()).toHaveLength(50);
    expect(events()).toEqual(['ACTIVE', 'UPDATED', 'UPDATED']);
  });

  test('an empty list removes the callers’ tags and no other', async () => {
    await world.patch({ tags: [] });
    await world.run();
    expect(resource().tags).toEqual([]);
    expect(tagsInPersonalize().map(({ tagKey }) => tagKey)).toEqual([
      'event-trackers:tracker-id',
      'event-trackers:deployment',
    ]);
    expect(world.calls('TagResource')).toEqual([]);
  });

  test('there and back: a read that still shows the first tags does not make the second change one of nothing', async () => {
    await world.patch({ tags: SEARCH });
    await world.run();
    world.personalize.core.clearCalls();
    await world.patch({ tags: TAGS });
    await world.run();
    expect(callersTags()).toEqual(TAGS);
    expect(world.calls('TagResource')).toHaveLength(1);
    expect(world.calls('UntagResource')).toHaveLength(1);
  });

  test('a second change replaces one whose execution has not started; one outcome is published', async () => {
    await world.patch({ tags: SEARCH });
    await world.patch({ tags: OTHER });
    await world.run();
    expect(callersTags()).toEqual(OTHER);
    expect(world.record).toMatchObject({ generation: 3, observedGeneration: 3 });
    expect(events()).toEqual(['ACTIVE', 'UPDATED']);
  });

  test('an adopted tracker is changed, keeps its name, and is released afterwards with the new tags', async () => {
    world = new World();
    const made = world.personalize.core.call('CreateEventTracker', {
      name: 'theirs',
      datasetGroupArn: GROUP,
      tags: OTHER,
    });
    expect(made.kind).toBe('output');
    world.time += 60_000;
    await world.ask({ adoptExisting: true });
    await world.run();
    await world.patch({ tags: SEARCH });
    await world.run();
    expect(resource()).toMatchObject({ name: 'theirs', tags: SEARCH, adopted: true });
    const resourceArn = arn();
    await world.delete();
    await world.run();
    expect(resource().status).toBe('RELEASED');
    const reply = world.personalize.core.call('ListTagsForResource', { resourceArn });
    expect(reply).toMatchObject({ output: { tags: SEARCH } });
  });
});

describe('what is a change', () => {
  test('a patch that changes nothing is not written', async () => {
    const { rev } = world.record;
    expect(await world.patch({})).toMatchObject({ rev });
    expect(await world.patch({ tags: [...TAGS].reverse(), clientContext: 'first' })).toMatchObject({ rev });
  });

  test('a change of the context alone calls nothing and publishes nothing', async () => {
    await world.patch({ clientContext: 'second' });
    expect(resource()).toMatchObject({ clientContext: 'second', generation: 1 });
    expect(isIdle(world.record)).toBe(true);
    await world.patch({ clientContext: null });
    expect(resource()).not.toHaveProperty('clientContext');
    await world.patch({ tags: SEARCH, clientContext: 'third' });
    await world.run();
    expect(events()).toEqual(['ACTIVE', 'UPDATED']);
    expect(world.received[1]?.data.clientContext).toBe('third');
  });

  test('only an ACTIVE tracker is changed', async () => {
    await world.delete();
    await expect(world.patch({ tags: SEARCH })).rejects.toMatchObject({
      refused: { reason: 'NOT_ACTIVE', status: 'DELETE PENDING', becomesActive: false, of: 'update' },
    });
    await settle();
    await expect(world.patch({ clientContext: 'x' })).rejects.toMatchObject(refused('NOT_ACTIVE'));
    await world.ask();
    await expect(world.patch({})).rejects.toMatchObject({
      refused: { reason: 'NOT_ACTIVE', status: 'CREATE PENDING', becomesActive: true, of: 'update' },
    });
  });

  test('which create request is a repeat: the one with the requested tags', async () => {
    await world.patch({ tags: SEARCH });
    await expect(world.ask()).rejects.toMatchObject(refused('TAGS_CONFLICT'));
    expect(await world.ask({ tags: SEARCH })).toMatchObject({ generation: 2 });
    await world.run();
    await expect(world.ask()).rejects.toMatchObject(refused('TAGS_CONFLICT'));
    expect(await world.ask({ tags: SEARCH })).toMatchObject({ generation: 2 });
  });

  test('a task token that joins meanwhile is answered immediately: the tracker is ACTIVE', async () => {
    await world.patch({ tags: SEARCH });
    await world.ask({ tags: SEARCH, taskToken: 'token' });
    await world.run();
    expect(world.taskTokens.outcomeOf('token')).toBe('ACTIVE');
  });
});

describe('a key', () => {
  const asking = (key: string) => ({ correlationId: key, key: { key, body: 'b' } });

  test('that was used before repeats nothing, also after other changes', async () => {
    const { generation } = await world.patch({ tags: SEARCH }, asking('k'));
    await world.run();
    const firstUse = { generation, contextRevision: 0 };
    await world.patch({ tags: OTHER });
    await world.run();
    const { rev } = world.record;
    expect(await world.patch({ tags: SEARCH }, asking('k'), firstUse)).toMatchObject({ rev });
    // Also once the record has forgotten the key.
    expect(await world.patch({ tags: SEARCH }, asking('forgotten'), firstUse)).toMatchObject({ rev });
  });

  test('whose process died before the change was written makes it', async () => {
    const firstUse = { generation: 2, contextRevision: 0 };
    expect(await world.patch({ tags: SEARCH }, asking('k'), firstUse)).toMatchObject({ generation: 2 });
  });

  test('whose process died before the change was written replaces the context, too, if its tags are the present ones', async () => {
    const { tags } = world.record;
    const firstUse = { generation: 1, contextRevision: 0 };
    await world.patch({ tags, clientContext: 'mine' }, asking('k'), firstUse);
    expect(resource().clientContext).toBe('mine');
    // Once it is made, neither the tags nor the context are brought back.
    await world.patch({ clientContext: 'newer' });
    await world.patch({ tags, clientContext: 'mine' }, asking('forgotten'), firstUse);
    expect(resource().clientContext).toBe('newer');
  });

  test('whose generation another request started makes its change after that one', async () => {
    await world.patch({ tags: OTHER });
    expect(await world.patch({ tags: SEARCH }, asking('k'), { generation: 2, contextRevision: 0 })).toMatchObject({
      generation: 3,
    });
  });

  test('of a context that was replaced since brings nothing back', async () => {
    await world.patch({ clientContext: 'mine' }, asking('k'));
    await world.patch({ clientContext: 'newer' });
    const firstUse = { generation: 1, contextRevision: 0 };
    await world.patch({ clientContext: 'mine' }, asking('other'), firstUse);
    expect(resource().clientContext).toBe('newer');
  });
});

describe('a fault of Personalize', () => {
  test.each(['throttle', 'server-error', 'lost-answer'])('%s: the call is repeated', async (name) => {
    fault('TagResource', { fault: name });
    fault('UntagResource', { fault: name });
    fault('ListTagsForResource', { fault: name });
    await world.patch({ tags: OTHER });
    await settle();
    expect(callersTags()).toEqual(OTHER);
    expect(events()).toEqual(['ACTIVE', 'UPDATED']);
  });

  test.each([
    ['TagResource', { fault: 'access-denied' }, 'ACCESS_DENIED', /personalize:TagResource/],
    ['UntagResource', { fault: 'access-denied' }, 'ACCESS_DENIED', /personalize:UntagResource/],
    ['ListTagsForResource', { fault: 'access-denied' }, 'ACCESS_DENIED', /personalize:ListTagsForResource/],
    ['TagResource', { fault: 'error', error: 'TooManyTagsException' }, 'REFUSED_BY_PERSONALIZE', /corrected request/],
    ['TagResource', { fault: 'error', error: 'ResourceInUseException', times: 400 }, 'DEADLINE_EXCEEDED', /^Retry/],
    ['TagResource', { fault: 'error', error: 'ResourceNotFoundException', times: 400 }, 'DEADLINE_EXCEEDED', /^Retry/],
    ['ListTagsForResource', { fault: 'error', error: 'InvalidInputException' }, 'REFUSED_BY_PERSONALIZE', /corrected/],
  ] as const)('%s with %j fails the change, and nothing else', async (operation, injected, code, remedy) => {
    const { trackingId } = resource();
    fault(operation, injected);
    await world.patch({ tags: OTHER });
    await settle();
    expect(resource()).toMatchObject({ status: 'ACTIVE', trackingId, updateFailure: { code }, desiredTags: OTHER });
    expect(resource().updateFailure?.remedy).toMatch(remedy);
    expect(resource()).not.toHaveProperty('failure');
    const isFault = code !== 'REFUSED_BY_PERSONALIZE';
    expect(world.measured.filter(({ UpdateFailed }) => UpdateFailed)).toEqual([
      { UpdateFailed: 1, ServiceFault: isFault ? 1 : undefined },
    ]);
    expect(events()).toEqual(['ACTIVE', 'UPDATE_FAILED']);
    expect(world.received[1]?.data).toMatchObject({ status: 'ACTIVE', failure: { code } });
    // What was done until then is shown: UntagResource comes first.
    expect(resource().tags).toEqual(callersTags());

    // Only the requested tags are a repeat, and a retry makes the change.
    world.personalize.core.clearFaults();
    await expect(world.ask()).rejects.toMatchObject(refused('TAGS_CONFLICT'));
    await world.retry();
    expect(await world.retry()).toMatchObject({ generation: 3 });
    await settle();
    expect(resource()).toMatchObject({ status: 'ACTIVE', trackingId, tags: OTHER, generation: 3 });
    expect(resource()).not.toHaveProperty('updateFailure');
    expect(events()).toEqual(['ACTIVE', 'UPDATE_FAILED', 'UPDATED']);
    await expect(world.retry()).rejects.toMatchObject(refused('NOT_FAILED'));
  });

  test('the same patch after a failure tries again', async () => {
    fault('TagResource', { fault: 'access-denied' });
    await world.patch({ tags: OTHER });
    await settle();
    expect(await world.patch({ tags: OTHER })).toMatchObject({ generation: 3 });
    await settle();
    expect(events()).toEqual(['ACTIVE', 'UPDATE_FAILED', 'UPDATED']);
  });

  test('a call that takes effect late does not replace the tags of a second change', async () => {
    fault('TagResource', { fault: 'late-act', delayMs: 60_000 });
    await world.patch({ tags: [...TAGS, tag('late', 'x')] });
    // The call is sent, then the execution dies.
    await world.run(2);
    await world.patch({ tags: OTHER });
    await settle();
    expect(callersTags()).toEqual(OTHER);
    world.time += 600_000;
    expect(callersTags()).toEqual(OTHER);
    expect(events()).toEqual(['ACTIVE', 'UPDATED']);
  });

  test('a tracker that vanishes fails the change; then the drift check finds that out', async () => {
    await world.patch({ tags: OTHER });
    world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: arn() });
    world.time += 60_000;
    await settle();
    expect(resource()).toMatchObject({ status: 'ACTIVE', updateFailure: { code: 'EVENT_TRACKER_NOT_FOUND' } });
    world.time += AN_HOUR;
    await world.drift();
    await settle();
    expect(resource()).toMatchObject({ status: 'DELETED', failure: { code: 'DELETED_OUT_OF_BAND' } });
    expect(resource()).not.toHaveProperty('updateFailure');
    expect(events()).toEqual(['ACTIVE', 'UPDATE_FAILED', 'DELETED', 'DELETED_OUT_OF_BAND']);
  });

  test('one that vanishes after the calls is looked for no longer than a call may be on its way', async () => {
    await world.patch({ tags: OTHER });
    await world.run(2);
    expect(callersTags()).toEqual(OTHER);
    world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: arn() });
    world.time += 60_000;
    const from = world.time;
    await settle();
    expect(resource().updateFailure?.code).toBe('EVENT_TRACKER_NOT_FOUND');
    expect(world.time - from).toBeLessThan(world.settings.createInFlightMs + world.settings.leaseMs + 60_000);
  });
});

describe('beside other requests', () => {
  test('a deletion ends the change; its outcome is that of the deletion', async () => {
    await world.patch({ tags: OTHER });
    await world.delete();
    await settle();
    expect(resource()).toMatchObject({ status: 'DELETED', generation: 3 });
    expect(events()).toEqual(['ACTIVE', 'DELETED']);
  });

  test('a tracker adopted from another deployment is changed there', async () => {
    const theirs = new World({ deployment: 'theirs' });
    await theirs.ask();
    await theirs.run();
    world = new World({ beside: theirs });
    world.time += 600_000;
    await world.ask({ adoptExisting: true });
    await world.run();
    expect(resource()).toMatchObject({ status: 'ACTIVE', adopted: true });
    await world.patch({ tags: OTHER });
    await settle();
    expect(resource()).toMatchObject({ updateFailure: { code: 'CONFLICT' }, tags: TAGS });
    expect(resource().updateFailure?.reason).toContain('"theirs"');
    expect(world.calls('TagResource')).toEqual([]);
  });
});

describe('the drift check', () => {
  const check = async (settings = {}) => {
    world.time += AN_HOUR;
    const found = await world.drift(settings);
    await settle();
    return found;
  };

  test('reports tags that were changed in Personalize, once, and shows them', async () => {
    retag([tag('team', 'other')]);
    expect(await check()).toMatchObject({ drifted: 1 });
    expect(await check()).toMatchObject({ drifted: 0 });
    expect(resource()).toMatchObject({ tags: [tag('team', 'other')], desiredTags: TAGS, generation: 1 });
    // Another change is other news; the requested ones again are none.
    retag([tag('team', 'third')]);
    expect(await check()).toMatchObject({ drifted: 1 });
    retag(TAGS.map((each) => ({ ...each })));
    expect(await check()).toMatchObject({ drifted: 0 });
    expect(resource()).not.toHaveProperty('desiredTags');
    expect(events()).toEqual(['ACTIVE', 'TAGS_CHANGED', 'TAGS_CHANGED']);
    expect(world.calls('UntagResource')).toEqual([]);
  });

  test('a patch with the requested tags restores them', async () => {
    retag([tag('team', 'other'), tag('more', 'x')]);
    await check();
    await world.patch({ tags: TAGS });
    await settle();
    expect(callersTags()).toEqual(TAGS);
    expect(events()).toEqual(['ACTIVE', 'TAGS_CHANGED', 'UPDATED']);
  });

  test('restores them itself, with the setting', async () => {
    retag([tag('team', 'other'), tag('more', 'x')]);
    expect(await check({ repairTags: true })).toMatchObject({ drifted: 1 });
    expect(callersTags()).toEqual(TAGS);
    expect(resource()).toMatchObject({ tags: TAGS, generation: 2 });
    expect(events()).toEqual(['ACTIVE', 'TAGS_CHANGED', 'UPDATED']);
    expect(world.record.history.at(-2)?.cause).toBe('REPAIR_STARTED');
    // The setting was turned on after the report.
    retag([tag('team', 'other')]);
    await check();
    await check({ repairTags: true });
    expect(callersTags()).toEqual(TAGS);
    expect(events().slice(3)).toEqual(['TAGS_CHANGED', 'UPDATED']);
  });

  test('does not try again after a repair that failed', async () => {
    retag([tag('team', 'other')]);
    fault('TagResource', { fault: 'access-denied' });
    await check({ repairTags: true });
    expect(resource().updateFailure?.code).toBe('ACCESS_DENIED');
    await check({ repairTags: true });
    expect(events()).toEqual(['ACTIVE', 'TAGS_CHANGED', 'UPDATE_FAILED']);
  });

  test('leaves the tags of an adopted tracker alone, until a patch has named some', async () => {
    world = new World();
    world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP, tags: OTHER });
    world.time += 60_000;
    await world.ask({ adoptExisting: true });
    await world.run();
    retag([tag('owner', 'y')]);
    await check({ repairTags: true });
    expect(callersTags()).toEqual([tag('owner', 'y')]);
    expect(resource()).not.toHaveProperty('desiredTags');
    await world.patch({ tags: SEARCH });
    await settle();
    retag([], ['cost']);
    await check({ repairTags: true });
    expect(callersTags().toSorted((a, b) => b.tagKey.localeCompare(a.tagKey))).toEqual(SEARCH);
    expect(events()).toEqual(['ACTIVE', 'TAGS_CHANGED', 'UPDATED', 'TAGS_CHANGED', 'UPDATED']);
  });
});
