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

/** What a token may do by each scope. */
const SCOPE_TEXTS: Readonly<Record<keyof typeof SCOPES, string>> = {
  read: 'look at and list event trackers',
  write: 'ask for, delete and retry event trackers',
  events: 'send interactions',
  adopt: 'take over event trackers that others made, by `adoptExisting`',
  callback: 'have a task token answered on the outcome',
  platform: 'act for any tenant, named by `tenantId`',
};

/**
 * The OpenAPI 3.1 document of a deployment: its routes from the route table, its schemas from those that validate. Requests made
 * from its examples can be made by a tenant `acme`.
 * @param home names the account and Region that a dataset group's ARN must be of
 * @param features what the deployment has: routes, fields, headers and scopes of what it has not are left out
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
      summary: 'One Amazon Personalize event tracker for each dataset group, and an event when it may be used.',
      description:
        'Requests are answered at once and carried out behind: look at `Location` after `Retry-After` seconds, or listen for the event. Errors are `application/problem+json` (RFC 9457) with a stable `reason`; what API Gateway answers itself is `{"message"}`. Clients have to bear members that they do not know.',
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
  trackerId: "The event tracker's id, as the answer to its request gave it",
  reason: "A problem's reason, in lower case",
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

/** A role has no tenant claim that could be wrong; it may be none of a platform's. */
function reasonsAt({ authorizer }: Route, reasons: readonly Reason[]): Reason[] {
  const own: readonly Reason[] =
    authorizer === 'iam' ? [...reasons.filter((reason) => reason !== 'TENANT_NOT_ALLOWED'), 'SCOPE_REQUIRED'] : reasons;
  return [...new Set<Reason>([...own, 'INTERNAL_ERROR'])];
}

/** OpenAPI 3.1 lets a bearer token's scopes be named; any one of a route's will do. */
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
      description: `A token of the deployment's issuer. Its tenant claim is the tenant. Scopes:\n\n${scopes.join('\n')}`,
    },
    // As API Gateway's own exports name it: OpenAPI has no scheme for signatures.
    ...(features.platformRoles && {
      sigv4: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        'x-amazon-apigateway-authtype': 'awsSigv4',
        description:
          "Signature Version 4 for the service `execute-api`, by a role of the deployment's list of platforms.",
      },
    }),
  };
}
