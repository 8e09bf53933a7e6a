import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiJson } from '../../functions/api/openapi-document.ts';
import { type Bundles, ENTRIES } from '../../infra/aws/bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/aws/function-names.ts';
import { ISSUER } from '../../infra/local/identity/keys.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { createIdentity } from '../../infra/local/identity/service.ts';
import { CALLS, request } from './bundle-calls.ts';
import { codeIn } from './code-in.ts';
import { invoke } from './invoke-bundle.ts';
import { DOCUMENTED, type Resource, type Synthesized, temporary } from './synthesized.ts';
import { SESSION_KEY, startWireStub, type WireStub } from './wire-stub.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BUDGET_FILE = join(ROOT, 'infra/aws/bundle-budget.json');
/** The bytes of code that each function may have, without source maps. */
type Budget = Readonly<Record<string, Readonly<Record<(typeof BUDGETED)[number], number>>>>;
const BUDGETED = ['atStart', 'onDemand'] as const;
/** The names of the environment variables that the code reads, in any of the forms in which it reads them. */
function variablesRead(text: string): Set<string> {
  const NAMES =
    /(?:process\.env\.|(?:required|optional|secondsOr|numberOr|isEnabled|isTrue|wholeNumber)\d*\(\s*["'])([A-Z][A-Z0-9_]+)/g;
  const DESTRUCTURED = /\{([A-Z0-9_,\s]+)\}\s*=\s*process\.env\b/g;
  return new Set([
    ...[...text.matchAll(NAMES)].map(([, name]) => name ?? ''),
    ...[...text.matchAll(DESTRUCTURED)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim())),
  ]);
}
/** A little more than the sizes, so that not every change needs a new budget. */
const budgetFor = (sizes: Budget): Budget =>
  Object.fromEntries(
    Object.entries(sizes).map(([name, { atStart, onDemand }]) => {
      const withRoom = (bytes: number) => Math.ceil((bytes * 1.02) / 1000) * 1000;
      return [name, { atStart: withRoom(atStart), onDemand: withRoom(onDemand) }];
    }),
  );

/** Variables that Powertools reads, not this service's code. */
const READ_BY_LIBRARIES = ['POWERTOOLS_LOG_LEVEL'];
/** Variables that Lambda sets, and one for tests. */
const OF_LAMBDA = /^(AWS_|LAMBDA_|_X_AMZN_|MAX_ROUNDS$)/;

export function bundleSuite(made: { full: Synthesized; bundles: Bundles; readable: Bundles }): void {
  const { full, bundles, readable } = made;
  const functionOf = (name: FunctionName): Resource => {
    const found = full.resources[`${name}/Function`];
    if (found === undefined) throw new Error(`the stack has no function ${name}`);
    return found;
  };

  describe("each function's bundle", () => {
    let stub: WireStub;
    beforeAll(async () => {
      stub = await startWireStub();
    });
    afterAll(() => stub.close());

    test.each(FUNCTION_NAMES)('%s runs in Node 24 as Lambda loads it and signs with its role', async (name) => {
      expect(process.version).toMatch(/^v24\./);
      const { event, answers = {}, result, sends } = CALLS[name];
      stub.answer(answers);
      const invoked = await invoke(bundles[name].folder, functionOf(name), event, stub.url);
      expect(invoked.result, invoked.output).toEqual(result);
      expect([...new Set(stub.sent().map(({ action }) => action))].sort()).toEqual(sends);
      const keysOf = (actions: RegExp) =>
        new Set(stub.sent().flatMap(({ action, accessKeyId }) => (actions.test(action) ? accessKeyId : [])));
      expect([...keysOf(/^(?!personalize:)/)]).toEqual(sends.length > 0 ? ['OF-THE-ROLE'] : []);
      const ofPersonalize = name === 'drift' ? ['OF-THE-ROLE', SESSION_KEY] : ['OF-THE-ROLE'];
      for (const key of keysOf(/^personalize:/)) expect(ofPersonalize).toContain(key);
      expect(invoked.output).not.toContain('a-tracking-id');
    });

    test('GET /openapi.json returns the document of this deployment; the code that builds it is not in the bundle', async () => {
      const { Properties, ...resource } = functionOf('api-read');
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      const Environment = { Variables: { ...Variables, ACCOUNT_ID: '444455556666' } };
      const { result } = await invoke(
        bundles['api-read'].folder,
        { ...resource, Properties: { ...Properties, Environment } },
        request('GET', '/openapi.json'),
        stub.url,
      );
      const scope = { partition: 'aws', region: 'us-east-1', accountId: '444455556666', otherAccounts: true };
      const document = openApiJson({ ...scope, tenantPattern: DOCUMENTED.tenantPattern }, DOCUMENTED.features);
      expect(JSON.parse(String((result as { body?: string }).body))).toEqual(JSON.parse(document));
      // Anyone may read it.
      expect(document).not.toContain('444455556666');
      expect(bundles['api-read'].modules.filter((path) => /functions\/.*openapi/.test(path))).toEqual([
        'functions/api/openapi-document.ts',
      ]);
    });

    test('the Lambda authorizer accepts the clients of the deployment: their list is beside its code', async () => {
      const folder = mkdtempSync(join(temporary, 'identity-'));
      const { issuer } = await createIdentity(folder);
      const server = createServer(async ({ url = '', headers }, response) => {
        const answer = await issuer({
          method: 'GET',
          path: url,
          query: new URLSearchParams(),
          headers,
          body: Buffer.of(),
        });
        response.end(typeof answer === 'object' ? answer.body : undefined);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { Properties, ...resource } = functionOf('api-authorizer');
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      const local = {
        ISSUER,
        OPENID_CONFIGURATION_URL: `http://127.0.0.1:${port}/_issuer/.well-known/openid-configuration`,
      };
      const atIssuer = {
        ...resource,
        Properties: { ...Properties, Environment: { Variables: { ...Variables, ...local } } },
      };
      const ask = async (clientId: string) => {
        const request = { tenant: 'acme', scopes: ['read'], expiresInSeconds: 60, clientId };
        const event = { ...Object(CALLS['api-authorizer'].event), identitySource: [await mintToken(folder, request)] };
        const { result } = await invoke(bundles['api-authorizer'].folder, atIssuer, event, stub.url);
        return (result as { isAuthorized?: boolean }).isAuthorized;
      };
      const answers = await Promise.all(['another', 'a'.repeat(26), 'other'].map(ask));
      server.close();
      expect(answers).toEqual([true, true, false]);
    });

    test('a function refuses an unknown event with a validation error of the service', async () => {
      const { result, output } = await invoke(bundles.Observe.folder, functionOf('Observe'), {}, stub.url);
      expect(result).toBeUndefined();
      expect(output).toContain('ZodError');
      // The source map resolves the stack trace to the functions and lines of the source.
      expect(output).toMatch(/ at runTask \(functions\/workflow\/task\.ts:\d+:\d+\)/);
    });

    test('the entries are exactly the files named *.lambda.ts', () => {
      expect(globSync('functions/**/*.lambda.ts', { cwd: ROOT }).sort()).toEqual(Object.values(ENTRIES).sort());
    });

    test.each(FUNCTION_NAMES)('%s has exactly the environment variables that it reads', (name) => {
      const { Variables } = functionOf(name).Properties.Environment as { Variables: Record<string, unknown> };
      const text = codeIn(readable[name].folder);
      const own = text.split(/^\/\/ (?=\S+\/\S+$)/m).filter((module) => module.startsWith('functions/'));
      const read = [...variablesRead(own.join('\n'))].filter((variable) => !OF_LAMBDA.test(variable));
      expect(Object.keys(Variables).sort()).toEqual([...read, ...READ_BY_LIBRARIES].sort());
    });

    test('is within its size budget, which is not larger than needed', () => {
      const sizes = Object.fromEntries(
        FUNCTION_NAMES.map((name) => [name, { atStart: bundles[name].bytes, onDemand: bundles[name].bytesOnDemand }]),
      );
      // `npm run bundle-budget`
      if (process.env.BUNDLE_BUDGET === 'renew')
        writeFileSync(BUDGET_FILE, `${JSON.stringify(budgetFor(sizes), null, 2)}\n`);
      const budget = JSON.parse(readFileSync(BUDGET_FILE, 'utf8')) as Budget;
      expect(Object.keys(budget).sort()).toEqual([...FUNCTION_NAMES].sort());
      for (const [name, size] of Object.entries(sizes)) {
        for (const part of BUDGETED) {
          const allowed = budget[name]?.[part] ?? 0;
          const what = `${name}, ${part}: ${size[part]} bytes; \`npm run bundle-budget\` renews the budget, and the commit says why`;
          expect(size[part], what).toBeLessThanOrEqual(allowed);
          // Otherwise code could grow by what was saved before.
          expect(allowed, what).toBeLessThanOrEqual(size[part] * 1.1 + 2000);
        }
      }
    });

    test('has no code that never runs in Lambda or can only fail there', () => {
      for (const name of FUNCTION_NAMES) {
        const others = bundles[name].modules.filter((path) =>
          /credential-provider-(?!env|node$)|token-providers|nested-clients|powertools\/tracer|aws-xray/.test(path),
        );
        expect(others, name).toEqual([]);
        expect(codeIn(bundles[name].folder), name).not.toContain('Dynamic require of');
      }
    });
  });
}
