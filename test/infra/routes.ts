import { describe, expect, test, vi } from 'vitest';
import { deployedFeatures, deployedTenancy } from '../../functions/api/composition.ts';
import { EVERY_FEATURE, type Features } from '../../functions/api/features.ts';
import { openApiDocument } from '../../functions/api/openapi.ts';
import { ROUTES } from '../../functions/api/routes.ts';
import { featuresOf } from '../../infra/aws/api-features.ts';
import { parseConfig } from '../../infra/aws/config.ts';
import { FULL, ofType, type Synthesized } from './synthesized.ts';

/** A route in the form in which all three sources are compared: method, path, authorizer and scopes. */
const routeOf = (method: string, path: string, authorizer: string, scopes: readonly string[]) =>
  `${method.toUpperCase()} ${path} by ${authorizer}${scopes.length > 0 ? ` with ${[...scopes].sort().join(' or ')}` : ''}`;

const ofTable = ROUTES.map(({ method, path, authorizer, scopes }) =>
  routeOf(method, path, authorizer, authorizer === 'jwt' ? scopes : []),
).sort();

function ofDocument(features: Features): string[] {
  const { paths } = openApiDocument({ partition: 'aws', region: 'us-east-1', accountId: '123456789012' }, features);
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => {
        const { scopes = [] } =
          ROUTES.find((route) => route.path === path && route.method === method.toUpperCase()) ?? {};
        const names = security.flatMap((each) => Object.keys(each));
        const authorizer = { jwt: 'jwt', sigv4: 'iam' }[names[0] ?? ''] ?? 'none';
        expect(new Set(names).size, `${method} ${path}`).toBeLessThanOrEqual(1);
        return routeOf(
          method,
          path,
          authorizer,
          // The document has all scopes that a call needs; API Gateway knows only lists of which one is enough.
          security.flatMap((each) => Object.values(each).flat()).filter((scope) => scopes.includes(scope)),
        );
      }),
    )
    .sort();
}

/** The routes of the template, without $default. */
function ofTemplate(synthesized: Synthesized): string[] {
  const authorizers: Record<string, string> = { JWT: 'jwt', CUSTOM: 'jwt', AWS_IAM: 'iam', NONE: 'none' };
  return ofType(synthesized, 'AWS::ApiGatewayV2::Route')
    .filter(([, { Properties }]) => Properties.RouteKey !== '$default')
    .map(([, { Properties }]) => {
      const { RouteKey, AuthorizationType, AuthorizationScopes, AuthorizerId } = Properties;
      const [method = '', path = ''] = String(RouteKey).split(' ');
      const authorizer = authorizers[String(AuthorizationType ?? 'NONE')] ?? String(AuthorizationType);
      const place = AuthorizationType === 'CUSTOM' ? '<Api/Function>' : '<Api/Jwt>';
      expect(AuthorizerId, String(RouteKey)).toBe(authorizer === 'jwt' ? place : undefined);
      return routeOf(method, path, authorizer, (AuthorizationScopes ?? []) as string[]);
    })
    .sort();
}

export function routes({
  bare,
  full,
  jwt,
}: {
  bare: Synthesized;
  full: Synthesized;
  /** `full` with API Gateway's JWT authorizer. */
  jwt: Synthesized;
}): void {
  describe('the routes', () => {
    test('the route table, the OpenAPI document and the template agree: methods, paths, authorizers, scopes', () => {
      expect(ofTable.length).toBeGreaterThan(15);
      expect(ofDocument(EVERY_FEATURE)).toEqual(ofTable);
      expect(ofTemplate(jwt)).toEqual(ofTable);
      // With a Lambda authorizer, the functions check the scopes.
      expect(ofTemplate(full)).toEqual(ofTable.map((route) => route.replace(/ with .*/, '')));
    });

    test('a default deployment and its document have no routes for interactions or platforms', () => {
      const byDefault = ofTable.filter((route) => !/\{trackerId\}\/events|\/platform\//.test(route));
      expect(byDefault).toHaveLength(16);
      expect(ofTemplate(bare)).toEqual(byDefault);
      expect(ofDocument(featuresOf(parseConfig({})))).toEqual(byDefault);
      expect(bare.resources).not.toHaveProperty(['api-events/Function']);
    });

    test('the functions read from their environment the features that the document was built for', () => {
      for (const [synthesized, features] of [
        [bare, featuresOf(parseConfig({}))],
        [full, featuresOf(parseConfig(FULL))],
      ] as const) {
        const { Environment } = synthesized.resources['api-read/Function']?.Properties ?? {};
        const { Variables } = Environment as { Variables: Record<string, string> };
        vi.stubEnv('MAX_UNFINISHED_PER_TENANT', undefined);
        vi.stubEnv('PLATFORM_ROLES', undefined);
        for (const [name, value] of Object.entries(Variables)) vi.stubEnv(name, String(value));
        const { events, callbacks, destroyAdopted, platformRoles, preferWaitSeconds, maxUnfinishedPerTenant } =
          features;
        const read = deployedFeatures(deployedTenancy());
        vi.unstubAllEnvs();
        expect({ maxUnfinishedPerTenant: undefined, ...read }).toEqual({
          events,
          callbacks,
          destroyAdopted,
          platformRoles,
          preferWaitSeconds,
          maxUnfinishedPerTenant,
        });
      }
    });

    test('each route invokes the function with its privileges; $default invokes api-read', () => {
      const integrations = Object.fromEntries(
        ofType(full, 'AWS::ApiGatewayV2::Integration').map(([path, { Properties }]) => [
          `integrations/<${path}>`,
          Properties.IntegrationUri,
        ]),
      );
      const targets = Object.fromEntries(
        ofType(full, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
          String(Properties.RouteKey),
          integrations[String(Properties.Target)],
        ]),
      );
      expect(targets).toEqual({
        ...Object.fromEntries(
          ROUTES.map(({ method, path, privilege }) => [`${method} ${path}`, `<api-${privilege}/Function.Arn>`]),
        ),
        $default: '<api-read/Function.Arn>',
      });
    });

    test("the authorizer has the deployment's issuer and audience", () => {
      const [authorizer, ...others] = ofType(jwt, 'AWS::ApiGatewayV2::Authorizer');
      expect(others).toEqual([]);
      expect(authorizer?.[1].Properties).toMatchObject({
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://issuer.example.org/', Audience: ['event-trackers', 'another'] },
      });
      expect(jwt.resources).not.toHaveProperty(['api-authorizer/Function']);
    });

    test('the Lambda authorizer is asked once per Authorization header, and only by this API', () => {
      const [authorizer, ...others] = ofType(full, 'AWS::ApiGatewayV2::Authorizer');
      expect(others).toEqual([]);
      expect(authorizer?.[1].Properties).toMatchObject({
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 300,
        IdentitySource: ['$request.header.Authorization'],
      });
      expect(String(authorizer?.[1].Properties.AuthorizerUri)).toContain('<api-authorizer/Function.Arn>');
      const permissions = ofType(full, 'AWS::Lambda::Permission').filter(
        ([, { Properties }]) => Properties.FunctionName === '<api-authorizer/Function.Arn>',
      );
      expect(permissions.map(([, { Properties }]) => Properties)).toEqual([
        expect.objectContaining({
          Principal: 'apigateway.amazonaws.com',
          SourceArn: expect.stringMatching(/:<Api>\/authorizers\/<Api\/Function>$/),
        }),
      ]);
      expect(full.resources['api-authorizer/Function']?.Properties.Environment).toEqual({
        Variables: {
          AUDIENCE_FILE: 'audience.json',
          ISSUER: 'https://issuer.example.org/',
          OPENID_CONFIGURATION_URL: 'https://issuer.example.org/.well-known/openid-configuration',
          AUDIENCE_PATTERN: '^[a-z0-9]{26}$',
          TOKEN_USE: 'access',
          TENANT_CLAIM: 'tenant',
          POWERTOOLS_LOG_LEVEL: 'INFO',
        },
      });
    });
  });
}
