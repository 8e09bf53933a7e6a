import * as z from 'zod';
import { jsonAnswer, type WireAnswer, type WireRequest, type WireService } from '../wire.ts';
import { DAY_MS, FaultScript } from './faults.ts';
import type { PersonalizeSimulator } from './simulator.ts';

const Milliseconds = z.int().min(0).max(DAY_MS).optional();
const TimingScript = z.strictObject({
  createPendingMs: Milliseconds,
  createInProgressMs: Milliseconds,
  deletePendingMs: Milliseconds,
  deleteInProgressMs: Milliseconds,
  datasetGroupMs: Milliseconds,
  datasetMs: Milliseconds,
});

/** A request to the script that cannot be followed, with what is wrong about it. */
class BadScript extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'BadScript';
    this.status = status;
  }
}

type Handler = (request: WireRequest) => WireAnswer;

/** The simulator's script under `/_simulator`: how tests and demos set times and faults, and look at what happened. */
export function scriptWire(core: PersonalizeSimulator): WireService {
  const routes: Record<string, Record<string, Handler>> = {
    '/_simulator/timing': {
      GET: () => json(core.timing),
      PUT: (request) => json(core.setTiming(parse(TimingScript, request))),
    },
    '/_simulator/faults': {
      GET: () => json({ faults: core.faults() }),
      POST(request) {
        const fault = parse(FaultScript, request);
        core.addFault(fault);
        return json(fault, 201);
      },
      DELETE() {
        core.clearFaults();
        return json({ faults: core.faults() });
      },
    },
    '/_simulator/calls': {
      GET: () => json({ calls: core.calls() }),
      DELETE() {
        core.clearCalls();
        return json({ calls: core.calls() });
      },
    },
    '/_simulator/interactions': { GET: () => json({ interactions: core.interactions() }) },
  };
  return async (request) => {
    const methods = Object.hasOwn(routes, request.path) ? routes[request.path] : undefined;
    if (methods === undefined) return json({ message: `There is only ${Object.keys(routes).join(', ')}.` }, 404);
    const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (handler === undefined) {
      const allow = Object.keys(methods).join(', ');
      const refusal = json({ message: `${request.path} takes ${allow} only.` }, 405);
      return { ...refusal, headers: { ...refusal.headers, allow } };
    }
    try {
      return handler(request);
    } catch (error) {
      if (error instanceof BadScript) return json({ message: error.message }, error.status);
      console.error('The Personalize simulator failed in', request.method, request.path, error);
      return json({ message: 'The simulator failed.' }, 500);
    }
  };
}

const json = (body: unknown, status = 200): WireAnswer => jsonAnswer(body, 'application/json', status);

/** The script in a request's body, or BadScript that names the field and its rule. */
function parse<S>(shape: z.ZodType<S>, { headers, body }: WireRequest): S {
  // Without this a web page of another site could send a script: a form needs no leave for text/plain.
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new BadScript(415, 'The content type must be application/json.');
  const parsed = shape.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  const rules = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new BadScript(400, rules.join('; '));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BadScript(400, 'The body is not valid JSON.');
  }
}
