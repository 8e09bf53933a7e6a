import { createEventsHandler } from '../../../functions/api/events.ts';
import type { Features } from '../../../functions/api/features.ts';
import { otherWrites } from '../../../functions/api/other-writes.ts';
import { createReadHandler } from '../../../functions/api/read.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';
import { type Privilege, ROUTES } from '../../../functions/api/routes.ts';
import { createWriteHandler } from '../../../functions/api/write.ts';
import type { PersonalizeEventsGateway } from '../../../functions/gateways/personalize-events.ts';
import type { DryRunContext } from '../../../functions/requests/dependencies.ts';
import { dryRunWith } from '../../../functions/requests/dry-run.ts';
import type { TrackerStore } from '../../../functions/store/tracker-store.ts';
import type { TrackerRequest } from '../../../functions/tracker/desired-state.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { createTenancy, DEFAULT_TENANCY, type TenancySettings } from '../../../functions/tracker/tenancy.ts';
import { startApiPort } from '../../../infra/local/api-gateway/port.ts';
import { PLATFORM_ROLE } from '../../../infra/local/identity/access-keys.ts';
import { invokeAsLambda } from '../../../infra/local/lambda.ts';
import { MemoryOperations } from '../../world/memory-operations.ts';
import { MemoryStatusIndex, MemoryStore } from '../../world/memory-store.ts';
import { MemoryKeys } from './memory-keys.ts';

export const groupArn = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;

export interface Asking {
  /** The token's claims. `scope` defaults to all scopes of a tenant. Without claims, the caller is a platform's IAM role. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const SCOPE = 'event-trackers/read event-trackers/write event-trackers/events event-trackers/callback';

const DEFAULT_FEATURES: Features = {
  events: true,
  callbacks: false,
  destroyAdopted: false,
  platformRoles: true,
  preferWaitSeconds: 25,
};

interface Changes {
  readonly features?: Partial<Features>;
  readonly tenancy?: Partial<TenancySettings>;
  /** API Gateway's stage, and the base path: the stage's name, or the base path of a custom domain. */
  readonly below?: { readonly stage: string; readonly basePath: string };
  /** The store; in memory by default. */
  readonly store?: TrackerStore;
  readonly putEvents?: PersonalizeEventsGateway['put'];
  /** Called while a response waits (`Prefer: wait`). */
  readonly onSleep?: (store: MemoryStore) => void;
}

/**
 * The handlers as deployed, behind the local API Gateway on a port, with an in-memory store. The claims are trusted as given; other tests
 * cover the authorizers.
 */
export async function serveApi(changes: Changes = {}) {
  const memory = new MemoryStore();
  const store = changes.store ?? memory;
  const operations = new MemoryOperations();
  // Waiting only advances the clock.
  let slept = 0;
  const lines: Record<string, unknown>[] = [];
  const line = (message: string, facts: object) => void lines.push({ message, ...facts });
  const log = { info: line, warn: line, error: (message: string, _: unknown, facts: object) => line(message, facts) };
  const tenancy = createTenancy({ ...DEFAULT_TENANCY, platformRoles: PLATFORM_ROLE, ...changes.tenancy });
  const { putEvents = async () => ({ kind: 'taken' as const }) } = changes;
  const context = {
    store,
    statusIndex: new MemoryStatusIndex(memory),
    operations,
    settings: AWS_SETTINGS,
    now: () => Date.now() + slept,
    sleep: async (ms: number) => {
      slept += ms;
      changes.onSleep?.(memory);
    },
    scope: {
      partition: 'aws',
      region: 'us-east-1',
      accountId: '123456789012',
      tenantPattern: tenancy.pattern.source,
    },
    tenancy,
    features: { ...DEFAULT_FEATURES, ...changes.features },
  };
  const requests = {
    ...context,
    workflow: { start: async () => {} },
    idempotency: new MemoryKeys(),
    logItemFailure: (_: string, __: number, error: unknown) => line('item', { error }),
    logStartFailure: () => {},
  };
  const personalize: ReturnType<DryRunContext['personalizeOf']> = {
    describeDatasetGroup: async () => ({ kind: 'found', status: 'ACTIVE', interactionsStatus: 'ACTIVE' }),
    list: async () => [],
  };
  const writes = {
    ...requests,
    dryRun: (request: TrackerRequest) => dryRunWith({ ...requests, personalizeOf: () => personalize }, request),
  };
  const handlers = {
    read: createReadHandler(context, log),
    events: createEventsHandler({ ...context, personalizeEventsOf: () => ({ put: putEvents }) }, log),
    write: createWriteHandler(writes, async () => otherWrites(writes), log),
  };
  const { stage, basePath } = changes.below ?? { stage: '$default', basePath: '' };
  /** The event that API Gateway sends for this stage. */
  const eventBelow = (event: ApiEvent): ApiEvent => {
    const { requestContext } = event;
    const rawPath = `${basePath}${event.rawPath}`;
    return {
      ...event,
      rawPath,
      requestContext: { ...requestContext, stage, http: { ...requestContext.http, path: rawPath } },
    };
  };
  const functionOf = (privilege: Privilege) =>
    invokeAsLambda({
      functionName: `api-${privilege}`,
      timeoutMs: 29_000,
      handler: (event: unknown, lambda) => handlers[privilege](eventBelow(event as ApiEvent), lambda),
    });
  const port = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    authorizer: {
      async verify(authorization = '') {
        const claims = JSON.parse(Buffer.from(authorization.slice('Bearer '.length), 'base64url').toString());
        return { claims, scopes: String(claims.scope).split(' ') };
      },
    },
    iam: {
      verify: async () => ({
        accessKey: 'k',
        accountId: '123456789012',
        callerId: 'c',
        cognitoIdentity: null,
        principalOrgId: 'o',
        userArn: 'arn:aws:sts::123456789012:assumed-role/platform/run-1',
        userId: 'u',
      }),
    },
    routes: [
      ...ROUTES.map((route) => ({
        ...route,
        invoke: functionOf(route.privilege),
      })),
      {
        method: 'ANY',
        path: '$default',
        scopes: [],
        authorizer: 'none' as const,
        invoke: functionOf('read'),
      },
    ],
  });

  return {
    store: memory,
    operations,
    /** The log lines: each message with its fields. */
    lines,
    close: port.close,
    [Symbol.asyncDispose]: port.close,
    async ask(method: string, path: string, { claims, body, headers = {} }: Asking = {}) {
      const token = claims && Buffer.from(JSON.stringify({ scope: SCOPE, ...claims })).toString('base64url');
      const response = await fetch(`${port.url}${path}`, {
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    /** Stores a record of a tenant's tracker. */
    async has(tenantId: string, group: string, changes: Partial<EventTrackerRecord> = {}) {
      const datasetGroupArn = groupArn(group);
      const desired = {
        ...{ trackerId: trackerIdOf(datasetGroupArn), datasetGroupArn, name: 'shop', tags: [], tenantId },
        ...{ adoptExisting: false, correlationId: '1', key: { key: group, body: group } },
      };
      const record = { ...createRecord(desired, Date.now(), AWS_SETTINGS), ...changes };
      await store.create(record);
      return `/event-trackers/${record.trackerId}`;
    },
  };
}

/** The fields of an ACTIVE tracker. */
export const ACTIVE = { status: 'ACTIVE', observedGeneration: 1, trackingId: 'tracking-id-of-a-test' } as const;
