import { must, problemOf } from './api.ts';
import { withHeaders } from './caller.ts';
import type { Check, World } from './world.ts';

/** A well-formed id of no event tracker. */
const NOBODYS = `et-${'a'.repeat(26)}`;

/** Changes the last but one character of a signature, so that its bits are others. */
function tampered(token: string): string {
  const at = token.length - 6;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

const bearer = (token: string) => withHeaders({ authorization: `Bearer ${token}` });

/** Requests that the service must refuse, without anything being made. */
export const REFUSALS: readonly Check[] = [
  {
    name: 'A request without a valid token is refused, on every entrance',
    async run({ api, tenant }) {
      const list = '/event-trackers';
      const { headers } = await api.expect(withHeaders({}), 401, 'GET', list);
      must(headers.get('www-authenticate') !== null, 'a 401 must have the header WWW-Authenticate');
      // A Lambda authorizer's refusal is a 403, API Gateway's own a 401.
      await api.expect(bearer('no-token'), [401, 403], 'GET', list);
      await api.expect(bearer(tampered(await tenant.token())), [401, 403], 'GET', list);
      const [head = '', claims = ''] = (await tenant.token()).split('.');
      const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
      must(head !== unsigned, 'the tokens of this issuer are not signed');
      await api.expect(bearer(`${unsigned}.${claims}.`), [401, 403], 'GET', list);
      // Without platform roles, there are no such routes.
      await api.expect(withHeaders({}, '/platform'), [403, 404], 'GET', list);
      await api.expect({ ...tenant, prefix: '/platform' }, [403, 404], 'GET', list);
    },
  },
  {
    name: 'A refusal is a problem document that names the field and the rule, and its page explains it',
    async run(world) {
      const { api, tenant } = world;
      const wrong = { name: 'no spaces', datasetGroupArn: world.datasetGroupArn, colour: 'red' };
      const invalid = problemOf(await api.expect(tenant, 400, 'POST', '/event-trackers', { body: wrong }));
      const fields = (invalid.errors ?? []).map(({ field }) => field).sort();
      must(
        fields.join() === 'colour,name',
        `a 400 must name the fields colour and name, not ${fields.join() || 'none'}`,
      );
      const absent = problemOf(await api.expect(tenant, 404, 'GET', `/event-trackers/${NOBODYS}`));
      const noRoute = problemOf(await api.expect(tenant, 404, 'GET', '/no-such-path'));
      const answer = await api.expect(tenant, 405, 'PUT', '/event-trackers');
      must(answer.headers.get('allow')?.includes('POST'), 'a 405 must list the methods in Allow');
      const type = { 'content-type': 'text/plain' };
      const sent = { body: JSON.stringify(world.body()), headers: type };
      const unread = problemOf(await api.expect(tenant, 415, 'POST', '/event-trackers', sent));
      for (const problem of [invalid, absent, noRoute, problemOf(answer), unread]) await isExplained(world, problem);
    },
  },
  {
    name: 'A tenant may not use a dataset group whose name begins with another tenant',
    async run(world) {
      const { api, tenant, personalize } = world;
      const datasetGroupArn = personalize.datasetGroupArn.replace(/\/[^/]+$/, `/not${personalize.name}`);
      const answer = await api.expect(tenant, 403, 'POST', '/event-trackers', {
        body: world.body({ datasetGroupArn }),
      });
      await isExplained(world, problemOf(answer));
    },
  },
];

/** `type` leads to a page, on the API itself or elsewhere on it. */
async function isExplained({ api }: World, { type, reason }: { type: string; reason: string }): Promise<void> {
  const { pathname } = new URL(type, api.url);
  const path = pathname.slice(new URL(api.url).pathname.replace(/\/$/, '').length);
  const answer = await api.send(withHeaders({}), 'GET', path);
  must(answer.status === 200, `${reason}: its type ${type} leads to no page (${answer.summary})`);
}
