import { SCOPES } from '../requests/caller.ts';
import type { Features } from './features.ts';
import {
  type AnswerHeader,
  type Described,
  describedOperations,
  type HeaderParameter,
  TAGS,
} from './openapi-operations.ts';
import { contentOf, headerParameters, type OpenApiParameter, queryParameters, responsesOf } from './openapi-parts.ts';
import { exampleProblems, type Reason } from './openapi-problems.ts';
import { componentSchemas, schemaRef } from './openapi-schemas.ts';
import { type Problem, problemOf } from './problem.ts';
import { offeredRoutes, type Route, scopesNeeded } from './routes.ts';
import type { DeploymentScope } from './schemas.ts';

const SCOPE_TEXTS: Readonly<Record<keyof typeof SCOPES, string>> = {
  read: 'read and list event trackers',
  write: 'create, delete and retry event trackers',
  events: 'send interactions',
  adopt: 'take over event trackers that this deployment did not create (`adoptExisting`)',
  callback: 'pass a Step Functions task token that is completed with the outcome (`callback`)',
  platform: 'act for any tenant, named in `tenantId`',
};

/** The account of examples in AWS's documentation. */
export const EXAMPLE_ACCOUNT = '123456789012';

/**
 * The OpenAPI 3.1 document of a deployment, built from the route table and the schemas that validate requests. A tenant `acme` can send
 * its example requests, with the account of the deployment. `GET /openapi.json` needs no token, so the document does not name the account.
 * @param deployment its partition and Region are part of the pattern of dataset group ARNs
 * @param features routes, fields, headers and scopes of features that are off are left out
 */
export function openApiDocument(deployment: DeploymentScope, features: Features) {
  const home = { ...deployment, accountId: EXAMPLE_ACCOUNT };
  const described = describedOperations(home, features);
  const problems = exampleProblems(home);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of offeredRoutes(features)) {
    const operation = operationOf(route, described[route.operation], problems, features);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  const used = new Set<string>(
    Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags)),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Event trackers',
      version: '1.0.0',
      summary:
        'Creates one Amazon Personalize event tracker per dataset group and publishes an event once it is usable.',
      description:
        'Requests are accepted immediately and processed asynchronously: read `Location` again after `Retry-After` seconds, or subscribe to the event. Errors are `application/problem+json` (RFC 9457) with a stable `reason`. Errors of API Gateway itself have the form `{"message"}`. Clients must ignore unknown members in responses.',
      contact: { name: 'The operator of this deployment' },
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
export type OpenApiDocument = ReturnType<typeof openApiDocument>;

function operationOf(
  route: Route,
  { tag, summary, description, query, headers = [], body, answers, problems: own = [] }: Described,
  problems: Readonly<Record<Reason, Problem>>,
  features: Features,
) {
  const isPlatforms = route.authorizer === 'iam';
  const headerParameter = headerParameters(features);
  const parameters = [
    ...pathParameters(route.path),
    ...(query ? queryParameters(query) : []),
    ...headers.map((name) => headerParameter[name]),
  ];
  return {
    operationId: isPlatforms ? `Platform${route.operation}` : route.operation,
    tags: [isPlatforms ? 'Platforms' : tag],
    summary,
    description,
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: body.required,
        content: contentOf(
          body.mediaType ?? 'application/json',
          schemaRef(body.schema),
          (isPlatforms && body.platformExamples) || body.examples,
        ),
      },
    }),
    responses: responsesOf({
      answers: headers.includes('If-None-Match') ? withNotModified(answers) : answers,
      problems: reasonsOf(route, headers, body !== undefined, own).map((reason) =>
        problemOfOperation(reason, body?.mediaType, problems),
      ),
      authorizer: route.authorizer,
      hasBody: body !== undefined,
    }),
  };
}
export type OpenApiOperation = ReturnType<typeof operationOf>;

/** The problem as the operation returns it: 415 names the media type that this one takes. */
function problemOfOperation(
  reason: Reason,
  mediaType: string | undefined,
  problems: Readonly<Record<Reason, Problem>>,
): Problem {
  return reason === 'UNSUPPORTED_MEDIA_TYPE' && mediaType !== undefined
    ? problemOf({ reason, field: 'Content-Type', accepts: mediaType })
    : problems[reason];
}

/** The reasons of the operation's own, and those that follow from what it takes. */
function reasonsOf(
  { authorizer, path, isForAllTenants }: Route,
  headers: readonly HeaderParameter[],
  hasBody: boolean,
  own: readonly Reason[],
): Reason[] {
  const reasons: Reason[] = [];
  if (authorizer !== 'none') reasons.push('INVALID_REQUEST');
  if (authorizer === 'jwt') reasons.push('TENANT_NOT_ALLOWED');
  if (/\{(tracker|operation)Id\}/.test(path)) reasons.push('NOT_FOUND');
  if (hasBody) reasons.push('BODY_NOT_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (headers.includes('Idempotency-Key')) reasons.push('IDEMPOTENCY_KEY_REUSED');
  if (headers.includes('If-Match')) reasons.push('PRECONDITION_FAILED');
  reasons.push(...own);
  // A role may not be one of the deployment's platform roles, and a platform's token may lack what the operation itself needs.
  if (authorizer === 'iam' || isForAllTenants) reasons.push('SCOPE_REQUIRED');
  return [...new Set<Reason>([...reasons, 'INTERNAL_ERROR'])];
}

/** With If-None-Match, the representation has an ETag, and an unchanged one is answered by 304. */
function withNotModified(answers: Described['answers']): Described['answers'] {
  const { headers = [], ...current } = answers[200] ?? { description: '', schemas: [] };
  const ofBoth: readonly AnswerHeader[] = ['ETag', 'Cache-Control'];
  const others = headers.filter((name) => name !== 'Retry-After');
  return {
    ...answers,
    200: { ...current, headers: [...ofBoth, ...headers] },
    304: {
      description: 'Unchanged: If-None-Match contains the current ETag',
      schemas: [],
      headers: [...ofBoth, ...others],
    },
  };
}

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  trackerId: 'The id of the event tracker, as returned by the create request',
  operationId: 'The id of the operation, as returned by the request that started it',
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

/** OpenAPI 3.1 allows scopes for bearer tokens. */
function securityOf(route: Route): Record<string, string[]>[] {
  if (route.authorizer === 'none') return [];
  return route.authorizer === 'iam' ? [{ sigv4: [] }] : [{ jwt: [...scopesNeeded(route)] }];
}

function securitySchemes(features: Features) {
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
