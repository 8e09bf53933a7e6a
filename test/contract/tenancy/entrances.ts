import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerOf } from '../../../functions/api/caller.ts';
import type { ApiEvent } from '../../../functions/api/request.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import type { Caller } from '../../../functions/requests/caller.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { createTenancy, DEFAULT_TENANCY } from '../../../functions/tracker/tenancy.ts';
import { startApiPort } from '../../../infra/local/api-gateway/port.ts';
import { PLATFORM_ROLE } from '../../../infra/local/identity/access-keys.ts';
import { createIdentity } from '../../../infra/local/identity/service.ts';

/** The tenant and platform routes with their real authorizers, on a port. Every function returns its caller, or the refusal. */
export async function openEntrances({ claimName = 'tenant', platformRoles = PLATFORM_ROLE, clock = Date.now } = {}) {
  const folder = join(mkdtempSync(join(tmpdir(), 'tenancy-test-')), 'identity');
  const tenancy = createTenancy({ ...DEFAULT_TENANCY, claimName, platformRoles });
  const identity = await createIdentity(folder, clock);
  const port = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    authorizer: identity.authorizer,
    iam: identity.iam,
    clock,
    routes: ROUTES.map(({ method, path, scopes, authorizer }) => ({
      method,
      path,
      scopes,
      authorizer,
      invoke: async (event) => answerOf(() => callerOf(event as ApiEvent, tenancy)),
    })),
  });
  return { folder, url: port.url, close: port.close };
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
