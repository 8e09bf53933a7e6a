import * as z from 'zod';
import { omit } from 'zod/mini';
import { failureSchema } from '../../events/contract.ts';
import { RETRYABLE, STATUSES } from '../../events/names.ts';
import { HISTORY_CAUSES, type HistoryCause } from '../tracker/history-causes.ts';
import { batchRequest, emptyObject, updateEventTrackerRequest } from './change-schemas.ts';
import type { Features } from './features.ts';
import { putEventsRequest } from './interactions.ts';
import { exampleProblems } from './openapi-problems.ts';
import { operationPage, operationResource, retryDryRunResponse, retryEventTrackersRequest } from './operations.ts';
import { eventTrackerSummary } from './queries.ts';
import { dryRunResponse, eventTrackerResource, existingEventTracker } from './resource-schemas.ts';
import { createEventTrackerRequest, type DeploymentScope } from './schemas.ts';

const problemSchema = (reasons: readonly string[]) =>
  z.object({
    type: z.string().describe('The path of the page that explains the problem: /problems/{reason}'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    remedy: z.string().describe('What to do about it, for people'),
    reason: z.enum(reasons).describe('A stable code, for programs'),
    retryable: z.boolean().describe(RETRYABLE),
    correlationId: z.string().describe('The id of the request'),
    errors: z
      .array(
        z.object({
          field: z.string().describe('The path of the field, such as tags[3].tagKey, or (body)'),
          rule: z.string(),
        }),
      )
      .optional(),
    existing: existingEventTracker.optional(),
    awsError: z.string().optional().describe('The AWS error code, if AWS returned one'),
    awsRequestId: z.string().optional(),
  });

const eventTrackerPage = z.object({
  eventTrackers: z.array(eventTrackerResource),
  nextToken: z.string().optional().describe('For the next page; absent on the last page'),
});

const batchResponse = (problem: z.ZodType) =>
  z.object({
    results: z
      .array(
        z.object({
          status: z.int().min(200).max(599).describe('The status code that POST /event-trackers would have returned'),
          eventTracker: eventTrackerResource.optional(),
          problem: problem.optional(),
        }),
      )
      .describe('One per request, in the same order'),
  });

const history = z.object({
  trackerId: z.string(),
  transitions: z
    .array(
      z.object({
        at: z.iso.datetime(),
        generation: z.int(),
        status: z.enum(STATUSES),
        cause: z
          .enum(Object.keys(HISTORY_CAUSES) as HistoryCause[])
          .describe('Why the transition happened: a stable code, for programs'),
        message: z.string().describe('A sentence for people: the meaning of the cause, or the reason of a failure'),
        awsRequestId: z.string().optional(),
      }),
    )
    .describe('The latest transitions, oldest first'),
});

const putEventsResponse = z.object({
  accepted: z.int().min(0).describe('The number of interactions that Personalize accepted'),
  failed: z
    .array(
      z.object({
        index: z.int().min(0).describe('The index in eventList'),
        reason: z.string().describe('What happened, for people'),
        remedy: z.string().describe('What to do about it, for people'),
        retryable: z.boolean().describe(RETRYABLE),
      }),
    )
    .describe('The interactions that were not accepted'),
});

const openApiDocument = z
  .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.record(z.string(), z.looseObject({})) })
  .describe('OpenAPI 3.1');

const health = z.object({ status: z.enum(['ok', 'unavailable']) });

const gatewayMessage = z
  .object({ message: z.string().nullable() })
  .describe('An error of API Gateway itself: the request did not reach the service');

/** The schemas of all bodies, by their names in the OpenAPI document. */
function named(home: DeploymentScope, { callbacks }: Features) {
  const problem = problemSchema(Object.keys(exampleProblems(home)));
  const create = createEventTrackerRequest(home);
  return {
    CreateEventTrackerRequest: callbacks ? create : omit(create, { callback: true }),
    BatchCreateEventTrackersRequest: batchRequest,
    UpdateEventTrackerRequest: updateEventTrackerRequest,
    PutEventsRequest: putEventsRequest,
    EmptyBody: emptyObject,
    EventTracker: eventTrackerResource,
    EventTrackerPage: eventTrackerPage,
    EventTrackerSummary: eventTrackerSummary,
    RetryEventTrackersRequest: retryEventTrackersRequest(home),
    RetryEventTrackersDryRun: retryDryRunResponse,
    Operation: operationResource,
    OperationPage: operationPage,
    DryRun: dryRunResponse,
    BatchCreateEventTrackersAnswer: batchResponse(problem),
    EventTrackerHistory: history,
    PutEventsAnswer: putEventsResponse,
    Health: health,
    Failure: failureSchema,
    Problem: problem,
    ApiGatewayError: gatewayMessage,
    OpenApiDocument: openApiDocument,
  };
}
export type SchemaName = keyof ReturnType<typeof named>;

/** Used only by the route for interactions. */
const OF_EVENTS: readonly string[] = ['PutEventsRequest', 'PutEventsAnswer'] satisfies SchemaName[];

/** A JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export const schemaRef = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/**
 * `components.schemas`, generated from the zod schemas that validate requests. Response schemas are open: members may be added.
 * @param home its partition, Region and account are part of the pattern of dataset group ARNs
 */
export function componentSchemas(home: DeploymentScope, features: Features): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named(home, features))) {
    if (features.events || !OF_EVENTS.includes(id)) registry.add(schema, { id });
  }
  const uri = (id: string) => `#/components/schemas/${id}`;
  const made: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(
    z.toJSONSchema(registry, { io: 'input', uri, override: withoutDatePattern }).schemas,
  )) {
    const { $schema: _, $id: __, ...rest }: JsonSchema = schema;
    made[name] = rest;
  }
  // The validating schema accepts any item, because each request is validated on its own.
  const batch = made.BatchCreateEventTrackersRequest;
  const { requests } = (batch?.properties ?? {}) as Record<string, JsonSchema>;
  const properties = { requests: { ...requests, items: schemaRef('CreateEventTrackerRequest') } };
  return { ...made, BatchCreateEventTrackersRequest: { ...batch, properties } };
}

/** The JSON Schema of one zod schema, for parameters. */
export function jsonSchemaOf(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', override: withoutDatePattern });
  return json;
}

/** Drops zod's pattern of 300 characters, which `format: date-time` already implies. */
function withoutDatePattern({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}
