import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  CreateEventTrackerCommand,
  DescribeEventTrackerCommand,
  PersonalizeClient,
  PersonalizeServiceException,
  type Tag,
} from '@aws-sdk/client-personalize';
import type { Context } from './context.ts';
import { ConfigurationFailure, type Failure, GeneralFailure, ParameterFailure, ServiceFailure } from './failures.ts';
import { localIsoTime } from './local-time.ts';

/**
 * Direct mode: Personalize itself, by the AWS SDK, with its configuration and credentials. For those without the service; nothing
 * here guards, waits or tells.
 */
const WARNING =
  'Warning: --direct asks Personalize itself: nothing guards against a second request, and nothing watches the event tracker. ' +
  'The tracking ID is not usable before describe-event-tracker --direct says ACTIVE.';

/** Prints what CreateEventTracker answers. @throws Failure */
export async function createDirectly(
  context: Context,
  input: Readonly<Record<string, unknown>>,
  operation: string,
): Promise<void> {
  context.note(WARNING);
  const { name, datasetGroupArn, tags } = input;
  const request = {
    name: String(name),
    datasetGroupArn: String(datasetGroupArn),
    // Checked by the shape of what this operation takes.
    ...(tags !== undefined && { tags: tags as Tag[] }),
  };
  const { eventTrackerArn, trackingId } = await asked(context, operation, (client) =>
    client.send(new CreateEventTrackerCommand(request)),
  );
  await context.print({ eventTrackerArn, trackingId }, operation);
}

/** Prints what DescribeEventTracker answers, its times as the AWS CLI prints them. @throws Failure */
export async function describeDirectly(
  context: Context,
  input: { readonly eventTrackerArn: string },
  operation: string,
): Promise<void> {
  const { eventTracker = {} } = await asked(context, operation, (client) =>
    client.send(new DescribeEventTrackerCommand(input)),
  );
  const shown = Object.entries(eventTracker)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, value instanceof Date ? localIsoTime(value) : value]);
  await context.print({ eventTracker: Object.fromEntries(shown) }, operation);
}

async function asked<Answer extends { readonly $metadata: { readonly requestId?: string } }>(
  context: Context,
  operation: string,
  ask: (client: PersonalizeClient) => Promise<Answer>,
): Promise<Answer> {
  const client = personalizeClient(context);
  const started = performance.now();
  try {
    const answer = await ask(client);
    const tookMs = Math.round(performance.now() - started);
    context.debug(`${operation} of Personalize: answered after ${tookMs} ms, request id ${answer.$metadata.requestId}`);
    return answer;
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
    // Else the SDK looks into the AWS profile.
    ...(region !== undefined && { region }),
    ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
    ...(profileName !== undefined && { profile: profileName }),
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: readTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true, proxyEnv: environment }),
      httpsAgent: new HttpsAgent({ keepAlive: true, proxyEnv: environment, ...(ca !== undefined && { ca }) }),
    },
  });
}

/** In the AWS CLI's words and exit codes; undefined for what is not known. */
function failureOf(error: unknown, operation: string, { settings }: Context): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof PersonalizeServiceException) {
    const { requestId, attempts = 1, httpStatusCode } = error.$metadata;
    // The SDK's words for an error of no name, as a proxy's.
    if (['Unknown', 'UnknownError'].includes(error.name)) return notPersonalize(operation, httpStatusCode);
    const retries = attempts > 1 ? ` (reached max retries: ${attempts - 1})` : '';
    const id = requestId === undefined ? '' : `\n  AWS request id: ${requestId}`;
    return new ServiceFailure(
      `An error occurred (${error.name}) when calling the ${operation} operation${retries}: ${error.message}${id}`,
    );
  }
  // The SDK's for an answer that is no JSON; its message quotes it.
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
      ? new ConfigurationFailure('The endpoint that is configured is no URL')
      : new ParameterFailure(
          'Bad value for --endpoint-url: it must be a URL, as https://personalize.us-east-1.amazonaws.com',
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
      `What answers at the endpoint is not Amazon Personalize${status === undefined ? '' : ` (HTTP ${status})`}.`,
  );

const statusOf = (metadata: unknown): number | undefined =>
  typeof metadata === 'object' &&
  metadata !== null &&
  'httpStatusCode' in metadata &&
  typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
