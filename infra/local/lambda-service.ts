import { json } from './loopback-port.ts';
import { AwsError, errorAnswer, requestIdHeaders, type WireRequest, type WireResponse } from './wire.ts';

type LocalFunction = (event: unknown) => Promise<unknown>;

const REST_JSON = 'application/json';
const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Lambda's Invoke, for the functions of the runtime by ARN. @param functions may grow until the first request */
export function createLambdaService(functions: Readonly<Record<string, LocalFunction>>) {
  return async (request: WireRequest): Promise<WireResponse> => {
    try {
      return await invoke(functions, request);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, REST_JSON);
      throw error;
    }
  };
}

async function invoke(
  functions: Readonly<Record<string, LocalFunction>>,
  { method, path, headers, body }: WireRequest,
): Promise<WireResponse> {
  const name = PATH.exec(path)?.[1];
  if (name === undefined || method !== 'POST') {
    throw new AwsError('UnknownOperationException', 'The local runtime supports Invoke of Lambda only.', 404);
  }
  const arn = Object.keys(functions).find((each) => each === name || each.endsWith(`:function:${name}`));
  const run = arn === undefined ? undefined : functions[arn];
  if (run === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
  const event = payloadOf(body);
  switch (headers['x-amz-invocation-type'] ?? 'RequestResponse') {
    case 'RequestResponse':
      return await result(run(event));
    case 'Event':
      run(event).catch((error: unknown) => console.warn(`The function ${name} failed:`, error));
      return { status: 202, headers: requestIdHeaders(), body: '' };
    case 'DryRun':
      return { status: 204, headers: requestIdHeaders(), body: '' };
    default:
      throw new AwsError('InvalidParameterValueException', 'InvocationType must be RequestResponse, Event or DryRun.');
  }
}

function payloadOf(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.');
  }
}

/** Lambda answers 200 for an error of the function, too, with a header that says so. */
async function result(running: Promise<unknown>): Promise<WireResponse> {
  try {
    const answer = json(200, '');
    return { ...answer, headers: { ...answer.headers, ...requestIdHeaders() }, body: JSON.stringify(await running) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return {
      status: 200,
      headers: { 'content-type': REST_JSON, 'x-amz-function-error': 'Unhandled', ...requestIdHeaders() },
      body: JSON.stringify({ errorType: name, errorMessage: message }),
    };
  }
}
