import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOfToken } from '../../../functions/api/cached-token.ts';
import { callerOf } from '../../../functions/api/caller.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import { createAudience } from '../../../functions/authorizer/audience.ts';
import { type AuthorizerEvent, createAuthorizer } from '../../../functions/authorizer/authorize.lambda.ts';
import { createTokenVerifier } from '../../../functions/authorizer/token-verifier.ts';
import type { Caller } from '../../../functions/requests/caller.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { createTenancy, DEFAULT_TENANCY } from '../../../functions/tracker/tenancy.ts';
import { createLambdaAuthorizer, type LambdaAuthorizer } from '../../../infra/local/api-gateway/lambda-authorizer.ts';
import { startApiPort } from '../../../infra/local/api-gateway/port.ts';
import { PLATFORM_ROLE } from '../../../infra/local/identity/access-keys.ts';
import { AUDIENCE, ISSUER } from '../../../infra/local/identity/keys.ts';
import { createIdentity, type Identity } from '../../../infra/local/identity/service.ts';
import type { SessionOf } from '../../../infra/local/identity/signature.ts';

/**
 * The tenant and platform routes with their real authorizers, on a port. Every function returns its caller, or the refusal.
 * @param options `isFunction`: the Lambda authorizer checks tokens
 */
export async function openEntrances({
  claimName = 'tenant',
  platformRoles = PLATFORM_ROLE,
  clock = Date.now,
  isFunction = false,
  sessionOf = (() => undefined) as SessionOf,
} = {}) {
  const folder = join(mkdtempSync(join(tmpdir(), 'tenancy-test-')), 'identity');
  const tenancy = createTenancy({ ...DEFAULT_TENANCY, claimName, platformRoles });
  const identity = await createIdentity(folder, clock, sessionOf);
  const port = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    authorizer: isFunction ? functionOf(identity, claimName, clock) : identity.authorizer,
    iam: identity.iam,
    clock,
    routes: ROUTES.map(({ method, path, scopes, authorizer }) => ({
      method,
      path,
      scopes,
      authorizer,
      invoke: async (event) =>
        refusalOfToken(event as ApiEvent, { scopes }, clock()) ?? answerOf(() => callerOf(event as ApiEvent, tenancy)),
    })),
  });
  return { folder, url: port.url, close: port.close };
}

/** The Lambda authorizer, which reads the issuer's documents without a network. */
function functionOf({ issuer }: Identity, claimName: string, clock: () => number): LambdaAuthorizer {
  const configurationUrl = 'http://issuer/_issuer/.well-known/openid-configuration';
  const readDocument = async (url: string) => {
    const { pathname: path, host } = new URL(url);
    const request = { method: 'GET', path, query: new URLSearchParams(), headers: { host }, body: Buffer.of() };
    const answer = await issuer(request);
    if (typeof answer === 'symbol' || typeof answer.body !== 'string') throw new Error(`no document at ${path}`);
    return new TextEncoder().encode(answer.body).buffer;
  };
  const audience = createAudience(AUDIENCE, '');
  const options = { issuer: ISSUER, configurationUrl, audience, tokenUse: 'access', readDocument, now: clock } as const;
  const authorizer = createAuthorizer(createTokenVerifier(options), claimName, { info() {}, warn() {}, error() {} });
  return createLambdaAuthorizer({ invoke: (event) => authorizer(event as AuthorizerEvent), ttlMs: 300_000, clock });
}

/** The caller as a function sees it, without the deployment's settings. */
export interface Seen {
  readonly tenantId?: string;
  readonly isPlatform: boolean;
  readonly scopes: readonly string[];
  readonly datasetGroups?: readonly string[];
}

function answerOf(find: () => Caller): { statusCode: number; body: string } {
  try {
    const { tenancy: _, scopes, ...caller } = find();
    return { statusCode: 200, body: JSON.stringify({ ...caller, scopes: [...scopes].sort() }) };
  } catch (error) {
    if (error instanceof RequestRejected) return { statusCode: 403, body: JSON.stringify(error.refused) };
    throw error;
  }
}
