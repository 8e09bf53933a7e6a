import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import * as z from 'zod';
import { must, pageOf, problemOf, type Tracker, trackerOf } from './api.ts';
import { type Check, Skipped, sequenceOf, statusOf, type World } from './world.ts';

/** So many callers request the same event tracker at once. */
const RACERS = 10;

/**
 * From the first request to the deletion. They run in this order, on one dataset group: an account has five by default, and each event
 * tracker takes minutes on AWS.
 */
export const LIFECYCLE: readonly Check[] = [
  {
    name: 'A creation that fails says why, and a retry after the repair succeeds',
    async run(world) {
      const { api, tenant, personalize } = world;
      const accepted = await world.request(202);
      must(accepted.headers.get('location') !== null, 'a 202 must have the header Location');
      const { trackerId, generation } = trackerOf(accepted);
      const failed = await api.outcomeOf(tenant, trackerId);
      must(
        failed.status === 'CREATE FAILED' && failed.failure?.code === 'NO_INTERACTIONS_DATASET',
        `without an Interactions dataset, the request must fail with NO_INTERACTIONS_DATASET, but it is ${statusOf(failed)}`,
      );
      await world.announced(failed);
      await personalize.createDataset();
      const again = trackerOf(await api.expect(tenant, 202, 'POST', `/event-trackers/${trackerId}/retry`));
      must(again.generation > generation, 'a retry must be a new generation');
      const active = await world.becomesActive(trackerId);
      await world.announced(active);
      await world.isTheOnlyOne(active);
      problemOf(await api.expect(tenant, 409, 'POST', `/event-trackers/${trackerId}/retry`));
    },
  },
  {
    name: 'The same request meets the same event tracker; another name or other tags are a conflict',
    async run(world) {
      const { trackerId } = await world.active();
      must(
        trackerOf(await world.request(200)).trackerId === trackerId,
        'the same request must return the same event tracker',
      );
      const name = await world.request(409, world.body({ name: 'another' }));
      must(problemOf(name).reason === 'NAME_CONFLICT', `another name must be a NAME_CONFLICT (${name.summary})`);
      must(name.headers.get('link')?.includes(trackerId), 'a conflict must link to the existing event tracker');
      const tags = await world.request(409, world.body({ tags: [{ tagKey: 'a', tagValue: 'b' }] }));
      must(problemOf(tags).reason === 'TAGS_CONFLICT', `other tags must be a TAGS_CONFLICT (${tags.summary})`);
    },
  },
  {
    name: 'A list and the history show the event tracker; paging and filters work',
    async run({ api, tenant, datasetGroupArn }) {
      const query = new URLSearchParams({ datasetGroupArn });
      const found = pageOf(await api.expect(tenant, 200, 'GET', `/event-trackers?${query}`)).eventTrackers;
      must(found.length === 1, `the list has ${found.length} event trackers of the dataset group, but there is one`);
      const trackerId = found[0]?.trackerId ?? '';
      let seen = 0;
      for (let nextToken: string | undefined = ''; nextToken !== undefined; ) {
        const more = new URLSearchParams({ maxResults: '1', ...(nextToken && { nextToken }) });
        const page: ReturnType<typeof pageOf> = pageOf(await api.expect(tenant, 200, 'GET', `/event-trackers?${more}`));
        must(page.eventTrackers.length <= 1, 'a page with maxResults=1 has more than one event tracker');
        seen += page.eventTrackers.filter((each) => each.trackerId === trackerId).length;
        nextToken = page.nextToken;
      }
      must(seen === 1, `over all pages, the event tracker is in the list ${seen} times`);
      const failed = new URLSearchParams({ datasetGroupArn, status: 'CREATE FAILED' });
      const others = pageOf(await api.expect(tenant, 200, 'GET', `/event-trackers?${failed}`)).eventTrackers;
      must(others.length === 0, 'the filter by status shows an ACTIVE event tracker as CREATE FAILED');
      await api.expect(tenant, 200, 'GET', `/event-trackers/${trackerId}/history`);
    },
  },
  {
    name: 'A change of tags keeps the event tracker and its tracking ID',
    async run(world) {
      const { api, tenant } = world;
      const before = await world.active();
      const path = `/event-trackers/${before.trackerId}`;
      const headers = { 'content-type': 'application/merge-patch+json' };
      const tags = [{ tagKey: 'checked-by', tagValue: 'acceptance' }];
      await api.expect(tenant, 202, 'PATCH', path, { body: { tags }, headers });
      const after = await api.outcomeOf(tenant, before.trackerId);
      must(
        JSON.stringify(after.tags) === JSON.stringify(tags),
        'the tags of a PATCH must show once it has its outcome',
      );
      must(after.trackingId === before.trackingId, 'a change of tags must keep the tracking ID');
      await world.events?.until('"Event Tracker Updated"', (event) => event.detailType === 'Event Tracker Updated');
      await api.expect(tenant, 412, 'PATCH', path, {
        body: { tags: [] },
        headers: { ...headers, 'if-match': '"old"' },
      });
    },
  },
  {
    name: "Another tenant sees, changes and deletes nothing of this tenant's",
    needs: 'other',
    async run(world) {
      const { api, tenant, other, datasetGroupArn } = world;
      if (other === undefined) return;
      must(other.tenant !== tenant.tenant, 'both token commands print tokens of the same tenant');
      const tracker = await world.listed();
      must(tracker !== undefined, 'there is no event tracker to look for');
      const path = `/event-trackers/${tracker.trackerId}`;
      const nobodys = `/event-trackers/${tracker.trackerId.slice(0, -3)}aaa`;
      for (const [method, way] of [
        ['GET', ''],
        ['GET', '/history'],
        ['DELETE', ''],
        ['POST', '/retry'],
      ] as const) {
        const answer = await api.send(other, method, `${path}${way}`);
        must(answer.status === 404, `another tenant can see the event tracker: ${answer.summary}, but it must be 404`);
      }
      const [foreign, absent] = [await api.send(other, 'GET', path), await api.send(other, 'GET', nobodys)];
      must(
        withoutId(foreign.body) === withoutId(absent.body),
        "the 404 for another tenant's event tracker differs from that for none",
      );
      for (const query of ['', `?${new URLSearchParams({ datasetGroupArn })}`]) {
        for (let nextToken: string | undefined = ''; nextToken !== undefined; ) {
          const more: string = nextToken === '' ? query : `?${new URLSearchParams({ nextToken })}`;
          const page: ReturnType<typeof pageOf> = pageOf(await api.expect(other, 200, 'GET', `/event-trackers${more}`));
          const seen = page.eventTrackers.some(({ trackerId }) => trackerId === tracker.trackerId);
          must(!seen, "another tenant's list shows the event tracker");
          nextToken = query === '' ? page.nextToken : undefined;
        }
      }
      problemOf(await api.expect(other, 403, 'POST', '/event-trackers', { body: world.body() }));
    },
  },
  {
    name: 'A platform role acts for the tenant',
    needs: 'platform',
    async run({ api, platform, tenant, datasetGroupArn }) {
      if (platform === undefined) return;
      const query = new URLSearchParams({ datasetGroupArn, tenantId: tenant.tenant });
      const page = pageOf(await api.expect(platform, 200, 'GET', `/event-trackers?${query}`));
      must(page.eventTrackers.length === 1, 'the platform must see the event tracker of the tenant that it names');
      await api.expect(platform, 200, 'GET', `/event-trackers/${page.eventTrackers[0]?.trackerId}`);
      await api.expect(platform, 200, 'GET', '/event-trackers/summary');
    },
  },
  {
    name: 'A deletion leaves nothing in Personalize, and repeating it is safe',
    async run(world) {
      const { api, tenant, personalize } = world;
      const tracker = await world.listed();
      must(tracker !== undefined, 'there is no event tracker to delete');
      const path = `/event-trackers/${tracker.trackerId}`;
      await api.expect(tenant, 412, 'DELETE', path, { headers: { 'if-match': '"old"' } });
      const { trackingId } = trackerOf(await api.expect(tenant, 202, 'DELETE', path));
      must(trackingId === undefined, 'an event tracker that is being deleted must show no tracking ID');
      const deleted = await api.outcomeOf(tenant, tracker.trackerId);
      must(deleted.status === 'DELETED', `after DELETE, the event tracker is ${statusOf(deleted)}`);
      must((await personalize.eventTrackers()).length === 0, 'Personalize still has the event tracker after DELETED');
      await world.announced(deleted);
      await api.expect(tenant, 200, 'DELETE', path);
    },
  },
  {
    name: `${RACERS} requests at once make one event tracker`,
    async run(world) {
      await world.absent();
      const racers = Array.from({ length: RACERS }, () => world.request([200, 202]));
      const ids = new Set((await Promise.all(racers)).map((answer) => trackerOf(answer).trackerId));
      must(ids.size === 1, `${RACERS} equal requests at once were answered with ${ids.size} event trackers`);
      const active = await world.becomesActive([...ids][0] ?? '');
      await world.isTheOnlyOne(active);
      await world.announced(active);
    },
  },
  {
    name: 'A client that is lost before the answer finds one event tracker when it repeats its request',
    async run(world) {
      await world.absent();
      world.making();
      const key = { 'idempotency-key': `"${world.personalize.name}-lost"` };
      await abandoned(world, key);
      const repeated = trackerOf(await world.request([200, 202], world.body(), key));
      const active = await world.becomesActive(repeated.trackerId);
      await world.isTheOnlyOne(active);
      await world.announced(active);
      const again = await world.request(200, world.body(), key);
      must(
        again.headers.get('idempotency-replayed') === 'true',
        'a repeat with the key must have Idempotency-Replayed: true',
      );
      problemOf(await world.request(422, world.body({ name: 'another' }), key));
    },
  },
  {
    name: 'An event tracker that others made is a conflict; adopted, it is released and not deleted',
    async run(world) {
      const { api, tenant, personalize } = world;
      await world.absent();
      const arn = await personalize.createEventTracker('made-by-others');
      const { trackerId } = trackerOf(await world.request(202));
      const conflict = await api.outcomeOf(tenant, trackerId);
      must(
        conflict.failure?.code === 'CONFLICT',
        `an event tracker of others must be a CONFLICT, but the request is ${statusOf(conflict)}`,
      );
      const adopting = world.body({ adoptExisting: true });
      const answer = await world.request([200, 202, 403], adopting);
      if (answer.status === 403) throw new Skipped('the token lacks the scope adopt; the conflict was checked');
      const adopted = await world.becomesActive(trackerId);
      must(
        adopted.adopted === true && adopted.eventTrackerArn === arn,
        'the adopted event tracker must be that of the others',
      );
      must(
        adopted.trackingId === (await personalize.trackingIdOf(arn)),
        'the adopted event tracker has another tracking ID',
      );
      const released = await release(world, adopted);
      must(
        (await personalize.eventTrackers()).includes(arn),
        'a released event tracker must still exist in Personalize',
      );
      await world.announced(released);
    },
  },
  {
    name: 'Every outcome was announced once, and only ACTIVE carries a tracking ID',
    needs: 'events',
    async run({ events }) {
      if (events === undefined) return;
      await events.receive(2);
      const numbers = events.events.map(sequenceOf).sort((one, other) => one - other);
      must(numbers.length > 0, 'no event arrived');
      const expected = numbers.map((_, index) => index + 1);
      must(
        String(numbers) === String(expected),
        `the events must be numbered without gap or repetition, but they are ${numbers}`,
      );
      for (const { detailType, detail } of events.events) {
        const has = 'trackingId' in detail.data && detail.data.trackingId !== undefined;
        const isActive = detailType === 'Event Tracker State Change' && detail.data.status === 'ACTIVE';
        must(
          has === isActive,
          `the event ${detail.metadata.sequence} (${detail.data.status}) has ${has ? 'a' : 'no'} tracking ID`,
        );
      }
    },
  },
];

async function release({ api, tenant }: World, { trackerId }: Tracker): Promise<Tracker> {
  const answer = await api.expect(tenant, [200, 202], 'DELETE', `/event-trackers/${trackerId}`);
  const released = answer.status === 200 ? trackerOf(answer) : await api.outcomeOf(tenant, trackerId);
  must(
    released.status === 'RELEASED',
    `DELETE of an adopted event tracker must release it, but it is ${statusOf(released)}`,
  );
  return released;
}

/** The body of a problem without what differs from request to request. */
const withoutId = (body: unknown): string =>
  JSON.stringify(z.looseObject({}).parse(body), (key, value) => (key === 'correlationId' ? undefined : value));

/** Sends the request and disconnects before it can read the answer. */
async function abandoned({ api, tenant, personalize }: World, headers: Record<string, string>): Promise<void> {
  const url = `${api.url}/event-trackers`;
  const body = JSON.stringify({ name: 'acceptance', datasetGroupArn: personalize.datasetGroupArn });
  const all = await tenant.authorize('POST', url, {
    body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const outgoing = send(url, { method: 'POST', headers: { ...all, 'content-length': Buffer.byteLength(body) } });
  outgoing.on('error', () => {});
  outgoing.end(body);
  await once(outgoing, 'finish');
  outgoing.destroy();
}
