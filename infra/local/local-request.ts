import type * as z from 'zod';
import { ruleText } from '../../events/rule-texts.ts';
import { jsonAnswer, type WireAnswer, type WireRequest, type WireService } from './wire.ts';

/** A request to one of the runtime's own paths that can't be followed. The message names the field and its rule. */
class BadLocalRequest extends Error {
  override readonly name = 'BadLocalRequest';
}

type Handler = (request: WireRequest) => WireAnswer;

export const localJson = (body: unknown, status = 200): WireAnswer => jsonAnswer(body, 'application/json', status);

/** The runtime's own paths, which AWS does not have, by path and method. */
export function localRoutes(routes: Readonly<Record<string, Readonly<Record<string, Handler>>>>): WireService {
  return async (request) => {
    const methods = Object.hasOwn(routes, request.path) ? routes[request.path] : undefined;
    if (methods === undefined) return localJson({ message: `There is only ${Object.keys(routes).join(', ')}.` }, 404);
    const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (handler === undefined) {
      const allow = Object.keys(methods).join(', ');
      const refusal = localJson({ message: `${request.path} takes ${allow} only.` }, 405);
      return { ...refusal, headers: { ...refusal.headers, allow } };
    }
    try {
      return handler(request);
    } catch (error) {
      if (error instanceof BadLocalRequest) return localJson({ message: error.message }, 400);
      console.error('The local runtime failed in', request.method, request.path, error);
      return localJson({ message: 'The local runtime failed; its terminal says why.' }, 500);
    }
  };
}

/**
 * The JSON in a request's body, checked.
 * @throws BadLocalRequest that names the fields and their rules
 */
export function parseLocal<S>(shape: z.ZodType<S>, { body }: WireRequest): S {
  const parsed = shape.safeParse(jsonOf(body), { error: ruleText });
  if (parsed.success) return parsed.data;
  const rules = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new BadLocalRequest(rules.join('; '));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BadLocalRequest('The body is not valid JSON.');
  }
}
