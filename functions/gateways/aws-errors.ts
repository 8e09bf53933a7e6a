import type { AccountDenial, Denial } from '../tracker/accounts.ts';

/**
 * The errors of AWS calls as the workflow distinguishes them. Their names are the error names in the state machine's Retry
 * and Catch. Every other error is rethrown unchanged.
 */
class CallError extends Error {
  readonly operation: string;
  readonly awsRequestId: string | undefined;
  constructor(message: string, operation: string, awsRequestId?: string) {
    super(message);
    this.operation = operation;
    this.awsRequestId = awsRequestId;
  }
}

export class ThrottledError extends CallError {
  override readonly name = 'ThrottledError';
  constructor(operation: string) {
    super(`${operation} was throttled; nothing happened`, operation);
  }
}

/** No response, or one that does not show what happened: a time-out, a broken connection, a 5xx. */
export class UnknownOutcomeError extends CallError {
  override readonly name = 'UnknownOutcomeError';
  constructor(operation: string, cause: unknown) {
    super(`${operation} gave no definite answer (${nameOf(cause)})`, operation);
  }
}

/** Our role is not allowed to make this call, or the role of another account is not, or not ours. */
export class AccessDeniedError extends CallError implements Denial {
  override readonly name = 'AccessDeniedError';
  readonly account: AccountDenial | undefined;
  constructor(operation: string, awsRequestId?: string, account?: AccountDenial) {
    const where = account && ` in the account ${account.accountId}, Region ${account.region} (${account.why})`;
    super(`the role may not call ${operation}${where ?? ''}`, operation, awsRequestId);
    this.account = account;
  }
}

/** The denial as data, for a decision or a failure. */
export const denialOf = ({ operation, awsRequestId, account }: AccessDeniedError): Denial => ({
  operation,
  ...(awsRequestId && { awsRequestId }),
  ...(account && { account }),
});

/** A response that cannot be used: an unexpected refusal, or an unknown status. */
export class UnexpectedResponseError extends CallError {
  override readonly name = 'UnexpectedResponseError';
  /** In a few words: the error's name, or what is unexpected about the response. */
  readonly answer: string;
  readonly awsError: string | undefined;
  constructor(
    operation: string,
    {
      awsError,
      awsRequestId,
      message,
      answer = awsError ?? 'nothing',
    }: Partial<AwsRefusal> & { readonly answer?: string },
  ) {
    super(`${operation} was answered with ${answer}${message ? `: ${message}` : ''}`, operation, awsRequestId);
    this.answer = answer;
    this.awsError = awsError;
  }
}

/** DynamoDB did not respond. Unlike the other errors, this one cannot be recorded: the execution stays silent until DynamoDB is back. */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';
  constructor(cause: unknown) {
    super(`DynamoDB gave no answer (${nameOf(cause)})`);
  }
}

const nameOf = (cause: unknown): string => {
  if (cause instanceof Error) return cause.name;
  return typeof cause === 'string' ? cause : 'unknown error';
};

export interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const THROTTLES: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
]);
const DENIALS: ReadonlySet<string> = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation']);
/** The errors in the API models of Personalize and its runtimes by which they reject a request. */
const PERSONALIZE_REFUSALS: ReadonlySet<string> = new Set([
  'InvalidInputException',
  'InvalidNextTokenException',
  'ResourceAlreadyExistsException',
  'ResourceInUseException',
  'ResourceNotFoundException',
  'TooManyTagsException',
  'TooManyTagKeysException',
  'ValidationException',
]);
/** How the SDK, Node.js and the operating system name a failed connection or a missing response. */
const NO_RESPONSE: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'NetworkingError']);

/** An error that the service returned: name, message and request id. */
export interface AwsRefusal {
  readonly awsError: string;
  readonly awsRequestId?: string;
  readonly message: string;
}

/** Whether the service denied the call to the caller's role. */
export const isDenial = (error: unknown): error is SdkError => isSdkError(error) && DENIALS.has(error.name);

export function isSdkError(error: unknown): error is SdkError {
  return error instanceof Error && '$metadata' in error;
}

/**
 * The only translation of SDK errors: throws ThrottledError, AccessDeniedError or UnknownOutcomeError, returns a modelled refusal (4xx),
 * and rethrows what is not an SDK error.
 * @param modelled the errors in the service's API model that reject the request itself
 */
export function refusalOf(operation: string, error: unknown, modelled = PERSONALIZE_REFUSALS): AwsRefusal {
  // Already translated: the credentials for the call could not be had (assumed-role.ts).
  if (error instanceof CallError) throw error;
  if (isConnectionLost(error)) throw new UnknownOutcomeError(operation, error);
  if (!isSdkError(error)) throw error;
  if (THROTTLES.has(error.name) || error.$metadata?.httpStatusCode === 429) throw new ThrottledError(operation);
  if (DENIALS.has(error.name)) throw new AccessDeniedError(operation, error.$metadata?.requestId);
  const status = error.$metadata?.httpStatusCode;
  // A 2xx that could not be read took effect. A 4xx that the operation does not model (credentials, clock, a proxy) shows nothing about
  // the request. Neither is a refusal.
  const isRefusal = status !== undefined && status >= 400 && status < 500 && modelled.has(error.name);
  if (!isRefusal) throw new UnknownOutcomeError(operation, error);
  const awsRequestId = error.$metadata?.requestId;
  return { awsError: error.name, message: error.message, ...(awsRequestId && { awsRequestId }) };
}

/** Why a call was not accepted, as a value instead of an error. */
export type Unaccepted =
  /** Nothing happened. */
  | { readonly kind: 'throttled' }
  /** It may have taken effect. */
  | { readonly kind: 'unknown' }
  /** Our role is not allowed to make the call. */
  | ({ readonly kind: 'denied' } & Denial)
  | ({ readonly kind: 'refused' } & AwsRefusal);

/** @throws what `refusalOf` rethrows: errors that are not of the call */
export function unacceptedBy(operation: string, error: unknown): Unaccepted {
  try {
    return { kind: 'refused', ...refusalOf(operation, error) };
  } catch (fault) {
    if (fault instanceof ThrottledError) return { kind: 'throttled' };
    if (fault instanceof UnknownOutcomeError) return { kind: 'unknown' };
    if (!(fault instanceof AccessDeniedError)) throw fault;
    return { kind: 'denied', ...denialOf(fault) };
  }
}

/**
 * For a call that is repeated in any case: the word for the log, which is ThrottledError, AccessDeniedError, UnknownOutcomeError or the
 * service's own name. No message: some messages quote secrets.
 * @throws errors that are not of the call
 */
export function errorNameOf(operation: string, error: unknown, modelled: ReadonlySet<string>): string {
  try {
    return refusalOf(operation, error, modelled).awsError;
  } catch (fault) {
    if (fault instanceof CallError) return fault.name;
    throw fault;
  }
}

/** Whether the connection was refused, reset or timed out, so that no service returned the error. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  const isSocketError = typeof code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code);
  return isSocketError || (NO_RESPONSE.has(error.name) && !('$fault' in error));
}
