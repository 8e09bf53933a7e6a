import type { ApiAnswer, ApiCall, PersonalizeSettings } from '../protocol.ts';

/** The runtime does not answer: it was stopped, or is starting. */
export class Unreachable extends Error {}

/** An answer of the runtime itself with an error status; its message is for people. */
export class Refused extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export type Place = Pick<PersonalizeSettings, 'accountId' | 'region'>;

const JSON_TYPE = 'application/json';

/**
 * Calls a path of this server.
 * @returns the parsed JSON of its answer
 * @throws Unreachable, or Refused with the server's message
 */
export async function callPath(method: string, path: string, body?: unknown): Promise<unknown> {
  return parsed(
    await send(path, {
      method,
      // What is taken back is taken back even if the page is being closed.
      keepalive: method === 'DELETE',
      headers: { 'x-console': 'yes', ...(body !== undefined && { 'content-type': JSON_TYPE }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

/**
 * Calls an AWS service of the runtime over its wire, as an SDK does. (The signature is not checked; DynamoDB requires one.)
 * @param target `AWSStepFunctions.DescribeExecution`
 * @param place another account or Region than the runtime's own
 */
export async function callAws(target: string, input: object, place?: Place): Promise<unknown> {
  const version = target.startsWith('AWSStepFunctions') ? '1.0' : '1.1';
  return parsed(
    await send('/', {
      method: 'POST',
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-target': target,
        ...(place && { authorization: scopeOf(place) }),
      },
      body: JSON.stringify(input),
    }),
  );
}

/** Names the account and the Region, as the scope of a signature does. */
const scopeOf = ({ accountId, region }: Place): string =>
  `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/personalize/aws4_request, SignedHeaders=host, Signature=0`;

/** Sends a request to the API, which the runtime signs. It is one like any other, and in the list of requests. */
export async function callApi(call: ApiCall): Promise<ApiAnswer> {
  return (await callPath('POST', '/_console/call', call)) as ApiAnswer;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Unreachable('The runtime does not answer.');
  }
}

async function parsed(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parseJson(text);
  if (response.ok) return body;
  throw new Refused(messageIn(body) ?? `The runtime answered ${response.status}.`, response.status);
}

/** The value of a JSON text; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The `message` of a JSON error, in the form of AWS or of the control paths. */
function messageIn(body: unknown): string | undefined {
  return isRecord(body) && typeof body.message === 'string' ? body.message : undefined;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
