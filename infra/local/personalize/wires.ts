import { setTimeout as sleep } from 'node:timers/promises';
import { operationName, respond } from '../json-protocol.ts';
import { unknownOperation } from '../not-implemented.ts';
import {
  AwsError,
  CUT,
  errorAnswer,
  HOME,
  jsonAnswer,
  jsonObject,
  type Place,
  type WireRequest,
  type WireResponse,
  type WireService,
} from '../wire.ts';
import { EVENTS_PATHS, isOperationName, OPERATION_NAMES, type OperationName } from './operations.ts';
import type { PersonalizeSimulator } from './simulator.ts';

const JSON_1_1 = 'application/x-amz-json-1.1';
const REST_JSON = 'application/json';

/** A call for which the caller needs a permission. */
export interface PersonalizeCall {
  readonly operation: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
  readonly core: PersonalizeSimulator;
}

/** Who calls, and what its role permits. */
export interface Authorizer {
  /** The account and Region of a request. @throws AwsError if its credentials or Region are not valid */
  placeOf(request: WireRequest): Place;
  /** @throws AwsError AccessDeniedException */
  authorize(request: WireRequest, call: PersonalizeCall): void;
}

/** The simulators, and who may call them. */
export interface Simulators {
  readonly coreAt: (place: Place) => PersonalizeSimulator;
  /** Absent: every call is one of the local runtime's own account and Region. */
  readonly authorizer?: Authorizer | undefined;
}

/** The service personalize: JSON 1.1. A delay that `closing` ends is a cut connection. */
export function controlWire(simulators: Simulators, closing: AbortSignal): WireService {
  const ofEvents: readonly string[] = Object.values(EVENTS_PATHS);
  const operations = OPERATION_NAMES.filter((name) => !ofEvents.includes(name));
  return (request) => answer(simulators, 'Personalize', operationName(request), operations, request, JSON_1_1, closing);
}

/** The service personalize-events: REST-JSON. */
export function eventsWire(simulators: Simulators, closing: AbortSignal): WireService {
  const byPath = new Map<string, string>([
    ...Object.entries(EVENTS_PATHS),
    // Not supported, but named in the error.
    ['/actions', 'PutActions'],
    ['/action-interactions', 'PutActionInteractions'],
  ]);
  const operations = Object.values(EVENTS_PATHS);
  return (request) => {
    const { method, path } = request;
    const name = (method === 'POST' && byPath.get(path)) || `${method} ${path}`;
    return answer(simulators, 'Personalize Events', name, operations, request, REST_JSON, closing);
  };
}

function answer(
  { coreAt, authorizer }: Simulators,
  service: string,
  name: string,
  operations: readonly string[],
  request: WireRequest,
  type: string,
  closing: AbortSignal,
): Promise<WireResponse> {
  return respond(service, type, async () => {
    const core = coreAt(authorizer?.placeOf(request) ?? HOME);
    let input: Record<string, unknown>;
    try {
      if (!isOperationName(name) || !operations.includes(name)) throw unknownOperation(service, name, operations);
      input = jsonObject(request.body);
      authorizer?.authorize(request, { operation: name, input, core });
    } catch (error) {
      if (error instanceof AwsError) core.recordRefused(name, error);
      throw error;
    }
    const reply = core.call(name, input);
    if (reply.delayMs > 0 && !(await passes(reply.delayMs, closing))) return CUT;
    if (reply.kind === 'cut') return CUT;
    // A success whose JSON is cut off, as by a proxy.
    if (reply.kind === 'garbled') return { ...jsonAnswer(undefined, type), body: '{"eventTracker": {' };
    return reply.kind === 'error' ? errorAnswer(reply.error, type) : jsonAnswer(reply.output, type);
  });
}

/** Waits for a delay. @returns false if the service closes first */
async function passes(delayMs: number, closing: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal: closing });
    return true;
  } catch (error) {
    if (closing.aborted) return false;
    throw error;
  }
}
