import { CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigw from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { offeredRoutes, PLATFORM_PREFIX, type Privilege, type Route } from '../../functions/api/routes.ts';
import { STATUS_INDEX, TENANT_INDEX, UNFINISHED_INDEX } from '../../functions/store/item.ts';
import type { ApiDomain } from '../constructs/event-trackers-props.ts';
import { environmentOfAccounts, grantAccounts } from './accounts.ts';
import { featuresOf } from './api-features.ts';
import { createAuthorizerFunction, tokenAuthorizer } from './authorizer.ts';
import type { StackConfig } from './config.ts';
import { createFunction, deployedName, type FunctionContext } from './functions.ts';
import { grant, grantTable, type TableGrant } from './grants.ts';
import { grantObserve } from './personalize.ts';

interface Context extends FunctionContext {
  readonly key?: TableGrant['key'];
  readonly stateMachine: StateMachine;
}

export type ApiFunctions = Readonly<Record<'api-read' | 'api-write', LambdaFunction>> & {
  readonly 'api-events'?: LambdaFunction;
  readonly 'api-authorizer'?: LambdaFunction;
};

/** The API's functions by privilege. Each may do only what its routes need. */
export function createApiFunctions(scope: Construct, context: Context): ApiFunctions {
  return {
    'api-read': createReadFunction(scope, context),
    'api-write': createWriteFunction(scope, context),
    ...(context.config.events && { 'api-events': createEventsFunction(scope, context) }),
    ...(context.config.authorizer === 'FUNCTION' && { 'api-authorizer': createAuthorizerFunction(scope, context) }),
  };
}

function createReadFunction(scope: Construct, context: Context): LambdaFunction {
  const reader = createFunction(scope, 'api-read', context, {
    description: 'The read routes, and the answer to unknown routes',
    environment: environmentOfApi(scope, context),
  });
  grantTable(reader, {
    ...context,
    actions: ['GetItem', 'BatchGetItem', 'Query'],
    indexes: [TENANT_INDEX, STATUS_INDEX],
  });
  return reader;
}

function createWriteFunction(scope: Construct, context: Context): LambdaFunction {
  const { config, stateMachine } = context;
  const writer = createFunction(scope, 'api-write', context, {
    description: 'The write routes: one conditional write, then StartExecution',
    environment: {
      ...environmentOfApi(scope, context),
      STAGE: config.stage,
      STATE_MACHINE_ARN: stateMachine.stateMachineArn,
    },
  });
  grantTable(writer, {
    ...context,
    actions: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
    indexes: [STATUS_INDEX, ...(config.maxUnfinishedPerTenant === undefined ? [] : [UNFINISHED_INDEX])],
  });
  grant(writer, { actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] });
  // For ?dryRun=true.
  grantObserve(writer);
  grantAccounts(writer, config);
  return writer;
}

function createEventsFunction(scope: Construct, context: Context): LambdaFunction {
  const interactions = createFunction(scope, 'api-events', context, {
    description: 'Passes interactions on to Personalize',
    environment: { ...environmentOfApi(scope, context), STAGE: context.config.stage },
  });
  grantAccounts(interactions, context.config);
  grantTable(interactions, { ...context, actions: ['GetItem', 'Query'] });
  grant(interactions, {
    actions: ['personalize:PutEvents'],
    resources: ['*'],
    wildcard:
      'personalize:PutEvents supports no resource-level permissions. The tracking ID in the call decides where the interactions go.',
  });
  return interactions;
}

/** The variables that functions/api/composition.ts reads in all three functions. */
function environmentOfApi(scope: Construct, { config }: Context): Record<string, string> {
  const { tenancy, platformRoles, preferWaitSeconds, maxUnfinishedPerTenant } = config;
  const state = (isEnabled: boolean) => (isEnabled ? 'enabled' : 'disabled');
  return {
    ...environmentOfAccounts(scope, config),
    TENANT_CLAIM: tenancy.claim,
    TENANT_PATTERN: tenancy.pattern,
    TENANT_SEPARATOR: tenancy.separator,
    ...(platformRoles.length > 0 && { PLATFORM_ROLES: platformRoles.join(',') }),
    EVENTS: state(config.events),
    CALLBACKS: state(config.callbacks),
    DESTROY_ADOPTED: state(config.destroyAdopted),
    PREFER_WAIT_SECONDS: String(preferWaitSeconds),
    ...(maxUnfinishedPerTenant !== undefined && { MAX_UNFINISHED_PER_TENANT: String(maxUnfinishedPerTenant) }),
  };
}

/** An access log format supports only such names of claims; `custom:tenant`, for example, cannot be logged. */
const CLAIM_OF_A_FORMAT = /^\w+$/;

/** Where an access log finds the token's tenant claim, if it can. */
function tenantOfLog({ tenancy, authorizer }: StackConfig): string | undefined {
  if (authorizer === 'FUNCTION') return '$context.authorizer.tenant';
  return CLAIM_OF_A_FORMAT.test(tenancy.claim) ? `$context.authorizer.claims.${tenancy.claim}` : undefined;
}

/** The fields of an access log line: no token, no query, no body. `tenant` is the token's claim, unvalidated. */
const accessLogLine = (config: StackConfig) => ({
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  routeKey: '$context.routeKey',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  tenant: tenantOfLog(config),
  userArn: '$context.identity.userArn',
  authorizerError: '$context.authorizer.error',
  errorType: '$context.error.responseType',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  integrationLatency: '$context.integrationLatency',
  responseLatency: '$context.responseLatency',
  responseLength: '$context.responseLength',
});

/** The status is a number, without quotes, for the filter that counts 401s (api-alarms.ts). API Gateway writes `-` for a missing value. */
const accessLogFormat = (config: StackConfig): string =>
  JSON.stringify(accessLogLine(config)).replace('"$context.status"', '$context.status');

export interface Api {
  /** The URL of the API, without a path. */
  readonly url: string;
  readonly domain?: apigw.DomainName;
  readonly platformInvokeArn?: string;
  readonly httpApi: apigw.HttpApi;
  readonly stage: apigw.HttpStage;
  readonly accessLogs: LogGroup;
}

/** The HTTP API. Routes, authorizers and scopes come from the route table, which the local runtime serves too. */
export function createApi(
  scope: Construct,
  config: StackConfig,
  functions: ApiFunctions,
  key?: IKey,
  apiDomain?: ApiDomain,
): Api {
  const httpApi = new apigw.HttpApi(scope, 'Api', {
    apiName: deployedName(config, 'api'),
    description: 'Event trackers for Amazon Personalize',
    createDefaultStage: false,
    // Otherwise it would be a second way in, beside what protects the domain.
    ...(apiDomain && { disableExecuteApiEndpoint: true }),
  });
  const routes = createRoutes(scope, httpApi, config, functions);
  const accessLogs = new LogGroup(scope, 'AccessLogs', {
    retention: config.logRetentionDays,
    encryptionKey: key,
    // The audit trail outlives the deployment.
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const stage = new apigw.HttpStage(scope, 'Stage', {
    httpApi,
    stageName: '$default',
    autoDeploy: true,
    throttle: config.throttling.default,
    accessLogSettings: {
      destination: new apigw.LogGroupLogDestination(accessLogs),
      format: AccessLogFormat.custom(accessLogFormat(config)),
    },
  });
  throttleRoutes(stage, routes, config);
  const domain = apiDomain && createDomain(scope, apiDomain, httpApi, stage);
  const url = apiDomain ? `https://${apiDomain.domainName}` : httpApi.apiEndpoint;
  new CfnOutput(scope, 'ApiUrl', { value: url, description: 'The URL of the API' });
  const platformInvokeArn =
    config.platformRoles.length === 0
      ? undefined
      : Stack.of(scope).formatArn({
          service: 'execute-api',
          resource: httpApi.apiId,
          resourceName: `${stage.stageName}/*${PLATFORM_PREFIX}/*`,
        });
  if (platformInvokeArn !== undefined) {
    new CfnOutput(scope, 'PlatformInvokeArn', {
      value: platformInvokeArn,
      description: 'Platform roles need execute-api:Invoke on this ARN',
    });
  }
  return { url, domain, platformInvokeArn, httpApi, stage, accessLogs };
}

function createDomain(
  scope: Construct,
  { domainName, certificate, hostedZone }: ApiDomain,
  api: apigw.HttpApi,
  stage: apigw.HttpStage,
): apigw.DomainName {
  const domain = new apigw.DomainName(scope, 'Domain', {
    domainName,
    certificate,
    securityPolicy: apigw.SecurityPolicy.TLS_1_2,
  });
  new apigw.ApiMapping(scope, 'DomainMapping', { api, domainName: domain, stage });
  if (hostedZone) {
    const target = new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId);
    new ARecord(scope, 'DomainRecord', {
      zone: hostedZone,
      recordName: domainName,
      target: RecordTarget.fromAlias(target),
    });
  }
  return domain;
}

function createRoutes(
  scope: Construct,
  httpApi: apigw.HttpApi,
  config: StackConfig,
  functions: ApiFunctions,
): { route: Route; resource: apigw.HttpRoute }[] {
  const tokens = tokenAuthorizer(config, functions['api-authorizer']);
  const iam = new HttpIamAuthorizer();
  const integrationOf = (privilege: Privilege, fn: LambdaFunction) =>
    new HttpLambdaIntegration(`api-${privilege}`, fn, { timeout: Duration.seconds(29) });
  const integrations = {
    read: integrationOf('read', functions['api-read']),
    write: integrationOf('write', functions['api-write']),
    events: functions['api-events'] && integrationOf('events', functions['api-events']),
  };
  const place = new Construct(scope, 'Routes');
  const routes = offeredRoutes(featuresOf(config)).map((route) => {
    const integration = integrations[route.privilege];
    if (integration === undefined) throw new Error(`The route of ${route.operation} has no function.`);
    const resource = new apigw.HttpRoute(place, `${route.authorizer === 'iam' ? 'Platform' : ''}${route.operation}`, {
      httpApi,
      routeKey: apigw.HttpRouteKey.with(route.path, apigw.HttpMethod[route.method]),
      integration,
      ...(route.authorizer === 'jwt' && {
        authorizer: tokens.authorizer,
        ...(tokens.checksScopes && { authorizationScopes: [...route.scopes] }),
      }),
      ...(route.authorizer === 'iam' && { authorizer: iam }),
    });
    if (route.authorizer === 'none') acknowledgeOpen(resource, `${route.operation} is public on purpose.`);
    return { route, resource };
  });
  const otherwise = new apigw.HttpRoute(place, 'NoRoute', {
    httpApi,
    routeKey: apigw.HttpRouteKey.DEFAULT,
    integration: integrations.read,
  });
  acknowledgeOpen(otherwise, 'Unknown routes are answered with the same problem document for every caller.');
  return routes;
}

const acknowledgeOpen = (route: apigw.HttpRoute, reason: string): void =>
  Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });

/**
 * Throttles single routes, for tenants and platforms. A burst of interactions must not block requests for trackers, and one batch is up
 * to a hundred requests.
 */
function throttleRoutes(
  stage: apigw.HttpStage,
  routes: readonly { route: Route; resource: apigw.HttpRoute }[],
  { throttling }: StackConfig,
): void {
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof apigw.CfnStage))
    throw new Error('The stage has no CfnStage whose routes could be throttled.');
  const throttles: Partial<Record<Route['operation'], StackConfig['throttling']['default']>> = {
    PutEvents: throttling.events,
    BatchCreateEventTrackers: throttling.batch,
  };
  const throttled = routes.flatMap(({ route, resource }) => {
    const limits = throttles[route.operation];
    return limits === undefined ? [] : [{ route, resource, limits }];
  });
  defaultChild.routeSettings = Object.fromEntries(
    throttled.map(({ route: { method, path }, limits: { rateLimit, burstLimit } }) => [
      `${method} ${path}`,
      { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
    ]),
  );
  // API Gateway refuses settings for a route that does not exist yet.
  for (const { resource } of throttled) stage.node.addDependency(resource);
}
