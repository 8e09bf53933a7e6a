import { describe, expect, test } from 'vitest';
import { EVERY_FEATURE } from '../../../functions/api/features.ts';
import { openApiDocument } from '../../../functions/api/openapi.ts';
import { ROUTES, scopesNeeded } from '../../../functions/api/routes.ts';
import type { DeploymentScope } from '../../../functions/api/schemas.ts';
import { ACCOUNT_ID, REGION } from '../../../infra/local/wire.ts';
import { conformanceTo } from './conformance.ts';

const SCOPE: DeploymentScope = { partition: 'aws', region: REGION, accountId: ACCOUNT_ID };
const document = openApiDocument(SCOPE, EVERY_FEATURE);
const conformance = conformanceTo(document);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

describe('the document', () => {
  test('lists every route with a unique operation name and the scopes of the route', () => {
    const of = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
    expect(operations.map(of).sort()).toEqual(ROUTES.map(of).sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
    for (const route of ROUTES) {
      const { security } = document.paths[route.path]?.[route.method.toLowerCase()] ?? {};
      const expected = { iam: [{ sigv4: [] }], none: [], jwt: [{ jwt: scopesNeeded(route) }] };
      expect(security).toEqual(expected[route.authorizer]);
    }
  });

  test('has only examples that match their schema', () => {
    let examples = 0;
    for (const { operation } of operations) {
      const contents = [
        operation.requestBody?.content,
        ...Object.values(operation.responses).map(({ content }) => content),
      ];
      for (const content of contents) {
        for (const { schema, examples: named = {} } of Object.values(content ?? {})) {
          for (const [name, { value }] of Object.entries(named)) {
            examples++;
            expect(conformance.schemaFaults(schema, value), `${operation.operationId} ${name}`).toEqual([]);
          }
        }
      }
    }
    expect(examples).toBeGreaterThan(50);
  });

  test('belongs to its deployment, by partition and Region; it is open to everyone, so it does not contain the account', () => {
    for (const otherAccounts of [false, true]) {
      const scope = { partition: 'aws-cn', region: 'cn-north-1', accountId: '444455556666', otherAccounts };
      const elsewhere = JSON.stringify(openApiDocument(scope, EVERY_FEATURE));
      expect(elsewhere).toContain('arn:aws-cn:personalize:cn-north-1:123456789012:dataset-group/acme-shop');
      expect(elsewhere).not.toContain('444455556666');
      expect(elsewhere).not.toContain(REGION);
    }
  });

  test('does not allow an undocumented answer', () => {
    const answer = {
      method: 'GET',
      path: '/health',
      status: 200,
      headers: new Headers({ 'content-type': 'application/json' }),
    };
    expect(conformance.faultsOf({ ...answer, text: '{"status":"ok"}' })).toEqual([]);
    expect(conformance.faultsOf({ ...answer, text: '{"status":"ok","secret":1}' })).toHaveLength(1);
    expect(conformance.faultsOf({ ...answer, text: '{"status":"well"}' })).toHaveLength(1);
    expect(conformance.faultsOf({ ...answer, status: 418, text: '{}' })).toHaveLength(1);
    const located = { ...answer, headers: new Headers({ 'content-type': 'application/json', location: '/' }) };
    expect(conformance.faultsOf({ ...located, text: '{"status":"ok"}' })).toHaveLength(1);
  });
});
