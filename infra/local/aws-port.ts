import type { IncomingMessage, ServerResponse } from 'node:http';
import { credentialsIn } from './iam/credentials.ts';
import { refusalOfWrite } from './loopback-guard.ts';
import { decodePath, json, type OpenPort, openPort, readBody, send, splitTarget, TOO_LARGE } from './loopback-port.ts';
import { notImplemented, unknownTarget } from './not-implemented.ts';
import {
  AwsError,
  CUT,
  errorAnswer,
  jsonAnswer,
  type WireRequest,
  type WireResponse,
  type WireService,
} from './wire.ts';

/** The AWS services behind the one endpoint. */
export interface AwsServices {
  readonly dynamodb: WireService;
  readonly stepFunctions: WireService;
  readonly eventBridge: WireService;
  readonly personalize: WireService;
  readonly personalizeEvents: WireService;
  readonly parameterStore: WireService;
  readonly secretsManager: WireService;
  readonly queues: WireService;
  readonly lambda: WireService;
  readonly sts: WireService;
  readonly iam: WireService;
}

export interface AwsPortOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  readonly services: AwsServices;
  /** The runtime's control paths: `/_simulator`, `/_issuer` and so on. A prefix matches its path and everything below it. */
  readonly local: ReadonlyArray<{ readonly prefix: string; readonly service: WireService }>;
  /** The page at `/`, for GET and HEAD. */
  readonly page?: WireService;
  /** Streams (server-sent events), by path. The function writes to the response itself. GET only. */
  /** As in PortOptions. */
  readonly checkFolder?: () => void;
  readonly streams: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;
}

/**
 * Larger than any request of these services except BatchWriteItem (16 MB): PutItem has 400 KB, StartExecution and PutEvents 256 KB. Larger
 * bodies would hold the process, and all its other requests, for up to half a second.
 */
const BODY_LIMIT = 1024 * 1024;

const INTERNAL_FAILURE = errorAnswer(
  new AwsError('InternalFailure', 'The request processing has failed because of an unknown error.', 500),
);

/**
 * The one endpoint for all AWS services (`AWS_ENDPOINT_URL`), and the runtime's control paths.
 * `GET /_health` returns {status: "ok", pid}, which distinguishes a running runtime from a stale runtime.json.
 * @throws Error "port 4566 is in use; choose another with --aws-port"
 */
export function startAwsPort({
  port,
  host,
  services,
  local,
  page,
  streams,
  checkFolder,
}: AwsPortOptions): Promise<OpenPort> {
  return openPort({
    port,
    host,
    flag: '--aws-port',
    checkFolder,
    failure: INTERNAL_FAILURE,
    async onRequest(request, response) {
      const { rawPath, rawQuery } = splitTarget(request.url ?? '/');
      const path = decodePath(rawPath);
      if (path === undefined) {
        send(response, json(400, 'The path is not valid percent-encoding.'));
        return;
      }
      const stream = Object.hasOwn(streams, path) ? streams[path] : undefined;
      if (stream !== undefined && request.method === 'GET') {
        stream(request, response);
        return;
      }
      const body = await readBody(request, BODY_LIMIT);
      if (body === TOO_LARGE) {
        const error = new AwsError('RequestEntityTooLargeException', `The body is over ${BODY_LIMIT} bytes.`, 413);
        send(response, errorAnswer(error));
        return;
      }
      const received: WireRequest = {
        method: request.method ?? 'GET',
        path,
        query: new URLSearchParams(rawQuery),
        headers: request.headers,
        body,
      };
      const answer = await dispatch(received, services, local, page);
      if (answer === CUT) request.socket.destroy();
      else send(response, answer);
    },
  });
}

async function dispatch(
  request: WireRequest,
  services: AwsServices,
  local: AwsPortOptions['local'],
  page: WireService | undefined,
): Promise<WireResponse> {
  const { method, path, headers, body } = request;
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    const service = byTarget(String(target), services);
    return service === undefined ? unknownTarget(String(target)) : service(request);
  }
  const { service: scope } = credentialsIn(request);
  if (scope === 'personalize') return services.personalizeEvents(request);
  if (scope === 'lambda') return services.lambda(request);
  if (scope === 'sts') return services.sts(request);
  if (scope === 'iam') return services.iam(request);
  if (path === '/_health' && method === 'GET') {
    return jsonAnswer({ status: 'ok', pid: process.pid }, 'application/json');
  }
  // A signed request for `/` is one of another service (`aws s3 ls`).
  const isForPage = path === '/' && scope === undefined && (method === 'GET' || method === 'HEAD');
  if (page !== undefined && isForPage) return page(request);
  const own = local.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  if (own === undefined) return notImplemented(request, scope);
  const refusal = refusalOfWrite(method, headers['content-type'], body.length);
  return refusal === undefined ? own.service(request) : json(refusal.status, refusal.message);
}

function byTarget(target: string, services: AwsServices): WireService | undefined {
  switch (target.slice(0, target.lastIndexOf('.'))) {
    case 'DynamoDB_20120810':
      return services.dynamodb;
    case 'AWSStepFunctions':
      return services.stepFunctions;
    case 'AWSEvents':
      return services.eventBridge;
    case 'AmazonPersonalize':
      return services.personalize;
    case 'AmazonSSM':
      return services.parameterStore;
    case 'secretsmanager':
      return services.secretsManager;
    case 'AmazonSQS':
      return services.queues;
    default:
      return undefined;
  }
}
