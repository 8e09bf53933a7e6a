import type * as z from 'zod';
import { ruleText } from '../../events/rule-texts.ts';
import { jsonAnswer, type WireAnswer, type WireRequest, type WireService } from './wire.ts';

/** An invalid request to a control path. The message names the field and the rule. */
class BadLocalRequest extends Error {
  override readonly name = 'BadLocalRequest';
}

type Handler = (request: WireRequest) => WireAnswer | Promise<WireAnswer>;

export const localJson = (body: unknown, status = 200): WireAnswer => jsonAnswer(body, 'application/json', status);

/** The handlers of control paths, by path and method. */
export function localRoutes(routes: Readonly<Record<string, Readonly<Record<string, Handler>>>>): WireService {
  return async (request) => {
    const methods = Object.hasOwn(routes, request.path) ? routes[request.path] : undefined;
    if (methods === undefined)
      return localJson({ message: `Not found. Available paths: ${Object.keys(routes).join(', ')}.` }, 404);
    const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (handler === undefined) {
      const allow = Object.keys(methods).join(', ');
      const refusal = localJson({ message: `Method not allowed. ${request.path} allows ${allow}.` }, 405);
      return { ...refusal, headers: { ...refusal.headers, allow } };
    }
    try {
      return await handler(request);
    } catch (error) {
      if (error instanceof BadLocalRequest) return localJson({ message: error.message }, 400);
      console.error('The local runtime failed in', request.method, request.path, error);
      return localJson({ message: 'Internal error of the local runtime. See its terminal for the cause.' }, 500);
    }
  };
}

/**
 * Parses and validates the JSON body of a request.
 * @throws BadLocalRequest that names the invalid fields and their rules
 */
export const parseLocal = <S>(shape: z.ZodType<S>, { body }: WireRequest): S => parse(shape, jsonOf(body));

/** Validates the parameters of a query. @throws BadLocalRequest as `parseLocal` */
export const parseLocalQuery = <S>(shape: z.ZodType<S>, query: URLSearchParams): S =>
  parse(shape, Object.fromEntries(query));

function parse<S>(shape: z.ZodType<S>, value: unknown): S {
  const parsed = shape.safeParse(value, { error: ruleText });
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
