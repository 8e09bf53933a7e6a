import type { IncomingMessage, ServerResponse } from 'node:http';
import { credentialsIn } from '../iam/credentials.ts';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { localJson, localRoutes } from '../local-request.ts';
import { ACCOUNT_ID, jsonAnswer, jsonObject, type WireRequest, type WireService } from '../wire.ts';
import { rootOf, type Sender } from './bus-policy.ts';
import { EventBridge, type EventBridgeOptions } from './core.ts';
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

/** An access key of twelve digits is an account's own; any other is of the runtime's account. */
function senderOf(request: WireRequest): Sender {
  const { accessKeyId } = credentialsIn(request);
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : ACCOUNT_ID;
  return { account, arn: rootOf(account) };
}

/** The local EventBridge. `directory` must exist; `keepAliveMs` is the time between two comment lines of a stream. */
export function createEventBridgeService(
  options: EventBridgeOptions & {
    readonly keepAliveMs?: number;
    /** Who signs a request. By default its access key decides alone. */
    readonly callerOf?: (request: WireRequest) => Sender;
  },
): EventBridgeService {
  const { callerOf = senderOf } = options;
  const core = new EventBridge(options);
  const watch = createWatch(core, options.keepAliveMs ?? 15_000);
  return {
    core,
    wire: (request) =>
      respond('EventBridge', 'application/x-amz-json-1.1', () => {
        const operation = operationNamed(operationName(request), operations, 'EventBridge');
        return jsonAnswer(operation({ core, caller: callerOf(request) }, jsonObject(request.body)) ?? {});
      }),
    script: localRoutes({ '/_events/failed-invocations': { GET: () => localJson(core.failedInvocations()) } }),
    watch: watch.serve,
    close: () => {
      watch.close();
      core.close();
    },
  };
}
