import { EventTrackersError, EventTrackerWaitError } from '../client/index.ts';
import { Failure, GeneralFailure, ServiceFailure } from './failures.ts';

/** Characters that control a terminal: text from elsewhere is printed without them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text from elsewhere, made safe for a terminal. */
export const printable = (text: string): string => text.replaceAll(CONTROL, '\ufffd');

/** The failure to print for an error, with its exit code; undefined for an unknown error. */
export function failureOf(error: unknown, endpointUrl: string): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof EventTrackerWaitError) {
    if (error.reason instanceof EventTrackersError && error.state === 'FAILURE') {
      return failureOf(error.reason, endpointUrl);
    }
    const what = error.state === 'TIMEOUT' ? 'Max wait time exceeded' : 'Waiter encountered a terminal failure state';
    return new GeneralFailure([`Waiter failed: ${what}: ${error.message}`, ...remedyOf(error)].join('\n'));
  }
  if (!(error instanceof EventTrackersError)) return undefined;
  return error.reason === 'CONNECTION_FAILED' || error.reason === 'TIMED_OUT'
    ? new GeneralFailure(noAnswer(error, endpointUrl))
    : refusal(error);
}

/** The service's advice, if the wait ended with an error response or with a failed tracker. */
function remedyOf({ reason }: EventTrackerWaitError): string[] {
  if (reason === undefined) return [];
  const remedy = reason instanceof EventTrackersError ? reason.remedy : reason.eventTracker.failure?.remedy;
  return remedy === undefined ? [] : [`  ${remedy}`];
}

/** The wording of the AWS CLI. */
function noAnswer({ reason, cause }: EventTrackersError, endpointUrl: string): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'CONNECT_TIMEOUT') return `Connect timeout on endpoint URL: "${endpointUrl}"`;
  if (code === 'READ_TIMEOUT' || reason === 'TIMED_OUT') return `Read timeout on endpoint URL: "${endpointUrl}"`;
  if (/CERT|SSL|TLS|SIGNATURE/.test(code)) {
    return `SSL validation failed for ${endpointUrl} (${code}). To trust your own certificate authority, use --ca-bundle.`;
  }
  return `Could not connect to the endpoint URL: "${endpointUrl}"${code === '' ? '' : ` (${code})`}`;
}

function refusal(error: EventTrackersError): Failure {
  const { operation, reason, detail, remedy, attempts, errors, existing, awsError, awsRequestId, correlationId } =
    error;
  const retries = attempts > 1 ? ` (reached max retries: ${attempts - 1})` : '';
  const first = `An error occurred (${reason}) when calling the ${operation} operation${retries}: ${detail}`;
  const lines = [
    first,
    ...errors.map(({ field, rule }) => `  ${field} ${rule}`),
    ...(existing ? [`  existing: ${existing.trackerId}, name ${existing.name}, ${existing.status}`] : []),
    ...(awsError ? [`  AWS: ${awsError}${awsRequestId ? `, request id ${awsRequestId}` : ''}`] : []),
    ...(remedy ? [`  ${remedy}`] : []),
    ...(correlationId ? [`  correlation id: ${correlationId}`] : []),
  ];
  const text = lines.join('\n');
  // The response did not come from the service.
  return reason === 'UNEXPECTED_ANSWER' ? new GeneralFailure(text) : new ServiceFailure(text);
}
