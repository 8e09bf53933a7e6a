import * as z from 'zod';
import { jsonAnswer, type WireService } from '../wire.ts';

const FAULTS = ['server-error', 'throttle', 'lost-answer'] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * What the next calls of an operation suffer: `server-error` (a 500) and `throttle` (ThrottlingException) without an effect,
 * `lost-answer` (it acts, then the connection breaks).
 */
export interface Faults {
  /** Takes the next fault of the operation off the script. */
  take(operation: string): Fault | undefined;
  /** POST {operation, times?, fault}, GET, DELETE. A bad script gets a 400 that says why. */
  readonly script: WireService;
}

export function createFaults(operations: readonly string[]): Faults {
  const Script = z.strictObject({
    operation: z.enum(operations),
    times: z.int().min(1).max(1_000_000).default(1),
    fault: z.enum(FAULTS),
  });
  let planned: z.infer<typeof Script>[] = [];
  const answer = (body: unknown, status = 200) => jsonAnswer(body, 'application/json', status);
  return {
    take(operation) {
      const next = planned.find((each) => each.operation === operation);
      if (next === undefined) return undefined;
      next.times -= 1;
      planned = planned.filter(({ times }) => times > 0);
      return next.fault;
    },
    async script(request) {
      if (request.method === 'GET') return answer({ faults: planned });
      if (request.method === 'DELETE') {
        planned = [];
        return answer({ faults: planned });
      }
      if (request.method !== 'POST') return answer({ message: 'Use GET, POST or DELETE.' }, 405);
      let body: unknown;
      try {
        body = JSON.parse(request.body.toString('utf8'));
      } catch {
        return answer({ message: 'The body is not valid JSON.' }, 400);
      }
      const script = Script.safeParse(body);
      if (!script.success) {
        const problems = script.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
        return answer({ message: problems.join('; ') }, 400);
      }
      planned = [...planned, script.data];
      return answer({ faults: planned });
    },
  };
}
