import type * as z from 'zod';
import { HISTORY_CAUSES } from '../tracker/history.ts';
import type { Features } from './features.ts';
import { exampleDryRuns, exampleRequests, exampleResources } from './openapi-examples.ts';
import type { Reason } from './openapi-problems.ts';
import type { SchemaName } from './openapi-schemas.ts';
import type { OperationName } from './routes.ts';
import {
  createEventTrackerQuery,
  type DeploymentScope,
  deleteEventTrackerQuery,
  listEventTrackersQuery,
} from './schemas.ts';

export const TAGS = {
  'Event trackers': 'One for each dataset group: asked for, watched until it may be used, deleted.',
  Events: 'Interactions, passed on to the event tracker of a dataset group.',
  Service: 'The service itself.',
  Platforms: 'The same for platforms, which come with a role instead of a token and name the tenant they act for.',
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

/** What an operation answers when it does what it was asked for. */
export interface Answer {
  readonly description: string;
  /** Any of these; none: there is no body. */
  readonly schemas: readonly SchemaName[];
  readonly headers?: readonly AnswerHeader[];
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Media types of text, instead of schemas. */
  readonly texts?: readonly string[];
}

/** What the document says of an operation beyond its route. */
export interface Described {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodObject;
  readonly headers?: readonly HeaderParameter[];
  readonly body?: {
    readonly schema: SchemaName;
    readonly required: boolean;
    readonly examples: Readonly<Record<string, unknown>>;
    /** Where a platform has to say more than a tenant. */
    readonly platformExamples?: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly Reason[];
}

/** A body that is read, a tenant that is told from the token: what may be wrong with either. */
const OF_A_BODY: readonly Reason[] = ['BODY_NOT_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const OF_EVERY_TENANT: readonly Reason[] = ['INVALID_REQUEST', 'TENANT_NOT_ALLOWED'];
const OF_ONE_TRACKER: readonly Reason[] = [...OF_EVERY_TENANT, 'NOT_FOUND'];

/**
 * Each operation of the route table, as a deployment with these features has it; one without a description does not compile.
 * @param home is in the examples and in the pattern of a dataset group's ARN
 */
export function describedOperations(
  home: DeploymentScope,
  features: Features,
): Readonly<Record<OperationName, Described>> {
  const holds = features.preferWaitSeconds > 0;
  const prefer: readonly HeaderParameter[] = holds ? ['Prefer'] : [];
  const applied: readonly AnswerHeader[] = holds ? ['Preference-Applied'] : [];
  const tooMany: readonly Reason[] = features.maxUnfinishedPerTenant === undefined ? [] : ['TOO_MANY_UNFINISHED'];
  const { active, pending, deleting, deleted, failed } = exampleResources(home);
  const requests = exampleRequests(home);
  return {
    CreateEventTracker: {
      tag: 'Event trackers',
      summary: 'Ask for the event tracker of a dataset group',
      description:
        'Answered as soon as it is recorded; from then on it is made whatever fails. The same request again is safe at any time, and meets the same resource. A dataset group has one event tracker: another name or other tags are a conflict. `dryRun=true` answers what would happen, and records nothing.',
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
            'The same request was made before and has its outcome; or what a dry run found (then without Location)',
          schemas: ['EventTracker', 'DryRun'],
          headers: ['Location', 'Idempotency-Replayed'],
          examples: {
            active,
            failed,
            ...exampleDryRuns(home),
          },
        },
        202: {
          description: 'Accepted, and being made: look at Location again after Retry-After seconds',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { pending },
        },
      },
      problems: [
        ...OF_EVERY_TENANT,
        ...OF_A_BODY,
        'DATASET_GROUP_NOT_ALLOWED',
        'SCOPE_REQUIRED',
        'NOT_FOUND',
        'NAME_CONFLICT',
        'TAGS_CONFLICT',
        'NO_ROOM',
        'IDEMPOTENCY_KEY_REUSED',
        ...(features.callbacks ? (['TOO_MANY_CALLBACKS'] as const) : []),
        ...tooMany,
        'THROTTLED',
      ],
    },
    BatchCreateEventTrackers: {
      tag: 'Event trackers',
      summary: 'Ask for up to 100 event trackers',
      description: 'Each request is judged by itself, and has its own result, in the order of the requests.',
      headers: ['traceparent'],
      body: {
        schema: 'BatchCreateEventTrackersRequest',
        required: true,
        examples: { batch: { requests: [requests.create, requests.foreign] } },
        platformExamples: { batch: { requests: [{ ...requests.create, tenantId: 'acme' }] } },
      },
      answers: {
        200: { description: 'A result for each request', schemas: ['BatchCreateEventTrackersAnswer'] },
      },
      problems: [...OF_EVERY_TENANT, ...OF_A_BODY],
    },
    DescribeEventTracker: {
      tag: 'Event trackers',
      summary: 'Look at an event tracker',
      description: 'Right from the moment at which it was accepted. `trackingId` is there only while it is ACTIVE.',
      headers: [...prefer, 'If-None-Match'],
      answers: {
        200: {
          description: 'The event tracker; with Retry-After while there is something to wait for',
          schemas: ['EventTracker'],
          headers: ['ETag', 'Cache-Control', 'Retry-After', ...applied],
          examples: { active, pending, failed, deleted },
        },
        304: {
          description: 'It is as If-None-Match says',
          schemas: [],
          headers: ['ETag', 'Cache-Control', ...applied],
        },
      },
      problems: OF_ONE_TRACKER,
    },
    ListEventTrackers: {
      tag: 'Event trackers',
      summary: "List a tenant's event trackers",
      description:
        'A page may hold fewer than `maxResults`, and even none, while there is a `nextToken`. Those DELETED or RELEASED are left out unless `status` asks for them.',
      query: listEventTrackersQuery(home),
      answers: {
        200: {
          description: 'A page of the list',
          schemas: ['EventTrackerPage'],
          headers: ['Link', 'Cache-Control'],
          examples: { page: { eventTrackers: [active] } },
        },
      },
      problems: OF_EVERY_TENANT,
    },
    DeleteEventTracker: {
      tag: 'Event trackers',
      summary: 'Delete an event tracker',
      description: `A repeat is a success at any time. An event tracker that was adopted is let go of and stays${features.destroyAdopted ? ', unless `destroy=true`' : ''}.`,
      query: features.destroyAdopted ? deleteEventTrackerQuery : deleteEventTrackerQuery.omit({ destroy: true }),
      headers: ['If-Match', 'traceparent'],
      answers: {
        200: {
          description: 'It is DELETED, or RELEASED: nothing is left to do',
          schemas: ['EventTracker'],
          headers: ['Location'],
          examples: { deleted },
        },
        202: {
          description: 'Accepted, and being deleted',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After'],
          examples: { deleting },
        },
      },
      problems: [
        ...OF_ONE_TRACKER,
        ...(features.destroyAdopted ? [] : (['DESTROY_NOT_ENABLED'] as const)),
        'PRECONDITION_FAILED',
        'NO_ROOM',
      ],
    },
    RetryEventTracker: {
      tag: 'Event trackers',
      summary: 'Try again after CREATE FAILED',
      description: 'One that is being made is answered as it is. No body is needed; an empty object may be sent.',
      headers: ['Idempotency-Key', 'traceparent'],
      body: { schema: 'EmptyBody', required: false, examples: { nothing: {} } },
      answers: {
        200: {
          description: 'It has its outcome already',
          schemas: ['EventTracker'],
          headers: ['Location', 'Idempotency-Replayed'],
        },
        202: {
          description: 'Accepted, and being made',
          schemas: ['EventTracker'],
          headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          examples: { pending: { ...pending, generation: 2 } },
        },
      },
      problems: [...OF_ONE_TRACKER, ...OF_A_BODY, 'NOT_FAILED', 'NO_ROOM', 'IDEMPOTENCY_KEY_REUSED', ...tooMany],
    },
    GetEventTrackerHistory: {
      tag: 'Event trackers',
      summary: 'What happened to an event tracker',
      description: 'The latest 50 transitions, each with its cause, and with the request ID of AWS where there is one.',
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
      problems: OF_ONE_TRACKER,
    },
    PutEvents: {
      tag: 'Events',
      summary: 'Send interactions to Personalize',
      description:
        'Passed on with the tracking ID, which the caller need not have. Up to 100 events: Personalize takes ten a call, so some may be taken and others not.',
      body: { schema: 'PutEventsRequest', required: true, examples: { events: requests.putEvents } },
      answers: {
        200: {
          description: 'How many were taken, and which were not',
          schemas: ['PutEventsAnswer'],
          examples: { taken: { accepted: 1, failed: [] } },
        },
      },
      problems: [...OF_ONE_TRACKER, ...OF_A_BODY, 'NOT_ACTIVE', 'REFUSED_BY_PERSONALIZE', 'THROTTLED'],
    },
    GetHealth: {
      tag: 'Service',
      summary: 'Whether requests can be served',
      description: 'Open to everybody.',
      answers: {
        200: { description: 'They can', schemas: ['Health'], examples: { ok: { status: 'ok' } } },
        503: { description: 'They can not', schemas: ['Health'], examples: { unavailable: { status: 'unavailable' } } },
      },
      problems: [],
    },
    GetOpenApi: {
      tag: 'Service',
      summary: 'This document',
      description: 'OpenAPI 3.1, made from the definitions that validate. Open to everybody.',
      headers: ['If-None-Match'],
      answers: {
        200: { description: 'The document', schemas: ['OpenApiDocument'], headers: ['ETag', 'Cache-Control'] },
        304: { description: 'It is as If-None-Match says', schemas: [], headers: ['ETag', 'Cache-Control'] },
      },
      problems: [],
    },
    GetProblem: {
      tag: 'Service',
      summary: 'What a problem means',
      description: 'The page that the `type` of a problem leads to. Open to everybody.',
      answers: {
        200: {
          description: 'HTML for a browser (`Accept: text/html`), else Markdown',
          schemas: [],
          texts: ['text/markdown', 'text/html'],
          headers: ['Cache-Control'],
        },
      },
      problems: ['NOT_FOUND'],
    },
  };
}
