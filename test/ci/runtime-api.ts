import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/*
 * Lambda's side of the Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): it runs AWS's runtime client
 * as Lambda does, hands it events, and takes its responses.
 */

const VERSION = '2018-06-01';
const NEXT = `/${VERSION}/runtime/invocation/next`;
const INIT_ERROR = `/${VERSION}/runtime/init/error`;
const OUTCOME = new RegExp(`^/${VERSION}/runtime/invocation/([^/]+)/(response|error)$`);

/** What the client reports of an error. Step Functions matches `errorType` in `ErrorEquals`. */
const errorSchema = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) });
export type ReportedError = z.output<typeof errorSchema>;

/** The outcome of an invocation, as a caller of Lambda sees it. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: ReportedError }
  /** INIT failed, so there was no invocation. */
  | { readonly initError: ReportedError }
  /** Lambda ended the process at the deadline. */
  | { readonly timedOut: string }
  /** The process ended by itself. */
  | { readonly exited: number | null };

export interface DeployedFunction {
  /** The folder with the function's code. */
  readonly code: string;
  /** As in the template: `index.handler`. */
  readonly handler: string;
  readonly functionName: string;
  /** All of the function's environment but what Lambda sets. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

interface Invocation {
  readonly id: string;
  readonly traceId: string;
  readonly event: unknown;
  readonly end: (outcome: Outcome) => void;
}

/** The options with which Lambda starts Node.js: modules of both kinds, as they are named, and nothing that Node.js guesses. */
const NODE_OPTIONS = '--no-experimental-require-module --no-experimental-detect-module';

/** One function with one execution environment at a time, which is started by the first event, and again after a time-out. */
export interface LambdaFunction {
  /**
   * @param timeoutSeconds instead of the function's own
   * @returns the outcome, the trace ID of the invocation, and what the process has written since its start
   */
  invoke(
    event: unknown,
    timeoutSeconds?: number,
  ): Promise<Outcome & { readonly output: string; readonly traceId: string }>;
  /** How many execution environments were started. */
  inits(): number;
  close(): Promise<void>;
}

/**
 * @param client the folder of the installed package `aws-lambda-ric`
 * @param deployed the function
 */
export async function startFunction(client: string, deployed: DeployedFunction): Promise<LambdaFunction> {
  let environment: ChildProcess | undefined;
  let output = '';
  let inits = 0;
  let waiting: ServerResponse | undefined;
  let pending: Invocation | undefined;

  const end = (outcome: Outcome): void => {
    const ended = pending;
    pending = undefined;
    ended?.end(outcome);
  };
  /** Hands the event to the process that has asked for one. */
  const deliver = (): void => {
    if (pending === undefined || waiting === undefined) return;
    const { id, traceId, event } = pending;
    const deadline = Date.now() + timeout * 1000;
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': id,
      'Lambda-Runtime-Deadline-Ms': String(deadline),
      'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:us-east-1:123456789012:function:${deployed.functionName}`,
      'Lambda-Runtime-Trace-Id': traceId,
    });
    waiting.end(JSON.stringify(event));
    waiting = undefined;
    timer = setTimeout(() => {
      const timedOut = `Task timed out after ${timeout.toFixed(2)} seconds`;
      void stop().then(() => end({ timedOut }));
    }, timeout * 1000);
  };
  let timeout = deployed.timeoutSeconds;
  let timer: NodeJS.Timeout | undefined;

  const server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    if (method === 'GET' && url === NEXT) {
      waiting = response;
      return deliver();
    }
    const body = await read(request);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (url === INIT_ERROR) return end({ initError: errorSchema.parse(JSON.parse(body)) });
    const [, id, kind] = OUTCOME.exec(url) ?? [];
    if (id !== pending?.id) throw new Error(`${method} ${url} is about no invocation that is running`);
    clearTimeout(timer);
    end(kind === 'response' ? { result: JSON.parse(body) } : { error: errorSchema.parse(JSON.parse(body)) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const start = (): void => {
    inits++;
    output = '';
    const child = spawn(process.execPath, [`${client}/index.mjs`], {
      cwd: deployed.code,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environmentOf(deployed), AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    child.on('close', (code) => {
      if (environment !== child) return;
      environment = undefined;
      end({ exited: code });
    });
    environment = child;
  };
  const stop = async (): Promise<void> => {
    clearTimeout(timer);
    waiting = undefined;
    const child = environment;
    environment = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  };

  return {
    async invoke(event, timeoutSeconds = deployed.timeoutSeconds) {
      timeout = timeoutSeconds;
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const traceId = `Root=1-${randomUUID().replaceAll('-', '').replace(/^.{8}/, '$&-')};Parent=53995c3f42cd8ad8;Sampled=1`;
      pending = { id: randomUUID(), traceId, event, end: resolve };
      if (environment === undefined) start();
      deliver();
      return { ...(await promise), output, traceId };
    },
    inits: () => inits,
    async close() {
      await stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The variables of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html that a function of Node.js 24 has. */
const environmentOf = ({ code, handler, functionName, variables }: DeployedFunction): Record<string, string> => ({
  ...variables,
  NODE_OPTIONS,
  _HANDLER: handler,
  LAMBDA_TASK_ROOT: code,
  TZ: ':UTC',
  LANG: 'en_US.UTF-8',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'OF-THE-ROLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef',
});

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
