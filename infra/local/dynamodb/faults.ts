import * as z from 'zod';
import { AwsError, errorAnswer, jsonAnswer, jsonObject, type WireAnswer, type WireService } from '../wire.ts';

const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

/**
 * `server-error` and `throttle` are answered without acting. `cut` breaks the connection without acting, `lost-answer`
 * after it acted: the caller cannot tell these two apart.
 */
export type Fault = 'server-error' | 'throttle' | 'lost-answer' | 'cut';

const scriptSchema = z.strictObject({
  operation: z.enum(OPERATIONS),
  times: z.int().min(1).max(1_000_000),
  fault: z.enum(['server-error', 'throttle', 'lost-answer', 'cut']),
});
type Script = z.infer<typeof scriptSchema>;

/** Faults that tests script, taken in the order in which they were asked for. Lives in memory only. */
export class FaultScript {
  readonly #scripts: Script[] = [];

  /** The fault that this call of `operation` meets, if any; each is met as often as its `times` says. */
  take(operation: string): Fault | undefined {
    const script = this.#scripts.find((one) => one.operation === operation);
    if (script === undefined) return undefined;
    script.times -= 1;
    if (script.times === 0) this.#scripts.splice(this.#scripts.indexOf(script), 1);
    return script.fault;
  }

  /** POST {operation, times, fault} adds, GET lists what is left, DELETE clears. A bad script is a 400 that names the field. */
  readonly wire: WireService = async ({ method, body }) => {
    if (method === 'GET') return jsonAnswer({ faults: this.#scripts }, 'application/json');
    if (method === 'DELETE') {
      this.#scripts.length = 0;
      return { status: 204, headers: {}, body: '' };
    }
    if (method !== 'POST') {
      return jsonAnswer(
        { message: `${method} is not possible here: use GET, POST or DELETE.` },
        'application/json',
        405,
      );
    }
    let value: Record<string, unknown>;
    try {
      value = jsonObject(body);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, 'application/json');
      throw error;
    }
    const script = scriptSchema.safeParse(value);
    if (!script.success) return badScript(script.error);
    this.#scripts.push(script.data);
    return jsonAnswer({ faults: this.#scripts }, 'application/json', 201);
  };
}

function badScript(error: z.ZodError): WireAnswer {
  const message = error.issues
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
    .join('; ');
  return errorAnswer(new AwsError('ValidationException', message), 'application/json');
}
