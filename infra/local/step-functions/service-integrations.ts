import { CUT, type WireAnswer, type WireService } from '../wire.ts';
import { TaskFailure } from './failures.ts';
import type { TaskHandler } from './machine.ts';

type Handlers = Readonly<Record<string, TaskHandler>>;

/**
 * The errors that the service model of Personalize has. Step Functions calls it with the AWS SDK for Java, in which every other error of the
 * service is a `PersonalizeException`, and no answer an `SdkClientException`.
 */
const PERSONALIZE_ERRORS: ReadonlySet<string> = new Set([
  'InvalidInputException',
  'InvalidNextTokenException',
  'LimitExceededException',
  'ResourceAlreadyExistsException',
  'ResourceInUseException',
  'ResourceNotFoundException',
  'TooManyTagKeysException',
  'TooManyTagsException',
]);

/**
 * SDK integrations of Personalize, `arn:aws:states:::aws-sdk:personalize:ACTION`. Like on AWS, their parameters and results have the
 * API's members with a capital first letter, times are text, and an error is `Personalize.NAME`.
 * @param actions their names, which begin with a small letter
 */
export const personalizeIntegrations = (wire: WireService, actions: readonly string[]): Handlers =>
  Object.fromEntries(
    actions.map((action) => [
      `arn:aws:states:::aws-sdk:personalize:${action}`,
      async (parameters) => {
        const answer = await send(wire, `AmazonPersonalize.${capital(action)}`, renamed(parameters, small));
        if (answer === CUT) throw noAnswer('Personalize');
        const body = objectIn(answer, 'Personalize');
        if (answer.status === 200) return renamed(body, capital);
        const code = String(body.__type ?? '');
        const name = PERSONALIZE_ERRORS.has(code) ? code : 'PersonalizeException';
        throw serviceError('Personalize', name, `${body.message ?? code}`, answer);
      },
    ]),
  );

/** The integrations of DynamoDB, `arn:aws:states:::dynamodb:ACTION`. Parameters and results are those of the API. */
export const dynamoDbIntegrations = (wire: WireService, actions: readonly string[]): Handlers =>
  Object.fromEntries(
    actions.map((action) => [
      `arn:aws:states:::dynamodb:${action}`,
      async (parameters) => {
        const answer = await send(wire, `DynamoDB_20120810.${capital(action)}`, parameters);
        if (answer === CUT) throw noAnswer('DynamoDB');
        const body = objectIn(answer, 'DynamoDB');
        if (answer.status === 200) return body;
        const code = String(body.__type ?? '').replace(/^.*#/, '');
        throw serviceError(
          'DynamoDB',
          code || 'AmazonDynamoDBException',
          `${body.message ?? body.Message ?? code}`,
          answer,
        );
      },
    ]),
  );

/** Calls a Lambda function of the runtime. */
export type InvokeFunction = (event: unknown) => Promise<unknown>;

/**
 * `arn:aws:states:::lambda:invoke`, also with `.waitForTaskToken`, whose result appears in the history only.
 * @param functions by ARN
 */
export function lambdaInvoke(functions: Readonly<Record<string, InvokeFunction>>): TaskHandler {
  return async (parameters) => {
    const { FunctionName, Payload } = parameters as { readonly FunctionName?: unknown; readonly Payload?: unknown };
    const invoke = functions[String(FunctionName)];
    if (invoke === undefined) {
      throw new TaskFailure('Lambda.ResourceNotFoundException', `Function not found: ${FunctionName}`);
    }
    return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: await invoke(Payload) };
  };
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const small = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function renamed(value: unknown, rename: (name: string) => string, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  // The protocol has seconds since the epoch.
  if (typeof value === 'number' && name.endsWith('DateTime')) return new Date(value * 1000).toISOString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename(key), renamed(inner, rename, key)]));
}

function send(wire: WireService, target: string, parameters: unknown) {
  return wire({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: {
      'x-amz-target': target,
      'content-type': target.startsWith('DynamoDB') ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
      // The local DynamoDB requires a signature, but does not check it.
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20261124T000000Z',
    },
    body: Buffer.from(JSON.stringify(parameters)),
  });
}

function objectIn({ body }: WireAnswer, service: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(body) || '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // An answer that was cut off: the SDK can't read it either.
    throw noAnswer(service);
  }
}

const noAnswer = (service: string): TaskFailure =>
  new TaskFailure(`${service}.SdkClientException`, 'Unable to execute HTTP request: no usable response');

function serviceError(service: string, name: string, message: string, { status, headers }: WireAnswer): TaskFailure {
  const requestId = headers['x-amzn-requestid'] ?? '';
  const details = `(Service: ${service}, Status Code: ${status}, Request ID: ${requestId})`;
  return new TaskFailure(`${service}.${name}`, `${message} ${details}`);
}
