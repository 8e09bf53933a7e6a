/**
 * The errors of AWS calls as the workflow distinguishes them. Their names are the error names in the state machine's Retry
 * and Catch. Whatever is none of these is rethrown as it came.
 */
export class ThrottledError extends Error {
  readonly operation: string;
  constructor(operation: string) {
    super(`${operation} was throttled; nothing happened`);
    this.name = 'ThrottledError';
    this.operation = operation;
  }
}

/** No response, or one that does not show what happened: a time-out, a broken connection, a 5xx. */
export class UnknownOutcomeError extends Error {
  readonly operation: string;
  constructor(operation: string, cause: unknown) {
    super(`${operation} gave no definite answer (${nameOf(cause)})`);
    this.name = 'UnknownOutcomeError';
    this.operation = operation;
  }
}

/** DynamoDB gave no answer. Unlike the other two, nothing of it can be recorded: the execution stays silent until it is back. */
export class StoreUnreachable extends Error {
  constructor(cause: unknown) {
    super(`DynamoDB gave no answer (${nameOf(cause)})`);
    this.name = 'StoreUnreachable';
  }
}

const nameOf = (cause: unknown): string => {
  if (cause instanceof Error) return cause.name;
  return typeof cause === 'string' ? cause : 'unknown error';
};

/** An answer that came, and with which nothing can be done: a refusal that nobody planned for, a status that is none. */
export class UnexpectedResponseError extends Error {
  readonly operation: string;
  /** What it was, in a few words: the error's name, or what is odd about the answer. */
  readonly answer: string;
  readonly awsError: string | undefined;
  readonly awsRequestId: string | undefined;
  constructor(
    operation: string,
    { answer, awsError, awsRequestId, message }: Partial<AwsRefusal> & { readonly answer?: string },
  ) {
    const answered = awsError ?? answer ?? 'nothing';
    super(`${operation} was answered with ${answered}${message ? `: ${message}` : ''}`);
    this.name = 'UnexpectedResponseError';
    this.operation = operation;
    this.answer = answered;
    this.awsError = awsError;
    this.awsRequestId = awsRequestId;
  }
}

/** Our role may not make this call. */
export class AccessDeniedError extends Error {
  readonly operation: string;
  readonly awsRequestId: string | undefined;
  constructor(operation: string, awsRequestId?: string) {
    super(`the role may not call ${operation}`);
    this.name = 'AccessDeniedError';
    this.operation = operation;
    this.awsRequestId = awsRequestId;
  }
}

interface SdkError {
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
/** What Personalize and its runtime are modelled to refuse a request with, for good. */
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
/** What the SDK, Node and the operating system call a connection or an answer that did not come. */
const NO_RESPONSE: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'NetworkingError']);

/** An error that the service itself answered: name, message and request id. */
export interface AwsRefusal {
  readonly awsError: string;
  readonly awsRequestId?: string;
  readonly message: string;
}

function isSdkError(error: unknown): error is SdkError {
  return error instanceof Error && '$metadata' in error;
}

/**
 * The one translation of SDK errors: ThrottledError, AccessDeniedError and UnknownOutcomeError are thrown, a modelled refusal (4xx) is
 * returned as a fact for the caller to read, and what is no SDK error at all is rethrown.
 * @param modelled the errors that the service's model has for the request itself
 */
export function refusalOf(operation: string, error: unknown, modelled = PERSONALIZE_REFUSALS): AwsRefusal {
  if (isConnectionLost(error)) throw new UnknownOutcomeError(operation, error);
  if (!isSdkError(error)) throw error;
  if (THROTTLES.has(error.name) || error.$metadata?.httpStatusCode === 429) throw new ThrottledError(operation);
  if (DENIALS.has(error.name)) throw new AccessDeniedError(operation, error.$metadata?.requestId);
  const status = error.$metadata?.httpStatusCode;
  // A 2xx that could not be read took effect, and a 4xx with a name that the operation does not model (our credentials, our
  // clock, a proxy) says nothing of the request: neither is a refusal.
  const isRefusal = status !== undefined && status >= 400 && status < 500 && modelled.has(error.name);
  if (!isRefusal) throw new UnknownOutcomeError(operation, error);
  const awsRequestId = error.$metadata?.requestId;
  return { awsError: error.name, message: error.message, ...(awsRequestId && { awsRequestId }) };
}

/**
 * For a call that will be made again whatever became of it: the one word that the log says, ThrottledError, AccessDeniedError,
 * UnknownOutcomeError or the service's own name. No message: some quote what is secret.
 * @throws what is no error of a call
 */
export function errorNameOf(operation: string, error: unknown, modelled: ReadonlySet<string>): string {
  try {
    return refusalOf(operation, error, modelled).awsError;
  } catch (fault) {
    const isOfACall =
      fault instanceof ThrottledError || fault instanceof AccessDeniedError || fault instanceof UnknownOutcomeError;
    if (isOfACall) return fault.name;
    throw fault;
  }
}

/** A connection that was refused, reset or timed out: it never became an error that a service answered. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  const isSocketError = typeof code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code);
  return isSocketError || (NO_RESPONSE.has(error.name) && !('$fault' in error));
}
