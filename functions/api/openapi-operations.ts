import * as z from 'zod/mini';
import { HISTORY_CAUSES } from '../tracker/history-causes.ts';
import { deleteEventTrackerQuery } from './change-schemas.ts';
import type { Features } from './features.ts';
import {
  exampleDryRuns,
  exampleOperations,
  exampleRequests,
  exampleResources,
  exampleSummary,
} from './openapi-examples.ts';
import type { Reason } from './openapi-problems.ts';
import type { SchemaName } from './openapi-schemas.ts';
import { listOperationsQuery } from './operations.ts';
import { listEventTrackersQuery, summarizeEventTrackersQuery } from './queries.ts';
import { MERGE_PATCH } from './request.ts';
import type { OperationName } from './routes.ts';
import { createEventTrackerQuery, type DeploymentScope } from './schemas.ts';

export const TAGS = {
  'Event trackers': 'Create, read and delete event trackers, one per dataset group.',
  Events: 'Send interactions to the event tracker of a dataset group.',
  Service: 'Health, this document and the problem pages.',
  'All tenants': 'For platforms only: what concerns the event trackers of all tenants.',
  Platforms: 'The same operations for platforms, which sign with an IAM role and name the tenant to act for.',
} as const;

export type HeaderParameter = 'Prefer' | 'If-None-Match' | 'If-Match' | 'Idempotency-Key' | 'traceparent';
export type AnswerHeader =
  | 'Location'
  | 'Retry-After'
  | 'ETag'
  | 'Preference-Applied'
  | 'Link'
  | 'Cache-Control'
  | 'Idempotency-Replayed';

/** A response to a successful request. */
export interface Answer {
  readonly description: string;
  /** The body has one of these schemas; without any, there is no body. */
  readonly schemas: readonly SchemaName[];
  readonly headers?: readonly AnswerHeader[];
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Media types of text bodies, which have no schema. */
  readonly texts?: readonly string[];
}

/** The description of an operation, in addition to its route. */
export interface Described {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.core.$ZodObject;
  readonly headers?: readonly HeaderParameter[];
  readonly body?: {
    readonly schema: SchemaName;
    readonly required: boolean;
    /** Default: application/json. */
    readonly mediaType?: string;
    readonly examples: Readonly<Record<string, unknown>>;
    /** Where a platform has to send more than a tenant. */
    readonly platformExamples?: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** In addition to those that follow from its path, headers and body. */
  readonly problems?: readonly Reason[];
}

/**
 * The operations of the route table, for a deployment with these features. An operation without a description does not compile.
 * @param home its partition, Region and account are part of the examples and of the pattern of dataset group ARNs
 */
export function describedOperations(
  home: DeploymentScope,
  features: Features,
): Readonly<Record<OperationName, Described>> {
  const holds = features.preferWaitSeconds > 0;
  const prefer: readonly HeaderParameter[] = holds ? ['Prefer'] : [];
  const applied: readonly AnswerHeader[] = holds ? ['Preference-Applied'] : [];
  const tooMany: readonly Reason[] = features.maxUnfinishedPerTenant === undefined ? [] : ['TOO_MANY_UNFINISHED'];
  const { active, pending, updating, deleting, deleted, failed } = exampleResources(home);
  const requests = exampleRequests(home);
  return {
    CreateEventTracker: {
      tag: 'Event trackers',
      summary: 'Create the event tracker of a dataset group',
      description:
        'Returns as soon as the request is recorded. From then on the service carries it through to its outcome, whatever fails. Repeating the request is always safe and returns the same resource. A dataset group can have only one event tracker: a request with another name or other tags is a conflict. `dryRun=true` returns what would happen, without recording anything; it ignores the Idempotency-Key.',
      query: createEventTrackerQuery,
      headers: ['Idempotency-Key', 'traceparent'],
      body: {
        schema: 'CreateEventTrackerRequest',
        required: true,
        examples: { create: requests.create },
        platformExamples: { create: { ...requests.create, tenantId: 'acme' } },
      },
      answers: {
        200: {
          description:
            'The same request was made before and has its outcome. For a dry run: what would happen (without Location)',
          schemas: ['EventTracker', 'DryRun'],
          headers: ['Location', 'Idempotency-Replayed'],
          examples: {
            active,
            failed,
            ...exampleDryRuns(home),
          },
        },
        202: {
          description: 'Accepted; the event tracker is being created. Read Location again after Retry-After seconds',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { pending },
        },
      },
      problems: [
        'DATASET_GROUP_NOT_ALLOWED',
        'SCOPE_REQUIRED',
        'NOT_FOUND',
        'NAME_CONFLICT',
        'TAGS_CONFLICT',
        'NO_ROOM',
        ...(features.callbacks ? (['TOO_MANY_CALLBACKS'] as const) : []),
        ...tooMany,
        'THROTTLED',
      ],
    },
    BatchCreateEventTrackers: {
      tag: 'Event trackers',
      summary: 'Create up to 100 event trackers',
      description: 'Each request succeeds or fails on its own. The results are in the order of the requests.',
      headers: ['traceparent'],
      body: {
        schema: 'BatchCreateEventTrackersRequest',
        required: true,
        examples: { batch: { requests: [requests.create, requests.foreign] } },
        platformExamples: { batch: { requests: [{ ...requests.create, tenantId: 'acme' }] } },
      },
      answers: {
        200: { description: 'One result per request', schemas: ['BatchCreateEventTrackersAnswer'] },
      },
    },
    DescribeEventTracker: {
      tag: 'Event trackers',
      summary: 'Read an event tracker',
      description:
        'The read is strongly consistent: it shows a request as soon as that is accepted. `trackingId` is present only while the status is ACTIVE.',
      headers: [...prefer, 'If-None-Match'],
      answers: {
        200: {
          description: 'The event tracker, with Retry-After while the latest request has no outcome yet',
          schemas: ['EventTracker'],
          headers: ['Retry-After', ...applied],
          examples: { active, pending, failed, deleted },
        },
      },
    },
    ListEventTrackers: {
      tag: 'Event trackers',
      summary: 'List event trackers',
      description:
        'Lists the event trackers of a tenant; for a platform that names no tenant, those of all tenants, latest change first. A page may contain fewer than `maxResults` event trackers, or none, and still have a `nextToken`. DELETED and RELEASED event trackers are listed only if `status` or `failureCode` selects them. In the order of changes, an event tracker that changes while the pages are read comes again at the end.',
      query: listEventTrackersQuery(home),
      answers: {
        200: {
          description: 'One page of the list',
          schemas: ['EventTrackerPage'],
          headers: ['Link', 'Cache-Control'],
          examples: { page: { eventTrackers: [active] } },
        },
      },
    },
    SummarizeEventTrackers: {
      tag: 'All tenants',
      summary: 'Count event trackers by status and failure',
      description:
        'Counts the event trackers of all tenants, or of one. The counts come from an index that lags behind the event trackers by about a second.',
      query: summarizeEventTrackersQuery(home),
      answers: {
        200: {
          description: 'The counts',
          schemas: ['EventTrackerSummary'],
          headers: ['Cache-Control'],
          examples: { summary: exampleSummary() },
        },
      },
    },
    UpdateEventTracker: {
      tag: 'Event trackers',
      summary: 'Change the tags or the context of an ACTIVE event tracker',
      description:
        'A JSON merge patch (RFC 7396). The event tracker stays ACTIVE and keeps its tracking ID while its tags are being changed, and also if that fails: then it has an `updateFailure`. A change of `clientContext` alone is complete immediately. A request that changes nothing is answered with the resource.',
      headers: ['If-Match', 'Idempotency-Key', 'traceparent'],
      body: {
        schema: 'UpdateEventTrackerRequest',
        required: true,
        mediaType: MERGE_PATCH,
        examples: { change: requests.update },
      },
      answers: {
        200: {
          description:
            'There is nothing to wait for: the event tracker is as requested, or an earlier change has failed',
          schemas: ['EventTracker'],
          headers: ['Location', 'Idempotency-Replayed'],
          examples: { active },
        },
        202: {
          description: 'Accepted; the tags are being changed. Read Location again after Retry-After seconds',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { updating },
        },
      },
      problems: ['NOT_ACTIVE', 'NO_ROOM', ...tooMany],
    },
    ...platformOperations(),
    DeleteEventTracker: {
      tag: 'Event trackers',
      summary: 'Delete an event tracker',
      description: `Repeating the request is always safe. An adopted event tracker is released instead: Personalize keeps it${features.destroyAdopted ? ', unless `destroy=true`' : ''}.`,
      query: features.destroyAdopted ? deleteEventTrackerQuery : z.omit(deleteEventTrackerQuery, { destroy: true }),
      headers: ['If-Match', 'traceparent'],
      answers: {
        200: {
          description: 'The event tracker is DELETED or RELEASED',
          schemas: ['EventTracker'],
          headers: ['Location'],
          examples: { deleted },
        },
        202: {
          description: 'Accepted; the event tracker is being deleted',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After'],
          examples: { deleting },
        },
      },
      problems: [...(features.destroyAdopted ? [] : (['DESTROY_NOT_ENABLED'] as const)), 'NO_ROOM'],
    },
    RetryEventTracker: {
      tag: 'Event trackers',
      summary: 'Retry after CREATE FAILED, or a failed change of tags',
      description:
        'Requests the same event tracker, or the same tags, again. If it is already being created or changed, the resource is returned unchanged. The body is optional: an empty object.',
      headers: ['Idempotency-Key', 'traceparent'],
      body: { schema: 'EmptyBody', required: false, examples: { nothing: {} } },
      answers: {
        200: {
          description: 'The retry was requested before and has its outcome',
          schemas: ['EventTracker'],
          headers: ['Location', 'Idempotency-Replayed'],
        },
        202: {
          description: 'Accepted; the event tracker is being created, or its tags are being changed',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { pending: { ...pending, generation: 2 } },
        },
      },
      problems: ['NOT_FAILED', 'NO_ROOM', ...tooMany],
    },
    GetEventTrackerHistory: {
      tag: 'Event trackers',
      summary: 'Read the history of an event tracker',
      description: 'The latest 50 transitions, each with its cause and, if there is one, the AWS request ID.',
      answers: {
        200: {
          description: 'The transitions, oldest first',
          schemas: ['EventTrackerHistory'],
          headers: ['Cache-Control'],
          examples: {
            history: {
              trackerId: active.trackerId,
              transitions: [
                {
                  at: active.creationDateTime,
                  generation: 1,
                  status: 'CREATE PENDING',
                  cause: 'REQUESTED',
                  message: HISTORY_CAUSES.REQUESTED,
                },
                {
                  at: active.lastUpdatedDateTime,
                  generation: 1,
                  status: 'ACTIVE',
                  cause: 'STATUS_OBSERVED',
                  message: HISTORY_CAUSES.STATUS_OBSERVED,
                },
              ],
            },
          },
        },
      },
    },
    PutEvents: {
      tag: 'Events',
      summary: 'Send interactions to Personalize',
      description:
        'The service adds the tracking ID, so the caller does not need it. Up to 100 interactions are sent to Personalize in calls of 10, so Personalize may accept only some of them.',
      body: { schema: 'PutEventsRequest', required: true, examples: { events: requests.putEvents } },
      answers: {
        200: {
          description: 'The number of accepted interactions, and those that were not accepted',
          schemas: ['PutEventsAnswer'],
          examples: { taken: { accepted: 1, failed: [] } },
        },
      },
      problems: ['NOT_ACTIVE', 'REFUSED_BY_PERSONALIZE', 'ACCOUNT_ACCESS_DENIED', 'THROTTLED'],
    },
    GetHealth: {
      tag: 'Service',
      summary: 'Health check',
      description: 'Checks that the table can be read. Needs no authentication.',
      answers: {
        200: { description: 'Healthy', schemas: ['Health'], examples: { ok: { status: 'ok' } } },
        503: { description: 'Unavailable', schemas: ['Health'], examples: { unavailable: { status: 'unavailable' } } },
      },
    },
    GetOpenApi: {
      tag: 'Service',
      summary: 'Get this OpenAPI document',
      description: 'OpenAPI 3.1, generated from the definitions that validate requests. Needs no authentication.',
      headers: ['If-None-Match'],
      answers: {
        200: { description: 'The document', schemas: ['OpenApiDocument'] },
      },
    },
    GetProblem: {
      tag: 'Service',
      summary: 'Get the explanation of a problem',
      description: 'The page that the `type` of a problem links to. Needs no authentication.',
      answers: {
        200: {
          description: 'HTML for browsers (`Accept: text/html`), otherwise Markdown',
          schemas: [],
          texts: ['text/markdown', 'text/html'],
          headers: ['Cache-Control'],
        },
      },
      problems: ['NOT_FOUND'],
    },
  };
}

/** The operations on operations, which only platforms have. */
function platformOperations(): Readonly<
  Record<'RetryEventTrackers' | 'ListOperations' | 'DescribeOperation' | 'CancelOperation', Described>
> {
  const { pending, running } = exampleOperations();
  const tag = 'All tenants';
  return {
    RetryEventTrackers: {
      tag,
      summary: 'Retry many failed event trackers',
      description:
        'Starts an operation that retries every event tracker that is CREATE FAILED with one of the failures: at the pace of the deployment, and in turn between the tenants. Each is retried at most once, and only if its failure has not changed since. Read `Location` for the progress.',
      headers: ['Idempotency-Key'],
      body: {
        schema: 'RetryEventTrackersRequest',
        required: true,
        examples: {
          retry: { failureCodes: ['ACCESS_DENIED'] },
          some: { failureCodes: ['ACCESS_DENIED'], tenantIds: ['acme'], since: '2026-11-23T00:00:00Z' },
        },
      },
      answers: {
        200: {
          description: 'For a dry run: how many event trackers match',
          schemas: ['RetryEventTrackersDryRun'],
          examples: { dryRun: { matched: 500 } },
        },
        202: {
          description: 'Accepted',
          schemas: ['Operation'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { pending },
        },
      },
    },
    ListOperations: {
      tag,
      summary: 'List operations',
      description: 'Newest first. An operation can be read for 30 days after its end.',
      query: listOperationsQuery,
      answers: {
        200: {
          description: 'One page of the list',
          schemas: ['OperationPage'],
          headers: ['Link', 'Cache-Control'],
          examples: { page: { operations: [running] } },
        },
      },
    },
    DescribeOperation: {
      tag,
      summary: 'Read an operation',
      description: 'The read is strongly consistent.',
      answers: {
        200: {
          description: 'The operation, with Retry-After until it ends',
          schemas: ['Operation'],
          headers: ['Retry-After', 'Cache-Control'],
          examples: { running },
        },
      },
    },
    CancelOperation: {
      tag,
      summary: 'Cancel an operation',
      description:
        'Nothing more is retried; what was retried already goes on. Repeating the request is safe, and an operation that has ended stays as it is.',
      body: { schema: 'EmptyBody', required: false, examples: { nothing: {} } },
      answers: {
        200: {
          description: 'The operation, CANCELED or COMPLETED',
          schemas: ['Operation'],
          headers: ['Cache-Control'],
          examples: { canceled: { ...running, status: 'CANCELED', endDateTime: running.lastUpdatedDateTime } },
        },
      },
    },
  };
}
