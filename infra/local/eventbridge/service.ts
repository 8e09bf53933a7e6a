import type { IncomingMessage, ServerResponse } from 'node:http';
import { localJson, localRoutes } from '../local-request.ts';
import { AwsError, errorAnswer, jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { EventBridge, type EventBridgeOptions } from './core.ts';
import { operations } from './operations.ts';
import { createWatch } from './watch.ts';

export type { Deliver, EventBridgeOptions, FailedInvocation } from './core.ts';
export type { EventBridgeEnvelope } from './event.ts';

const TARGET_PREFIX = 'AWSEvents.';

export interface EventBridgeService {
  readonly core: EventBridge;
  /** What has `x-amz-target: AWSEvents.*`. */
  readonly wire: WireService;
  /** `GET /_events/failed-invocations`, answered by {count, failedInvocations}. */
  readonly script: WireService;
  /** `GET /_events`, a stream of server-sent events; see watch.ts. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends every stream and closes the files; what is asked afterwards fails. */
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
    wire: createWire(core),
    script: localRoutes({ '/_events/failed-invocations': { GET: () => localJson(core.failedInvocations()) } }),
    watch: watch.serve,
    close: () => {
      watch.close();
      core.close();
    },
  };
}

/** The JSON 1.1 wire: the operation by `x-amz-target`, errors as the SDKs decode them. */
function createWire(core: EventBridge): WireService {
  return async (request) => {
    try {
      const target = String(request.headers['x-amz-target'] ?? '');
      const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined) {
        throw new AwsError('UnknownOperationException', 'The local EventBridge does not know this operation.');
      }
      return jsonAnswer(operation(core, jsonObject(request.body)) ?? {});
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error);
      console.error('The local EventBridge failed:', error);
      return errorAnswer(new AwsError('InternalFailure', 'An internal error occurred.', 500));
    }
  };
}
