import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { call, tokenOf } from '../e2e/local-runtime.ts';
import type { Host } from './host.ts';
import {
  type AcceptedRequest,
  type Desired,
  type Expectation,
  type Kind,
  type Resource,
  resourceSchema,
  type Tag,
  type Try,
} from './story.ts';

const problemSchema = z.object({ reason: z.string() });

export interface Ask {
  readonly datasetGroupArn: string;
  readonly tenantId: string;
  readonly kind: Kind;
  /** The tracker's id, for all requests but POST. */
  readonly trackerId?: string;
  /** The name that POST requests. */
  readonly name?: string;
  /** The tags that POST or PATCH asks for. */
  readonly tags?: readonly Tag[];
  /** The context that POST or PATCH asks for; PATCH removes it with null. */
  readonly clientContext?: string | null;
  /** The Idempotency-Key of POST or PATCH. Without a key, a repeat after a failed attempt is a new request. */
  readonly key?: string;
  /** The ETag that PATCH requires. Only with a key: a repeat without one does not match the ETag that its own first attempt changed. */
  readonly ifMatch?: string;
  /** It was accepted before with the same key, and must be answered as a repeat. */
  readonly isReplay?: boolean;
  readonly expects: readonly Expectation[];
  readonly expectedGeneration?: number;
  readonly expectedDesired?: Desired;
}

export interface Client {
  /** Sends a request until it gets a definite response, and adds it to the story. */
  ask(ask: Ask): Promise<AcceptedRequest>;
  /** All requests so far. */
  readonly requests: readonly AcceptedRequest[];
  /** Resolves when the next request is sent. */
  nextSend(): Promise<void>;
}

/** The response timeout, in milliseconds. After it the client treats the connection as broken. */
const PATIENCE_MS = 15_000;
/** The delay before a request is repeated on a runtime that is up, in milliseconds. */
const BEFORE_REPEAT_MS = 20;

/**
 * A careful client. After a broken connection or a 5xx it cannot know whether its request was accepted, so it repeats the request until it
 * gets a definite response. Only a retry may be repeated too late, when it already has its outcome. The client then reads the result with
 * GET.
 */
export function createClient(host: Host): Client {
  const requests: AcceptedRequest[] = [];
  const tokens = new Map<string, Promise<string>>();
  let sending = Promise.withResolvers<void>();

  const tokenFor = (tenant: string) => {
    const token = tokens.get(tenant) ?? tokenOf(host, tenant);
    tokens.set(tenant, token);
    return token;
  };

  async function send({ kind, trackerId, datasetGroupArn, name, tags, clientContext, key, ifMatch, tenantId }: Ask) {
    const runtime = await host.running();
    const token = await tokenFor(tenantId);
    const sentAt = Date.now();
    sending.resolve();
    sending = Promise.withResolvers<void>();
    const path = `/event-trackers${trackerId === undefined ? '' : `/${trackerId}`}`;
    const headers = {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    };
    const sent = {
      POST: () =>
        call(runtime, 'POST', '/event-trackers', {
          token,
          body: { name, datasetGroupArn, tags, clientContext },
          headers,
        }),
      PATCH: () =>
        call(runtime, 'PATCH', path, {
          token,
          body: { tags, clientContext },
          headers: { ...headers, 'content-type': 'application/merge-patch+json' },
        }),
      GET: () => call(runtime, 'GET', path, { token }),
      DELETE: () => call(runtime, 'DELETE', path, { token }),
      retry: () => call(runtime, 'POST', `${path}/retry`, { token }),
    }[kind]();
    const tooLong = pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
      throw new TypeError('no response');
    });
    return { sentAt, answered: Promise.race([sent, tooLong]) };
  }

  async function ask(asked: Ask): Promise<AcceptedRequest> {
    const tries: Try[] = [];
    for (;;) {
      const { sentAt, answered } = await send(asked);
      const answer = await answered.catch((error: unknown) => {
        // fetch throws a TypeError if the response is missing or incomplete.
        if (error instanceof TypeError || error instanceof SyntaxError) return 'broken' as const;
        throw error;
      });
      tries.push({ sentAt, endedAt: Date.now(), answer: answer === 'broken' ? answer : answer.status });
      if (answer === 'broken' || answer.status >= 500) {
        await pause(BEFORE_REPEAT_MS);
        continue;
      }
      const { status, body, headers } = answer;
      const { trackerId: _, key: __, ifMatch: ___, clientContext: ____, ...sent } = asked;
      const etag = headers.get('etag');
      const isReplayed = headers.get('idempotency-replayed') === 'true';
      const content = { ...contentOf(status, body), ...(etag && { etag }), ...(isReplayed && { isReplayed }) };
      const request = { ...sent, tries, answer: { status, ...content } };
      requests.push(request);
      return request;
    }
  }

  return {
    requests,
    nextSend: () => sending.promise,
    async ask(asked) {
      const request = await ask(asked);
      const mayHaveBeenAccepted = asked.expects.includes('accepted') && request.tries.length > 1;
      const isLate = asked.kind === 'retry' && mayHaveBeenAccepted && request.answer?.reason === 'NOT_FAILED';
      if (!isLate) return request;
      const shown = await ask({ ...asked, kind: 'GET', expects: ['shown'] });
      const accepted = { ...request, tries: [...request.tries, ...shown.tries], answer: shown.answer };
      requests[requests.indexOf(request)] = accepted;
      return accepted;
    },
  };
}

function contentOf(status: number, body: unknown): { resource?: Resource; reason?: string } {
  if (status < 300) return { resource: resourceSchema.parse(body) };
  const { success, data } = problemSchema.safeParse(body);
  return success ? { reason: data.reason } : { reason: JSON.stringify(body) };
}
