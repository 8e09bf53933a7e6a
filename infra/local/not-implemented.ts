import { json } from './loopback-port.ts';
import { AwsError, errorAnswer, printable, type WireAnswer, type WireRequest } from './wire.ts';

/** The services on the AWS port, by signing name. */
const SERVED =
  'dynamodb, events, iam (roles), personalize and personalize-events, secretsmanager, sqs (JSON protocol), ssm (parameters), states, sts, and of lambda Invoke';

/** The error code for a service or operation that the local runtime does not implement. */
const CODE = 'UnknownOperationException';

/** The error for an operation that a supported service does not implement here. */
export const unknownOperation = (service: string, name: string, operations: readonly string[]): AwsError =>
  new AwsError(
    CODE,
    `The local runtime does not support the operation ${printable(name)} of ${service}. It supports ${operations.join(', ')}.`,
  );

/** The response to an `x-amz-target` of an unsupported service. */
export const unknownTarget = (target: string): WireAnswer =>
  errorAnswer(new AwsError(CODE, `The local runtime does not support ${printable(target)}. It supports ${SERVED}.`));

/**
 * The response to an unknown path on the AWS port. If the request is signed for another service (AWS_ENDPOINT_URL applies to `aws sts`
 * and `aws s3`, too), the response lists the available services, in the format that the SDK of that service expects.
 * @param scope the signing name of the service
 */
export function notImplemented({ method, path, headers }: WireRequest, scope: string | undefined): WireAnswer {
  if (scope === undefined) {
    return json(
      404,
      'Not found. AWS requests require an x-amz-target header or a signature. The control paths are ' +
        '/_health, /_events, /_faults, /_simulator, /_sts, /_local and /_issuer. The console is at /.',
    );
  }
  const message = `The local runtime does not support ${printable(`${method} ${path}`)} of ${printable(scope)}. It supports ${SERVED}.`;
  const isQuery = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (!isQuery && scope !== 's3') return errorAnswer(new AwsError(CODE, message, 404), 'application/json');
  if (isQuery) return queryError(new AwsError(CODE, message, 404));
  return {
    status: 404,
    headers: { 'content-type': 'text/xml' },
    body: `<Error>${codeAndMessage(CODE, message)}</Error>`,
  };
}

/** An error in AWS's query protocol. */
export const queryError = ({ code, message, status }: AwsError): WireAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>Sender</Type>${codeAndMessage(code, message)}</Error></ErrorResponse>`,
});

const codeAndMessage = (code: string, message: string): string =>
  `<Code>${code}</Code><Message>${escapedXml(message)}</Message>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const escapedXml = (text: string): string => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? '');
