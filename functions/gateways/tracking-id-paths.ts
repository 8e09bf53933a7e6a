import { refusalOf, UnexpectedResponseError } from './aws-errors.ts';

/** Where tracking IDs are kept, by path. Each method throws what `refusalOf` throws; no error quotes a tracking ID. */
export interface TrackingIdPaths {
  /** What applications read at the path; undefined if there is nothing. */
  read(path: string): Promise<string | undefined>;
  /** @param description says whose tracking ID it is, in words that are not secret */
  write(path: string, trackingId: string, description: string): Promise<void>;
  /** Succeeds if there is nothing. */
  remove(path: string): Promise<void>;
}

/**
 * Makes a call whose modelled refusals are expected.
 * @returns its result, or the name of one of the expected errors
 * @throws ThrottledError, AccessDeniedError, UnknownOutcomeError; UnexpectedResponseError without AWS's message, which may quote the value
 */
export async function callUnless<Result, Expected extends string>(
  operation: string,
  call: Promise<Result>,
  expected: readonly Expected[],
): Promise<Result | Expected> {
  try {
    return await call;
  } catch (error) {
    const { awsError, awsRequestId } = refusalOf(operation, error, EVERY);
    const known = expected.find((name) => name === awsError);
    if (known !== undefined) return known;
    throw new UnexpectedResponseError(operation, { awsError, ...(awsRequestId && { awsRequestId }) });
  }
}

/** Every 4xx of these calls is an answer: whatever its name is, nothing happened. */
const EVERY: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });
