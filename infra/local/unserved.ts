import { json } from './loopback-port.ts';
import { AwsError, errorAnswer, type WireAnswer, type WireRequest } from './wire.ts';

/** What the AWS port serves, by the names that requests are signed for. */
const SERVED = 'dynamodb, events, personalize (personalize-events with it) and states';

/** As `AwsError` has it, where there is one: for a request to a service or an operation that nobody here serves. */
const CODE = 'UnknownOperationException';

/** The answer to an `x-amz-target` of no service that the local runtime has. */
export const unknownTarget = (target: string): WireAnswer =>
  errorAnswer(new AwsError(CODE, `The local runtime does not serve ${shown(target)}. It has ${SERVED}.`));

/**
 * The answer to a request that belongs to nothing on the AWS port. A caller that signs for another service (`aws sts`, `aws s3`:
 * AWS_ENDPOINT_URL leads them all here) is told which services there are, in the form that its SDK reads.
 * @param scope the service that the request is signed for
 */
export function unserved({ method, path, headers }: WireRequest, scope: string | undefined): WireAnswer {
  if (scope === undefined) {
    return json(
      404,
      'Nothing is served at this path. AWS requests need their x-amz-target or signature; besides them there are ' +
        '/_health, /_events, /_faults, /_simulator, /_local and /_issuer.',
    );
  }
  const message = `The local runtime does not serve ${shown(`${method} ${path}`)} of ${shown(scope)}. It has ${SERVED}.`;
  const isQuery = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (!isQuery && scope !== 's3') return errorAnswer(new AwsError(CODE, message, 404), 'application/json');
  const error = `<Code>${CODE}</Code><Message>${escaped(message)}</Message>`;
  return {
    status: 404,
    headers: { 'content-type': 'text/xml' },
    body: isQuery
      ? `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`
      : `<Error>${error}</Error>`,
  };
}

/** Short, and without what would break a line. */
const shown = (text: string): string => text.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? '');
