import type { FunctionName } from '../../infra/aws/function-names.ts';

/*
 * Events with every field that API Gateway sends, as AWS documents them, for requests to this service. Where the documentation has a
 * placeholder, there is a value of this service.
 */

/** Where AWS documents the fields. */
export const SOURCES = {
  /** The payload of version 2.0, and how repeated headers, repeated query parameters and cookies arrive. */
  payload: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html',
  /** Claims and scopes of the JWT authorizer. */
  jwt: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html',
  /** The event and the response of a Lambda authorizer, and its context. */
  lambda: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html',
  /** The fields of `authorizer.iam`, which the pages of API Gateway do not list; the format is the same. */
  iam: 'https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html',
  /** An event of IAM with a cognitoIdentity. */
  iamExample: 'https://github.com/aws/aws-lambda-go/blob/main/events/testdata/apigw-v2-request-iam.json',
  /** Which content types arrive as text. AWS's documentation says only "binary"; this was measured. */
  base64: 'https://github.com/ministackorg/ministack/pull/766',
  /** `$default`, the route of all other requests. */
  routes: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html',
} as const;

type Source = keyof typeof SOURCES;

interface Request {
  readonly routeKey: string;
  readonly method: string;
  readonly path: string;
  readonly rawQueryString?: string;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly authorizer?: object;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Present with mutual TLS. */
const authentication = {
  clientCert: {
    clientCertPem: 'CERT_CONTENT',
    subjectDN: 'www.example.com',
    issuerDN: 'Example issuer',
    serialNumber: 'a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1',
    validity: { notBefore: 'May 28 12:30:02 2019 GMT', notAfter: 'Aug  5 09:36:04 2021 GMT' },
  },
};

/** The event of a request, with each documented field. */
function payload({
  routeKey,
  method,
  path,
  headers = {},
  authorizer,
  body,
  isBase64Encoded = false,
  ...rest
}: Request) {
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: rest.rawQueryString ?? '',
    ...(rest.cookies && { cookies: rest.cookies }),
    headers: {
      accept: '*/*',
      'content-length': String(body?.length ?? 0),
      host: 'id.execute-api.us-east-1.amazonaws.com',
      'user-agent': 'agent',
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': '205.255.255.176',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...headers,
    },
    ...(rest.queryStringParameters && { queryStringParameters: rest.queryStringParameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'id',
      authentication,
      ...(authorizer && { authorizer }),
      domainName: 'id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'id',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '205.255.255.176', userAgent: 'agent' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey,
      stage: '$default',
      time: '10/Mar/2020:05:16:23 +0000',
      timeEpoch: 1583817383220,
    },
    ...(body !== undefined && { body }),
    ...(rest.pathParameters && { pathParameters: rest.pathParameters }),
    isBase64Encoded,
    stageVariables: { stageVariable1: 'value1', stageVariable2: 'value2' },
  };
}

const JSON_BODY = { 'content-type': 'application/json' };
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const CREATE = JSON.stringify({ name: 'shop', datasetGroupArn: GROUP, tags: [{ tagKey: 'team', tagValue: 'größe' }] });
const SCOPES = ['event-trackers/read', 'event-trackers/write'];
const jwt = (claims: Readonly<Record<string, string>>, scopes: readonly string[] = SCOPES) => ({
  jwt: { claims: { iss: 'https://issuer.example.org/', exp: '1893456000', sub: 'acme-1', ...claims }, scopes },
});
const TOKEN = jwt({ tenant: 'acme', scope: SCOPES.join(' ') });
const iam = (userArn: string) => ({
  iam: {
    accessKey: 'ASIAEXAMPLE',
    accountId: '123456789012',
    callerId: 'AROAEXAMPLE:session',
    cognitoIdentity: null,
    principalOrgId: 'o-0123456789',
    userArn,
    userId: 'AROAEXAMPLE:session',
  },
});
const PLATFORM = iam('arn:aws:sts::123456789012:assumed-role/platform/session');

const create = (more: Partial<Request>): object =>
  payload({
    routeKey: 'POST /event-trackers',
    method: 'POST',
    path: '/event-trackers',
    body: CREATE,
    headers: JSON_BODY,
    ...more,
  });
const list = (query: string, joined: Readonly<Record<string, string>>, more: Partial<Request> = {}): object =>
  payload({
    ...{ routeKey: 'GET /event-trackers', method: 'GET', path: '/event-trackers', authorizer: TOKEN },
    ...{ rawQueryString: query, queryStringParameters: joined, ...more },
  });

export interface Fixture {
  readonly name: string;
  /** Where AWS documents it. */
  readonly sources: readonly Source[];
  readonly to: FunctionName;
  readonly event: object;
  /** The table has the tracker of the request, which is ACTIVE. */
  readonly isStored?: boolean;
  readonly status: number;
  /** What the body must contain, in any order. */
  readonly body?: object;
}

export const FIXTURES: readonly Fixture[] = [
  {
    name: 'a request with a token whose scopes are one string',
    sources: ['payload', 'jwt'],
    to: 'api-write',
    event: create({ authorizer: TOKEN }),
    status: 202,
    body: { name: 'shop', tenantId: 'acme' },
  },
  {
    name: 'a request with a token whose scopes are a list, which is in the claim as text',
    sources: ['payload', 'jwt'],
    to: 'api-write',
    event: create({ authorizer: jwt({ tenant: 'acme', scp: `[${SCOPES.join(' ')}]` }) }),
    status: 202,
    body: { tenantId: 'acme' },
  },
  {
    name: 'a token of another tenant',
    sources: ['payload', 'jwt'],
    to: 'api-write',
    event: create({ authorizer: jwt({ tenant: 'umbrella', scope: SCOPES.join(' ') }) }),
    status: 403,
    body: { reason: 'DATASET_GROUP_NOT_ALLOWED' },
  },
  {
    name: 'a request that a session of a platform role signed',
    sources: ['payload', 'iam', 'iamExample'],
    to: 'api-read',
    event: list(
      'tenantId=acme',
      { tenantId: 'acme' },
      {
        ...{ routeKey: 'GET /platform/event-trackers', path: '/platform/event-trackers', authorizer: PLATFORM },
      },
    ),
    status: 200,
    body: { eventTrackers: [] },
  },
  {
    name: 'a request that another role signed',
    sources: ['payload', 'iam', 'iamExample'],
    to: 'api-read',
    event: list(
      'tenantId=acme',
      { tenantId: 'acme' },
      {
        ...{ routeKey: 'GET /platform/event-trackers', path: '/platform/event-trackers' },
        authorizer: iam('arn:aws:sts::123456789012:assumed-role/Admin/session'),
      },
    ),
    status: 403,
    body: { reason: 'SCOPE_REQUIRED' },
  },
  {
    name: 'a presigned request, whose signature is in the query',
    sources: ['payload', 'iam'],
    to: 'api-read',
    event: list(
      'tenantId=acme&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc',
      { tenantId: 'acme', 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Signature': 'abc' },
      { routeKey: 'GET /platform/event-trackers', path: '/platform/event-trackers', authorizer: PLATFORM },
    ),
    status: 200,
  },
  {
    name: 'a request that the Lambda authorizer accepted',
    sources: ['payload', 'lambda'],
    to: 'api-write',
    event: create({
      authorizer: {
        lambda: {
          claims: JSON.stringify({ tenant: 'acme', scope: SCOPES.join(' ') }),
          scopes: JSON.stringify(SCOPES),
          expires: '4102444800',
          tenant: 'acme',
        },
      },
    }),
    status: 202,
    body: { tenantId: 'acme' },
  },
  {
    name: 'a cached answer of the Lambda authorizer for a token that has expired since',
    sources: ['payload', 'lambda'],
    to: 'api-write',
    event: create({
      authorizer: {
        lambda: {
          claims: JSON.stringify({ tenant: 'acme', scope: SCOPES.join(' ') }),
          scopes: JSON.stringify(SCOPES),
          expires: '1577836800',
          tenant: 'acme',
        },
      },
    }),
    status: 401,
  },
  {
    name: 'a request that matches no route, with cookies, repeated headers and repeated parameters',
    sources: ['payload', 'routes'],
    to: 'api-read',
    event: payload({
      ...{ routeKey: '$default', method: 'POST', path: '/my/path', body: 'Hello from Lambda' },
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
      cookies: ['cookie1', 'cookie2'],
      headers: { header1: 'value1', header2: 'value1,value2' },
    }),
    status: 404,
    body: { reason: 'NOT_FOUND' },
  },
  {
    name: 'a known path with another method, which also matches no route',
    sources: ['payload', 'routes'],
    to: 'api-read',
    event: payload({ routeKey: '$default', method: 'PUT', path: '/event-trackers' }),
    status: 405,
    body: { reason: 'METHOD_NOT_ALLOWED' },
  },
  {
    name: 'an open route',
    sources: ['payload'],
    to: 'api-read',
    event: payload({ routeKey: 'GET /health', method: 'GET', path: '/health' }),
    status: 200,
    body: { status: 'ok' },
  },
  {
    name: 'a body in base64',
    sources: ['payload', 'base64'],
    to: 'api-write',
    event: create({ authorizer: TOKEN, body: Buffer.from(CREATE).toString('base64'), isBase64Encoded: true }),
    status: 202,
    body: { tags: [{ tagKey: 'team', tagValue: 'größe' }] },
  },
  {
    name: 'a body in base64 that is not UTF-8',
    sources: ['payload', 'base64'],
    to: 'api-write',
    event: create({ authorizer: TOKEN, body: Buffer.from(CREATE, 'latin1').toString('base64'), isBase64Encoded: true }),
    status: 400,
    body: { reason: 'BODY_NOT_JSON' },
  },
  {
    name: 'a merge patch, whose type API Gateway does not take for text',
    sources: ['payload', 'base64'],
    to: 'api-write',
    event: payload({
      ...{ routeKey: 'PATCH /event-trackers/{trackerId}', method: 'PATCH', authorizer: TOKEN },
      path: '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq',
      pathParameters: { trackerId: 'et-aqm2uhwb7pflkqipkzrbxen4hq' },
      headers: { 'content-type': 'application/merge-patch+json' },
      body: Buffer.from('{"tags": [{"tagKey": "team", "tagValue": "größe"}]}').toString('base64'),
      isBase64Encoded: true,
    }),
    isStored: true,
    status: 202,
    body: { status: 'ACTIVE' },
  },
  {
    name: 'a repeated parameter, whose values are joined with commas',
    sources: ['payload'],
    to: 'api-read',
    event: list('status=ACTIVE&status=CREATE%20FAILED', { status: 'ACTIVE,CREATE FAILED' }),
    status: 200,
    body: { eventTrackers: [] },
  },
  {
    name: 'a repeated parameter that may have one value',
    sources: ['payload'],
    to: 'api-read',
    event: list('maxResults=1&maxResults=2', { maxResults: '1,2' }),
    status: 400,
    body: { reason: 'INVALID_REQUEST' },
  },
  {
    name: 'a repeated header that may have one value',
    sources: ['payload'],
    to: 'api-write',
    event: create({ authorizer: TOKEN, headers: { ...JSON_BODY, 'idempotency-key': 'key-1,key-2' } }),
    status: 400,
    body: { reason: 'INVALID_REQUEST', errors: [{ field: 'Idempotency-Key' }] },
  },
  {
    name: 'cookies, which this API does not read',
    sources: ['payload'],
    to: 'api-write',
    event: create({ authorizer: TOKEN, cookies: ['tenant=umbrella', 'session=1'] }),
    status: 202,
    body: { tenantId: 'acme' },
  },
];

/** The event of a Lambda authorizer, with each documented field. Its identity source is the header Authorization. */
export const AUTHORIZER_EVENT = {
  version: '2.0',
  type: 'REQUEST',
  routeArn: 'arn:aws:execute-api:us-east-1:123456789012:id/$default/POST/event-trackers',
  identitySource: ['Bearer not-a-token'],
  ...(({ body: _, isBase64Encoded: __, ...event }) => event)(
    create({ headers: { ...JSON_BODY, authorization: 'Bearer not-a-token' } }) as Record<string, unknown>,
  ),
};
