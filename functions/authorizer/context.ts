import * as z from 'zod/mini';
import { lazily } from '../lazily.ts';
import { claimStrings, scopesOf } from './claims.ts';

/**
 * What the Lambda authorizer passes on to the API's functions about a token. API Gateway passes it on in `requestContext.authorizer.lambda`. All
 * values are text, the one type that every version of the payload supports.
 */
export interface AuthorizerContext {
  /** JSON: the claims that the functions read, as API Gateway's JWT authorizer passes them on. */
  readonly claims: string;
  /** JSON: the scopes as a list. */
  readonly scopes: string;
  /** When the token expires, in seconds since the epoch: API Gateway may use an answer longer. */
  readonly expires: string;
  /** The tenant claim, for the access log. Not validated. */
  readonly tenant: string;
}

/** Other claims than that of the tenant which the functions read. */
const CLAIMS = ['datasetGroups', 'scope', 'scp', 'sub', 'client_id'];

/** @param claimName the claim that names the tenant */
export function contextOf(
  payload: Readonly<Record<string, unknown>> & { readonly exp: number },
  claimName: string,
): AuthorizerContext {
  const read = [claimName, ...CLAIMS].filter((name) => Object.hasOwn(payload, name));
  const claims = claimStrings(Object.fromEntries(read.map((name) => [name, payload[name]])));
  return {
    claims: JSON.stringify(claims),
    scopes: JSON.stringify(scopesOf(payload)),
    expires: String(payload.exp),
    tenant: Object.hasOwn(claims, claimName) ? (claims[claimName] ?? '') : '',
  };
}

const contextSchema = lazily(() => {
  const parsedJson = z.pipe(
    z.string(),
    z.transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        context.issues.push({ code: 'custom', message: 'must be JSON', input: text });
        return z.NEVER;
      }
    }),
  );
  return z.object({
    claims: z.pipe(parsedJson, z.record(z.string(), z.string())),
    scopes: z.pipe(parsedJson, z.array(z.string())),
    expires: z.string().check(z.regex(/^\d+(\.\d+)?$/)),
  });
});

export interface AuthorizedToken {
  readonly claims: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** @throws ZodError for anything that the authorizer does not return */
export function tokenOf(context: unknown): AuthorizedToken {
  const { claims, scopes, expires } = contextSchema().parse(context);
  return { claims, scopes, expiresAt: Number(expires) * 1000 };
}
