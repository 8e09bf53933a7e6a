import { join } from 'node:path';
import { type OperationName, ROUTES, type Route } from '../../../functions/api/routes.ts';
import { SCOPES } from '../../../functions/requests/caller.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { signedRequest } from './sign.ts';

/** The tracker that every request of the matrix names, and its tenant. No other caller may learn anything about it. */
export interface Victim {
  readonly tenantId: string;
  readonly trackerId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly tags: readonly { readonly tagKey: string; readonly tagValue: string }[];
  /** An operation that names the tenant. */
  readonly operationId: string;
}

export type CallerKind =
  | 'own'
  /** The tenant's own token, whose claim lists only another dataset group. */
  | 'own without the group'
  | 'other tenant'
  | 'no tenant'
  | 'nobody'
  | 'platform'
  | 'platform without scopes'
  | 'other role';

/** The request to a route, and the expected statuses by caller. */
export interface Rule {
  readonly query?: (victim: Victim, asPlatform: boolean) => Record<string, string>;
  readonly body?: (victim: Victim, asPlatform: boolean) => unknown;
  /** The media type of the body; application/json by default. */
  readonly mediaType?: string;
  /** For the tenant that owns the tracker, and for a platform that names this tenant. */
  readonly own: readonly number[];
  readonly other: number;
  /** The status of the first item, if the route returns one for each item. */
  readonly otherItem?: number;
}

const named = ({ tenantId }: Victim, asPlatform: boolean): Record<string, string> => (asPlatform ? { tenantId } : {});
const desired = (victim: Victim, asPlatform: boolean) => {
  const { name, datasetGroupArn, tags } = victim;
  return { name, datasetGroupArn, tags, ...named(victim, asPlatform) };
};
const event = { eventType: 'watch', sentAt: '2026-11-24T00:00:00Z', itemId: 'i1' };

/** The rule of every operation. A new operation in the route table needs a rule here. */
export const RULES: Readonly<Record<OperationName, Rule | 'open'>> = {
  CreateEventTracker: { body: desired, own: [200], other: 403 },
  BatchCreateEventTrackers: {
    body: (victim, asPlatform) => ({ requests: [desired(victim, asPlatform)] }),
    own: [200],
    other: 200,
    otherItem: 403,
  },
  UpdateEventTracker: {
    body: ({ tags }) => ({ tags }),
    mediaType: 'application/merge-patch+json',
    own: [200],
    other: 404,
  },
  DeleteEventTracker: { own: [200, 202], other: 404 },
  RetryEventTracker: { own: [409], other: 404 },
  ListEventTrackers: { query: named, own: [200], other: 200 },
  SummarizeEventTrackers: { own: [200], other: 403 },
  RetryEventTrackers: { body: () => ({ failureCodes: ['CONFLICT'], dryRun: true }), own: [200], other: 403 },
  ListOperations: { own: [200], other: 403 },
  DescribeOperation: { own: [200], other: 403 },
  CancelOperation: { own: [200], other: 403 },
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
  readonly callerKind: CallerKind;
  readonly scope: 'read' | 'write' | 'events' | 'every';
  readonly statuses: readonly number[];
  /** Whether the caller may see the tracker. If not, it must learn nothing about it. */
  readonly mayKnow: boolean;
}

/** Every route × caller × scope with the expected statuses. @throws Error for a route without a rule */
export const cells = (): Cell[] => ROUTES.flatMap(cellsOf);

function cellsOf(route: Route): Cell[] {
  const rule = RULES[route.operation];
  if (rule === undefined) throw new Error(`${route.method} ${route.path} has no rule in the isolation matrix.`);
  if (rule === 'open' || route.authorizer === 'none') {
    if (rule !== 'open' || route.authorizer !== 'none')
      throw new Error(`${route.path} must be open both in the route table and in the matrix.`);
    return [
      {
        route,
        rule: { own: [200], other: 200 },
        callerKind: 'nobody',
        scope: 'every',
        statuses: [200],
        mayKnow: false,
      },
    ];
  }
  const cell = (callerKind: CallerKind, scope: Cell['scope'], statuses: readonly number[]): Cell => {
    const mayKnow = statuses === rule.own;
    return { route, rule, callerKind, scope, statuses, mayKnow };
  };
  if (route.authorizer === 'iam') {
    return [
      cell('nobody', 'every', [403]),
      cell('own', 'every', [403]),
      cell('other role', 'every', [403]),
      cell('platform', 'every', rule.own),
    ];
  }
  if (route.isForAllTenants) {
    return (['read', 'write', 'events', 'every'] as const).flatMap((scope) => [
      cell('nobody', scope, [401]),
      ...(['own', 'own without the group', 'other tenant', 'no tenant', 'platform without scopes'] as const).map(
        (callerKind) => cell(callerKind, scope, [403]),
      ),
      cell('platform', scope, scope === 'every' || scope === route.privilege ? rule.own : [403]),
    ]);
  }
  const byScope = (['read', 'write', 'events'] as const).flatMap((scope) => {
    const isEnough = route.scopes.includes(SCOPES[scope]);
    const unless = (statuses: readonly number[]) => (isEnough ? statuses : [403]);
    return [
      cell('own', scope, unless(rule.own)),
      cell('own without the group', scope, unless([rule.other])),
      cell('other tenant', scope, unless([rule.other])),
      cell('no tenant', scope, [403]),
      cell('platform', scope, unless(rule.own)),
    ];
  });
  return [cell('nobody', 'every', [401]), cell('platform without scopes', 'every', [403]), ...byScope];
}

/** Starts an operation that retries what has failed of a tenant. @returns its id */
export async function startOperation({ apiUrl }: { readonly apiUrl: string }, tenantId: string): Promise<string> {
  const address = `${apiUrl}/platform/event-trackers/retry`;
  const body = JSON.stringify({ failureCodes: ['CONFLICT'], tenantIds: [tenantId] });
  const answer = await fetch(address, await signedRequest('POST', address, { body }));
  if (answer.status !== 202) throw new Error(`POST ${address} answered ${answer.status}: ${await answer.text()}`);
  return (answer.headers.get('location') ?? '').split('/').at(-1) ?? '';
}

const OTHER = 'umbrella';

/** Sends the cell's request for the victim's tracker, as the cell's caller. */
export async function sendAs(
  { route, rule, callerKind, scope }: Cell,
  { apiUrl, data }: { readonly apiUrl: string; readonly data: string },
  victim: Victim,
): Promise<Response> {
  const asPlatform = callerKind === 'platform' || callerKind === 'other role';
  const query = rule.query ? `?${new URLSearchParams(rule.query(victim, asPlatform))}` : '';
  const address = `${apiUrl}${route.path
    .replace('{trackerId}', victim.trackerId)
    .replace('{reason}', 'not_found')
    .replace('{operationId}', victim.operationId)}${query.length > 1 ? query : ''}`;
  const body = rule.body ? JSON.stringify(rule.body(victim, asPlatform)) : undefined;
  const { mediaType = 'application/json' } = rule;
  const plain = {
    method: route.method,
    headers: body === undefined ? {} : { 'content-type': mediaType },
    ...(body !== undefined && { body }),
  };
  if (callerKind === 'nobody') return fetch(address, plain);
  if (route.authorizer === 'iam' && asPlatform) {
    const accessKeyId = callerKind === 'platform' ? 'platform' : 'outsider';
    return fetch(
      address,
      await signedRequest(
        route.method,
        address,
        { ...(body !== undefined && { body, headers: { 'content-type': mediaType } }) },
        { accessKeyId },
      ),
    );
  }
  const token = await mintToken(join(data, 'identity'), {
    ...tenantOf(callerKind, victim),
    scopes: [
      ...(callerKind === 'platform without scopes' ? [] : scope === 'every' ? ['read', 'write', 'events'] : [scope]),
      ...(callerKind.startsWith('platform') ? ['platform'] : []),
    ],
    expiresInSeconds: 60,
  });
  return fetch(address, { ...plain, headers: { ...plain.headers, authorization: `Bearer ${token}` } });
}

function tenantOf(callerKind: CallerKind, { tenantId }: Victim): { tenant?: string; datasetGroups?: string[] } {
  if (callerKind === 'own') return { tenant: tenantId };
  if (callerKind === 'own without the group') return { tenant: tenantId, datasetGroups: [`${tenantId}-third`] };
  return callerKind === 'other tenant' ? { tenant: OTHER } : {};
}
