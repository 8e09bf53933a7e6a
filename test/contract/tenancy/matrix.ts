import { join } from 'node:path';
import { type OperationName, ROUTES, type Route } from '../../../functions/api/routes.ts';
import { SCOPES } from '../../../functions/requests/caller.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { signedRequest } from './sign.ts';

/** The tracker that everything is asked about, and whose it is. What it holds is found in nothing that another is answered. */
export interface Victim {
  readonly tenantId: string;
  readonly trackerId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly tags: readonly { readonly tagKey: string; readonly tagValue: string }[];
}

export type Whose =
  | 'own'
  /** The tenant's own token, which lists another of its dataset groups only. */
  | 'own of another group'
  | 'other tenant'
  | 'no tenant'
  | 'nobody'
  | 'platform'
  | 'platform of no scope'
  | 'other role';

/** What is asked of a route, and which statuses it answers with to whom its authorizer has let in. */
export interface Rule {
  readonly query?: (victim: Victim, asPlatform: boolean) => Record<string, string>;
  readonly body?: (victim: Victim, asPlatform: boolean) => unknown;
  /** Of the tenant whose tracker it is, and of a platform that names that tenant. */
  readonly own: readonly number[];
  readonly other: number;
  /** Where it answers 200 for each item: the status of the first. */
  readonly otherItem?: number;
}

const named = ({ tenantId }: Victim, asPlatform: boolean): Record<string, string> => (asPlatform ? { tenantId } : {});
const desired = (victim: Victim, asPlatform: boolean) => {
  const { name, datasetGroupArn, tags } = victim;
  return { name, datasetGroupArn, tags, ...named(victim, asPlatform) };
};
const event = { eventType: 'watch', sentAt: '2026-11-24T00:00:00Z', itemId: 'i1' };

/** The rule of every operation: one that is added to the route table has to be given its own here. */
export const RULES: Readonly<Record<OperationName, Rule | 'open'>> = {
  CreateEventTracker: { body: desired, own: [200], other: 403 },
  BatchCreateEventTrackers: {
    body: (victim, asPlatform) => ({ requests: [desired(victim, asPlatform)] }),
    own: [200],
    other: 200,
    otherItem: 403,
  },
  DeleteEventTracker: { own: [200, 202], other: 404 },
  RetryEventTracker: { own: [409], other: 404 },
  ListEventTrackers: { query: named, own: [200], other: 200 },
  DescribeEventTracker: { own: [200], other: 404 },
  GetEventTrackerHistory: { own: [200], other: 404 },
  PutEvents: { body: () => ({ sessionId: 's', eventList: [event] }), own: [200], other: 404 },
  GetHealth: 'open',
  GetOpenApi: 'open',
  GetProblem: 'open',
};

export interface Cell {
  readonly route: Route;
  readonly rule: Rule;
  readonly whose: Whose;
  readonly scope: 'read' | 'write' | 'events' | 'every';
  readonly statuses: readonly number[];
  /** It may see the tracker: everything else must learn nothing of it. */
  readonly mayKnow: boolean;
}

/** Every route × every caller × every scope, each with what it must answer. @throws Error for a route without a rule */
export const cells = (): Cell[] => ROUTES.flatMap(cellsOf);

function cellsOf(route: Route): Cell[] {
  const rule = RULES[route.operation];
  if (rule === undefined) throw new Error(`${route.method} ${route.path} has no rule in the isolation matrix.`);
  if (rule === 'open' || route.authorizer === 'none') {
    if (rule !== 'open' || route.authorizer !== 'none')
      throw new Error(`${route.path} is open, or its rule is: not both.`);
    return [
      { route, rule: { own: [200], other: 200 }, whose: 'nobody', scope: 'every', statuses: [200], mayKnow: false },
    ];
  }
  const cell = (whose: Whose, scope: Cell['scope'], statuses: readonly number[]): Cell => {
    const mayKnow = statuses === rule.own;
    return { route, rule, whose, scope, statuses, mayKnow };
  };
  if (route.authorizer === 'iam') {
    return [
      cell('nobody', 'every', [403]),
      cell('own', 'every', [403]),
      cell('other role', 'every', [403]),
      cell('platform', 'every', rule.own),
    ];
  }
  const byScope = (['read', 'write', 'events'] as const).flatMap((scope) => {
    const isEnough = route.scopes.includes(SCOPES[scope]);
    const unless = (statuses: readonly number[]) => (isEnough ? statuses : [403]);
    return [
      cell('own', scope, unless(rule.own)),
      cell('own of another group', scope, unless([rule.other])),
      cell('other tenant', scope, unless([rule.other])),
      cell('no tenant', scope, [403]),
      cell('platform', scope, unless(rule.own)),
    ];
  });
  return [cell('nobody', 'every', [401]), cell('platform of no scope', 'every', [403]), ...byScope];
}

const OTHER = 'umbrella';

/** Asks as the cell's caller does, for the victim's tracker. */
export async function askAs(
  { route, rule, whose, scope }: Cell,
  { apiUrl, data }: { readonly apiUrl: string; readonly data: string },
  victim: Victim,
): Promise<Response> {
  const asPlatform = whose === 'platform' || whose === 'other role';
  const query = rule.query ? `?${new URLSearchParams(rule.query(victim, asPlatform))}` : '';
  const address = `${apiUrl}${route.path.replace('{trackerId}', victim.trackerId).replace('{reason}', 'not_found')}${query.length > 1 ? query : ''}`;
  const body = rule.body ? JSON.stringify(rule.body(victim, asPlatform)) : undefined;
  const plain = {
    method: route.method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  };
  if (whose === 'nobody') return fetch(address, plain);
  if (route.authorizer === 'iam' && asPlatform) {
    const accessKeyId = whose === 'platform' ? 'platform' : 'outsider';
    return fetch(
      address,
      await signedRequest(route.method, address, { ...(body !== undefined && { body }) }, { accessKeyId }),
    );
  }
  const token = await mintToken(join(data, 'identity'), {
    ...tenantOf(whose, victim),
    scopes: [
      ...(whose === 'platform of no scope' ? [] : scope === 'every' ? ['read', 'write', 'events'] : [scope]),
      ...(whose.startsWith('platform') ? ['platform'] : []),
    ],
    expiresInSeconds: 60,
  });
  return fetch(address, { ...plain, headers: { ...plain.headers, authorization: `Bearer ${token}` } });
}

function tenantOf(whose: Whose, { tenantId }: Victim): { tenant?: string; datasetGroups?: string[] } {
  if (whose === 'own') return { tenant: tenantId };
  if (whose === 'own of another group') return { tenant: tenantId, datasetGroups: [`${tenantId}-third`] };
  return whose === 'other tenant' ? { tenant: OTHER } : {};
}
