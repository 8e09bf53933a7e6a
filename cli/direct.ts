import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  CreateEventTrackerCommand,
  type CreateEventTrackerCommandInput,
  DescribeEventTrackerCommand,
  type DescribeEventTrackerCommandInput,
  PersonalizeClient,
  PersonalizeServiceException,
} from '@aws-sdk/client-personalize';
import { environmentKeys, QUIET } from './aws-credentials.ts';
import type { Context } from './context.ts';
import type { Input } from './definition.ts';
import { ConfigurationFailure, type Failure, GeneralFailure, ParameterFailure, ServiceFailure } from './failures.ts';
import { localIsoTime } from './local-time.ts';

/**
 * Direct mode: calls Personalize through the AWS SDK, with the SDK's configuration and credentials, for accounts without the
 * service. Nothing here prevents duplicates, waits or publishes events.
 */
const WARNING =
  'Warning: --direct calls Personalize without the service: duplicate requests are not prevented, and nothing follows the creation. ' +
  'The tracking ID is not usable until describe-event-tracker --direct shows ACTIVE.';

/** Calls CreateEventTracker and prints its response. @throws Failure */
export async function createDirectly(context: Context, input: Input, operation: string): Promise<void> {
  context.note(WARNING);
  const { eventTrackerArn, trackingId } = await send(context, operation, (client) =>
    // validate has checked the shape.
    client.send(new CreateEventTrackerCommand(input as unknown as CreateEventTrackerCommandInput)),
  );
  await context.print({ eventTrackerArn, trackingId }, operation);
}

/** Calls DescribeEventTracker and prints its response, with times in the format of the AWS CLI. @throws Failure */
export async function describeDirectly(context: Context, input: Input, operation: string): Promise<void> {
  const { eventTracker = {} } = await send(context, operation, (client) =>
    client.send(new DescribeEventTrackerCommand(input as unknown as DescribeEventTrackerCommandInput)),
  );
  const shown = Object.entries(eventTracker)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, value instanceof Date ? localIsoTime(value) : value]);
  await context.print({ eventTracker: Object.fromEntries(shown) }, operation);
}

async function send<Response extends { readonly $metadata: { readonly requestId?: string } }>(
  context: Context,
  operation: string,
  call: (client: PersonalizeClient) => Promise<Response>,
): Promise<Response> {
  const client = personalizeClient(context);
  const started = performance.now();
  try {
    const response = await call(client);
    const tookMs = Math.round(performance.now() - started);
    context.debug(`Personalize ${operation}: responded after ${tookMs} ms, request id ${response.$metadata.requestId}`);
    return response;
  } catch (error) {
    throw failureOf(error, operation, context) ?? error;
  } finally {
    client.destroy();
  }
}

function personalizeClient(context: Context): PersonalizeClient {
  const { endpointUrl, region, profileName, connectTimeoutMs, readTimeoutMs } = context.settings;
  const { ca, environment } = context.http();
  return new PersonalizeClient({
    // Otherwise the SDK reads the AWS profile.
    region,
    endpoint: endpointUrl,
    profile: profileName,
    credentials: environmentKeys(profileName),
    logger: QUIET,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: readTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true, proxyEnv: environment }),
      httpsAgent: new HttpsAgent({ keepAlive: true, proxyEnv: environment, ca }),
    },
  });
}

/** The failure with the wording and exit code of the AWS CLI; undefined for an unknown error. */
function failureOf(error: unknown, operation: string, { settings }: Context): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof PersonalizeServiceException) {
    const { requestId, attempts = 1, httpStatusCode } = error.$metadata;
    // The SDK's names for an error response without a name, such as a proxy's.
    if (['Unknown', 'UnknownError'].includes(error.name)) return notPersonalize(operation, httpStatusCode);
    const retries = attempts > 1 ? ` (reached max retries: ${attempts - 1})` : '';
    const id = requestId === undefined ? '' : `\n  AWS request id: ${requestId}`;
    return new ServiceFailure(
      `An error occurred (${error.name}) when calling the ${operation} operation${retries}: ${error.message}${id}`,
    );
  }
  // What the SDK throws for a response that is not JSON. Its message quotes the response.
  if (error instanceof SyntaxError && '$metadata' in error) {
    return notPersonalize(operation, statusOf(error.$metadata));
  }
  if (error.name === 'CredentialsProviderError') {
    return new ConfigurationFailure(`Unable to locate credentials: ${error.message}`);
  }
  if (/Region is missing/.test(error.message)) {
    return new ConfigurationFailure('You must specify a region: --region, AWS_REGION, or region of the AWS profile.');
  }
  if (/Invalid URL/.test(error.message)) {
    return settings.endpointUrl === undefined
      ? new ConfigurationFailure('The configured endpoint is not a URL')
      : new ParameterFailure(
          'Bad value for --endpoint-url: it must be a URL, such as https://personalize.us-east-1.amazonaws.com',
        );
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (!/^E[A-Z]+$|TimeoutError|CERT|SSL|SIGNATURE/.test(code)) return undefined;
  const place = settings.endpointUrl === undefined ? '' : ` "${settings.endpointUrl}"`;
  return new GeneralFailure(`Could not connect to the endpoint URL${place} (${code})`);
}

const notPersonalize = (operation: string, status: number | undefined): Failure =>
  new GeneralFailure(
    `An error occurred (UNEXPECTED_ANSWER) when calling the ${operation} operation: ` +
      `The response does not come from Amazon Personalize${status === undefined ? '' : ` (HTTP ${status})`}.`,
  );

const statusOf = (metadata: unknown): number | undefined =>
  typeof metadata === 'object' &&
  metadata !== null &&
  'httpStatusCode' in metadata &&
  typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
