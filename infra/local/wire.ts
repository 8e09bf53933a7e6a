import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The account and Region of the local runtime. */
export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

/** An account and a Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}
export const HOME: Place = { accountId: ACCOUNT_ID, region: REGION };

/** The current time in milliseconds since the epoch. An argument, so that benchmarks and tests can control it. */
export type Clock = () => number;

/** A request to the AWS port, with its complete body. `path` is the decoded pathname, without the query. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Makes external text safe for a message: shortens it and replaces control characters. */
export const printable = (text: string): string => text.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?');

/** The response of a service. `CUT` closes the connection without a response. */
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
 * An error of an AWS service: a code, which SDKs map to an exception class, a message and an HTTP status. A status below 500 is a
 * client fault.
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

/** The headers with the request's id, in both spellings of AWS. */
export const requestIdHeaders = () => {
  const requestId = randomUUID();
  return { 'x-amzn-requestid': requestId, 'x-amzn-request-id': requestId };
};

/** A successful response of a JSON protocol. `type` is `application/x-amz-json-1.0` for Step Functions and DynamoDB, `1.1` for the others. */
export function jsonAnswer(body: unknown, type = 'application/x-amz-json-1.1', status = 200): WireAnswer {
  return {
    status,
    headers: { 'content-type': type, ...requestIdHeaders() },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** An error in the form that all SDKs and the AWS CLI parse: `__type` in the body, and the header (the CLI fails with the header alone). */
export function errorAnswer(error: AwsError, type = 'application/x-amz-json-1.1'): WireAnswer {
  return {
    status: error.status,
    headers: { 'content-type': type, 'x-amzn-errortype': error.code, ...requestIdHeaders() },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
  };
}

/** Far more than any request needs. 2 MiB of JSON can hold a million values, whose parsing would hold the process for a second. */
const MOST_VALUES = 100_000;

const STARTS_VALUE = new Set([...',[{:'].map((character) => character.charCodeAt(0)));

/** Counts what begins a value or a name, also within texts, because a text may be JSON itself. */
function hasMoreValuesThan(most: number, body: Buffer): boolean {
  let count = 0;
  for (const byte of body) {
    if (STARTS_VALUE.has(byte)) count += 1;
    if (count > most) return true;
  }
  return false;
}

/**
 * The JSON object in a request's body. An empty body counts as `{}`.
 * @throws AwsError SerializationException if it is not a JSON object
 */
export function jsonObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  if (hasMoreValuesThan(MOST_VALUES, body)) {
    throw new AwsError('SerializationException', `The request body has more than ${MOST_VALUES} values.`);
  }
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
