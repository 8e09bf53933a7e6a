import * as z from 'zod';
import { ACCOUNT_ID, type Clock, REGION } from '../wire.ts';
import type { ApiEvent } from './api-event.ts';
import { API_ID } from './event.ts';

/** A REQUEST authorizer of an HTTP API (payload format 2.0, simple responses), whose answer is kept for the Authorization header. */
export interface LambdaAuthorizer {
  /**
   * @param event the event of the route, without a body and an authorizer
   * @returns the context that the function's event gets; 'unauthorized' (401) without the header, 'forbidden' (403) if the function
   * refuses, 'failed' (500) if it fails or returns something else
   */
  authorize(event: ApiEvent): Promise<{ readonly lambda: unknown } | 'unauthorized' | 'forbidden' | 'failed'>;
}

/** How many answers are kept. */
const KEPT = 10_000;

const answerSchema = z.object({ isAuthorized: z.boolean(), context: z.record(z.string(), z.unknown()).nullish() });
type Answer = z.output<typeof answerSchema>;

export interface LambdaAuthorizerOptions {
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** How long an answer is kept, in milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
}

export function createLambdaAuthorizer({ invoke, ttlMs, clock }: LambdaAuthorizerOptions): LambdaAuthorizer {
  const kept = new Map<string, { readonly until: number; readonly answer: Answer }>();

  async function answerTo(authorization: string, event: ApiEvent): Promise<Answer | undefined> {
    const known = kept.get(authorization);
    if (known !== undefined && clock() < known.until) return known.answer;
    try {
      const answer = answerSchema.parse(await invoke(requestOf(authorization, event)));
      kept.delete(authorization);
      kept.set(authorization, { until: clock() + ttlMs, answer });
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return answer;
    } catch (error) {
      console.error('the Lambda authorizer failed', error);
      return undefined;
    }
  }

  return {
    async authorize(event) {
      const { authorization = '' } = event.headers;
      if (authorization === '') return 'unauthorized';
      const answer = await answerTo(authorization, event);
      if (answer === undefined) return 'failed';
      return answer.isAuthorized ? { lambda: answer.context ?? null } : 'forbidden';
    },
  };
}

/** The event of a REQUEST authorizer. */
function requestOf(authorization: string, { body: _, isBase64Encoded: __, ...event }: ApiEvent) {
  const { method, path } = event.requestContext.http;
  return {
    ...event,
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:${REGION}:${ACCOUNT_ID}:${API_ID}/$default/${method}${path}`,
    identitySource: [authorization],
  };
}
