import type { IncomingMessage, ServerResponse } from 'node:http';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { localJson, localRoutes } from '../local-request.ts';
import { jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { EventBridge, type EventBridgeOptions } from './core.ts';
import { callerOf } from './names.ts';
import { operations } from './operations.ts';
import { createWatch } from './watch.ts';

export type { Deliver, EventBridgeOptions, FailedInvocation } from './core.ts';
export type { EventBridgeEnvelope } from './event.ts';

export interface EventBridgeService {
  readonly core: EventBridge;
  /** `x-amz-target: AWSEvents.*`, JSON 1.1. */
  readonly wire: WireService;
  /** `GET /_events/failed-invocations`, answered by {count, failedInvocations}. */
  readonly script: WireService;
  /** `GET /_events`, a stream of server-sent events; see watch.ts. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends every stream and closes the files; later requests fail. */
  close(): void;
}

/** The local EventBridge. `directory` must exist; `keepAliveMs` is the time between two comment lines of a stream. */
export function createEventBridgeService(
  options: EventBridgeOptions & { readonly keepAliveMs?: number },
): EventBridgeService {
  const core = new EventBridge(options);
  const watch = createWatch(core, options.keepAliveMs ?? 15_000);
  return {
    core,
    wire: (request) =>
      respond('EventBridge', 'application/x-amz-json-1.1', () => {
        const operation = operationNamed(operationName(request), operations, 'EventBridge');
        const account = callerOf(request.headers);
        return jsonAnswer(operation({ core, account }, jsonObject(request.body)) ?? {});
      }),
    script: localRoutes({ '/_events/failed-invocations': { GET: () => localJson(core.failedInvocations()) } }),
    watch: watch.serve,
    close: () => {
      watch.close();
      core.close();
    },
  };
}
