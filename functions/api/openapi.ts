import { SCOPES } from '../requests/caller.ts';
import type { Features } from './features.ts';
import { describedOperations, TAGS } from './openapi-operations.ts';
import {
  headerParameters,
  type OpenApiParameter,
  type OpenApiResponse,
  queryParameters,
  responsesOf,
} from './openapi-parts.ts';
import { exampleProblems, type Reason } from './openapi-problems.ts';
import { componentSchemas, type JsonSchema, schemaRef } from './openapi-schemas.ts';
import { offeredRoutes, type Route } from './routes.ts';
import type { DeploymentScope } from './schemas.ts';

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>;
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}
type Content = Readonly<
  Record<
    string,
    { readonly schema: JsonSchema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
  >
>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: ReadonlyArray<{ readonly url: string }>;
  readonly tags: ReadonlyArray<{ readonly name: string; readonly description: string }>;
  /** By path and then by method, in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

const SCOPE_TEXTS: Readonly<Record<keyof typeof SCOPES, string>> = {
  read: 'read and list event trackers',
  write: 'create, delete and retry event trackers',
  events: 'send interactions',
  adopt: 'take over event trackers that this deployment did not create (`adoptExisting`)',
  callback: 'pass a Step Functions task token that is completed with the outcome (`callback`)',
  platform: 'act for any tenant, named in `tenantId`',
};

/**
 * The OpenAPI 3.1 document of a deployment, built from the route table and the schemas that validate requests. A tenant `acme` can send
 * its example requests.
 * @param home its partition, Region and account are part of the pattern of dataset group ARNs
 * @param features routes, fields, headers and scopes of features that are off are left out
 */
export function openApiDocument(home: DeploymentScope, features: Features): OpenApiDocument {
  const described = describedOperations(home, features);
  const headerParameter = headerParameters(features);
  const problems = exampleProblems(home);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of offeredRoutes(features)) {
    const {
      tag,
      summary,
      description,
      query,
      headers = [],
      body,
      answers,
      problems: reasons,
    } = described[route.operation];
    const parameters = [
      ...pathParameters(route.path),
      ...(query ? queryParameters(query) : []),
      ...headers.map((name) => headerParameter[name]),
    ];
    const isPlatforms = route.authorizer === 'iam';
    const examples = isPlatforms ? body?.platformExamples : body?.examples;
    const operation: OpenApiOperation = {
      operationId: isPlatforms ? `Platform${route.operation}` : route.operation,
      tags: [isPlatforms ? 'Platforms' : tag],
      summary,
      description,
      security: securityOf(route),
      ...(parameters.length > 0 && { parameters }),
      ...(body && {
        requestBody: {
          required: body.required,
          content: {
            'application/json': { schema: schemaRef(body.schema), examples: asExamples(examples ?? body.examples) },
          },
        },
      }),
      responses: responsesOf({
        answers,
        problems: reasonsAt(route, reasons).map((reason) => problems[reason]),
        authorizer: route.authorizer,
        hasBody: body !== undefined,
      }),
    };
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  const used = new Set(Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags)));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Event trackers',
      version: '1.0.0',
      summary:
        'Creates one Amazon Personalize event tracker per dataset group and publishes an event once it is usable.',
      description:
        'Requests are accepted immediately and processed asynchronously: read `Location` again after `Retry-After` seconds, or subscribe to the event. Errors are `application/problem+json` (RFC 9457) with a stable `reason`. Errors of API Gateway itself have the form `{"message"}`. Clients must ignore unknown members in responses.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { securitySchemes: securitySchemes(features), schemas: componentSchemas(home, features) },
  };
}

const asExamples = (examples: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  trackerId: 'The id of the event tracker, as returned by the create request',
  reason: 'The reason of a problem, in lower case',
};

function pathParameters(path: string): OpenApiParameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: PATH_PARAMETERS[name] ?? '',
    schema: { type: 'string' },
  }));
}

/** A role has no tenant claim, but it may not be one of the deployment's platform roles. */
function reasonsAt({ authorizer }: Route, reasons: readonly Reason[]): Reason[] {
  const own: readonly Reason[] =
    authorizer === 'iam' ? [...reasons.filter((reason) => reason !== 'TENANT_NOT_ALLOWED'), 'SCOPE_REQUIRED'] : reasons;
  return [...new Set<Reason>([...own, 'INTERNAL_ERROR'])];
}

/** OpenAPI 3.1 allows scopes for bearer tokens. One scope of the route is enough. */
function securityOf({ authorizer, scopes }: Route): OpenApiOperation['security'] {
  return authorizer === 'iam' ? [{ sigv4: [] }] : scopes.map((scope) => ({ jwt: [scope] }));
}

function securitySchemes(features: Features): OpenApiDocument['components']['securitySchemes'] {
  const isOffered = (name: string) =>
    (name !== 'events' || features.events) && (name !== 'callback' || features.callbacks);
  const scopes = Object.entries(SCOPES)
    .filter(([name]) => isOffered(name))
    .map(([name, scope]) => `- \`${scope}\`: ${SCOPE_TEXTS[name as keyof typeof SCOPES]}`);
  return {
    jwt: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: `A token of the deployment's issuer. Its tenant claim names the tenant. Scopes:\n\n${scopes.join('\n')}`,
    },
    // The form of API Gateway's own exports: OpenAPI has no scheme for signatures.
    ...(features.platformRoles && {
      sigv4: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        'x-amazon-apigateway-authtype': 'awsSigv4',
        description:
          'AWS Signature Version 4 for the service `execute-api`, by one of the platform roles of the deployment.',
      },
    }),
  };
}
