import * as z from 'zod';
import { failureSchema, RETRYABLE, STATUSES } from '../../events/contract.ts';
import { HISTORY_CAUSES, type HistoryCause } from '../tracker/history.ts';
import type { Features } from './features.ts';
import { putEventsRequest } from './interactions.ts';
import { exampleProblems } from './openapi-problems.ts';
import {
  batchRequest,
  createEventTrackerRequest,
  type DeploymentScope,
  dryRunResponse,
  emptyObject,
  eventTrackerResource,
  existingEventTracker,
} from './schemas.ts';

/** A problem's own text is for people; `reason` is what a program goes by. */
const problemSchema = (reasons: readonly string[]) =>
  z.object({
    type: z.string().describe('Where the problem is explained, relative to the API: /problems/reason'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    remedy: z.string().describe('What to do about it, for people'),
    reason: z.enum(reasons).describe('A stable code'),
    retryable: z.boolean().describe(RETRYABLE),
    correlationId: z.string().describe("The request's id"),
    errors: z
      .array(
        z.object({
          field: z.string().describe('Its path, as tags[3].tagKey; (body) for the whole'),
          rule: z.string(),
        }),
      )
      .optional(),
    existing: existingEventTracker.optional(),
    awsError: z.string().optional().describe('The AWS error, where one was answered'),
    awsRequestId: z.string().optional(),
  });

const eventTrackerPage = z.object({
  eventTrackers: z.array(eventTrackerResource),
  nextToken: z.string().optional().describe('Where the list goes on; absent on its last page'),
});

const batchResponse = (problem: z.ZodType) =>
  z.object({
    results: z
      .array(
        z.object({
          status: z.int().min(200).max(599).describe('What POST /event-trackers would have answered'),
          eventTracker: eventTrackerResource.optional(),
          problem: problem.optional(),
        }),
      )
      .describe('One for each request, in their order'),
  });

const history = z.object({
  trackerId: z.string(),
  transitions: z
    .array(
      z.object({
        at: z.iso.datetime(),
        generation: z.int(),
        status: z.enum(STATUSES),
        cause: z.enum(Object.keys(HISTORY_CAUSES) as HistoryCause[]).describe('Why the state moved, for programs'),
        message: z.string().describe('The same in a sentence, for people; of a failure its reason'),
        awsRequestId: z.string().optional(),
      }),
    )
    .describe('The newest, the oldest of them first'),
});

const putEventsResponse = z.object({
  accepted: z.int().min(0).describe('How many events Personalize took'),
  failed: z
    .array(
      z.object({
        index: z.int().min(0).describe('Its place in eventList'),
        reason: z.string(),
        retryable: z.boolean().describe(RETRYABLE),
      }),
    )
    .describe('The events that it did not take'),
});

const openApiDocument = z
  .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.record(z.string(), z.looseObject({})) })
  .describe('OpenAPI 3.1');

const health = z.object({ status: z.enum(['ok', 'unavailable']) });

const gatewayMessage = z
  .object({ message: z.string().nullable() })
  .describe('What API Gateway answers itself, before a request reaches the service');

/** The bodies of requests and answers, by the names they have in the OpenAPI document. */
function named(home: DeploymentScope, { callbacks }: Features) {
  const problem = problemSchema(Object.keys(exampleProblems(home)));
  const create = createEventTrackerRequest(home);
  return {
    CreateEventTrackerRequest: callbacks ? create : create.omit({ callback: true }),
    BatchCreateEventTrackersRequest: batchRequest,
    PutEventsRequest: putEventsRequest,
    EmptyBody: emptyObject,
    EventTracker: eventTrackerResource,
    EventTrackerPage: eventTrackerPage,
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

/** Used by the route for interactions only. */
const OF_EVENTS: readonly string[] = ['PutEventsRequest', 'PutEventsAnswer'] satisfies SchemaName[];

/** A JSON Schema (draft 2020-12) as the document holds it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export const schemaRef = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/**
 * `components.schemas`, made from the zod schemas that validate. Answers are open: clients have to bear members that are added.
 * @param home names the account and Region that a dataset group's ARN must be of
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
  // Each request is judged by itself, so the validating schema takes anything; what is asked for is this.
  const batch = made.BatchCreateEventTrackersRequest;
  const { requests } = (batch?.properties ?? {}) as Record<string, JsonSchema>;
  const properties = { requests: { ...requests, items: schemaRef('CreateEventTrackerRequest') } };
  return { ...made, BatchCreateEventTrackersRequest: { ...batch, properties } };
}

/** The JSON Schema of one zod schema, for parameters. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', override: withoutDatePattern });
  return json;
}

/** `format: date-time` says it; zod's pattern of 300 characters beside it helps nobody. */
function withoutDatePattern({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}
