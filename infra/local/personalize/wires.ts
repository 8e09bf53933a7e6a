import { setTimeout as sleep } from 'node:timers/promises';
import {
  AwsError,
  CUT,
  errorAnswer,
  jsonAnswer,
  jsonObject,
  type WireRequest,
  type WireResponse,
  type WireService,
} from '../wire.ts';
import { isOperationName, type OperationName } from './operations.ts';
import type { PersonalizeSimulator } from './simulator.ts';

const JSON_1_1 = 'application/x-amz-json-1.1';
const REST_JSON = 'application/json';
const TARGET_PREFIX = 'AmazonPersonalize.';

/** The service personalize: JSON 1.1, the operation named by `x-amz-target`. A delay that `closing` ends is a cut connection. */
export function controlWire(core: PersonalizeSimulator, closing: AbortSignal): WireService {
  return async (request) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target;
    // PutEvents is the other service's.
    const operation = isOperationName(name) && name !== 'PutEvents' ? name : undefined;
    return answer(core, operation, name, request, JSON_1_1, closing);
  };
}

/** The service personalize-events: REST-JSON, `POST /events` only. */
export function eventsWire(core: PersonalizeSimulator, closing: AbortSignal): WireService {
  return async (request) => {
    const isPutEvents = request.method === 'POST' && request.path === '/events';
    const name = `${request.method} ${request.path}`;
    return answer(core, isPutEvents ? 'PutEvents' : undefined, name, request, REST_JSON, closing);
  };
}

async function answer(
  core: PersonalizeSimulator,
  operation: OperationName | undefined,
  name: string,
  { body }: WireRequest,
  type: string,
  closing: AbortSignal,
): Promise<WireResponse> {
  try {
    if (operation === undefined) {
      const error = new AwsError('UnknownOperationException', 'The service has no such operation.');
      core.recordRefused(name, error);
      return errorAnswer(error, type);
    }
    const input = inputOf(core, operation, body);
    if (input instanceof AwsError) return errorAnswer(input, type);
    const reply = core.call(operation, input);
    if (reply.delayMs > 0 && !(await passes(reply.delayMs, closing))) return CUT;
    if (reply.kind === 'cut') return CUT;
    // A success whose body ends before it is JSON, as a proxy leaves it.
    if (reply.kind === 'garbled') return { ...jsonAnswer(undefined, type), body: '{"eventTracker": {' };
    return reply.kind === 'error' ? errorAnswer(reply.error, type) : jsonAnswer(reply.output, type);
  } catch (error) {
    // A mistake of the simulator: logged in its terminal, without anything of the request.
    console.error('The Personalize simulator failed in', operation, error);
    return errorAnswer(new AwsError('InternalFailure', 'The simulator failed.', 500), type);
  }
}

function inputOf(core: PersonalizeSimulator, operation: OperationName, body: Buffer) {
  try {
    return jsonObject(body);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    core.recordRefused(operation, error);
    return error;
  }
}

/** Waits; false if the service closes first. */
async function passes(delayMs: number, closing: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal: closing });
    return true;
  } catch (error) {
    if (closing.aborted) return false;
    throw error;
  }
}
