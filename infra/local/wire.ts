import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The account and Region that everything on the local runtime lives in. */
export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

/** The time now, in milliseconds since the epoch. Cores take it as an argument so that benchmarks and tests can turn it. */
export type Clock = () => number;

/** A request to the AWS port, its body read whole. `path` is the decoded pathname, without the query. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a service answers. `CUT` stands for a connection that breaks before the answer: the caller learns nothing. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
export const CUT = Symbol('the connection breaks');
export type WireResponse = WireAnswer | typeof CUT;

/** One service behind the AWS port. */
export type WireService = (request: WireRequest) => Promise<WireResponse>;

/**
 * An error as an AWS service tells it: a code that SDKs make an exception class of, a message, an HTTP status.
 * `fault` follows from the status: below 500 the client's.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

const requestIdHeaders = (): Record<string, string> => {
  const requestId = randomUUID();
  return { 'x-amzn-requestid': requestId, 'x-amzn-request-id': requestId };
};

/** A success of a JSON protocol. `type` is `application/x-amz-json-1.0` for Step Functions and DynamoDB, `1.1` for the others. */
export function jsonAnswer(body: unknown, type = 'application/x-amz-json-1.1', status = 200): WireAnswer {
  return {
    status,
    headers: { 'content-type': type, ...requestIdHeaders() },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** An error in the shape that every SDK and the AWS CLI decode: `__type` in the body and the header (the header alone breaks the CLI). */
export function errorAnswer(error: AwsError, type = 'application/x-amz-json-1.1'): WireAnswer {
  return {
    status: error.status,
    headers: { 'content-type': type, 'x-amzn-errortype': error.code, ...requestIdHeaders() },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
  };
}

/**
 * The JSON object in a request's body; an empty body is `{}` as the SDKs send it for operations without input.
 * @throws AwsError SerializationException when it is not a JSON object
 */
export function jsonObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', 'The request body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}
