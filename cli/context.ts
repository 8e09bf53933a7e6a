import { createEventTrackersClient, type EventTrackersClient } from '../client/index.ts';
import { ConfigurationFailure, ParameterFailure } from './failures.ts';
import { fetchOver, type HttpSettings, readCaBundle } from './http.ts';
import type { Interruption } from './interruption.ts';
import { loaded } from './optional-packages.ts';
import { formatted } from './output/format.ts';
import type { Query } from './output/query.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Environment, Settings } from './settings.ts';
import { isColored, page, type Streams, write } from './terminal.ts';
import { tokenProvider } from './token.ts';

/** What a command needs to run. */
export interface Context {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly interruption: Interruption;
  readonly debug: (line: string) => void;
  /** A client of the service, for the configured endpoint and token. @throws ConfigurationFailure, ParameterFailure */
  client(): EventTrackersClient;
  /** The HTTP settings for AWS and the service. @throws ConfigurationFailure */
  http(): HttpSettings;
  /** Prints a result according to --query and --output. */
  print(value: unknown, operation: string): Promise<void>;
  /** Prints one result of a stream immediately, without a pager: JSON on one line. */
  printLine(value: unknown, operation: string): Promise<void>;
  /** Writes a text to stdout unchanged. */
  write(text: string): Promise<void>;
  /** Writes a message to stderr. */
  note(text: string): void;
  progress(subject: string): Promise<Progress>;
  /** Sets the exit code of a run that printed its result and ends without an error. */
  exitWith(code: number): void;
}

export interface ContextOptions
  extends Pick<Context, 'settings' | 'environment' | 'interruption' | 'debug' | 'exitWith'> {
  readonly streams: Streams;
  readonly query: Query | undefined;
  readonly isEndpointGiven: boolean;
}

export function contextOf(options: ContextOptions): Context {
  const { settings, environment, streams, query, debug, interruption, exitWith } = options;
  /** As JSON has it: without members that are undefined. */
  const picked = (value: unknown) => {
    const plain: unknown = JSON.parse(JSON.stringify(value));
    return query === undefined ? plain : query(plain);
  };
  const formatOf = (operation: string) => ({
    format: settings.output,
    operation,
    width: streams.stdout.columns || 80,
    isColored: isColored(settings.color, streams, environment),
  });
  const http = (): HttpSettings => {
    const { connectTimeoutMs, readTimeoutMs, caBundle } = settings;
    return { connectTimeoutMs, readTimeoutMs, environment, debug, ca: caBundle && readCaBundle(caBundle) };
  };
  return {
    settings,
    environment,
    interruption,
    debug,
    exitWith,
    http,
    client: () => clientOf(settings, http(), options.isEndpointGiven),
    async print(value, operation) {
      const text = await formatted(picked(value), formatOf(operation));
      await interruption.leaveToPager(() => page(text, settings.pager, streams, environment));
    },
    async printLine(value, operation) {
      const one = picked(value);
      const text =
        settings.output === 'json' ? `${JSON.stringify(one ?? null)}\n` : await formatted(one, formatOf(operation));
      await write(streams.stdout, settings.output === 'yaml' ? `---\n${text}` : text);
    },
    write: (text) => write(streams.stdout, text),
    note: (text) => void streams.stderr.write(`${text}\n`),
    async progress(subject) {
      const progress = await startProgress(subject, streams, environment, settings.color);
      interruption.onEnd(progress.stop);
      return progress;
    },
  };
}

function clientOf(settings: Settings, http: HttpSettings, isEndpointGiven: boolean): EventTrackersClient {
  const { endpointUrl, token, auth } = settings;
  if (endpointUrl === undefined) {
    throw new ConfigurationFailure(
      'Unable to locate the endpoint. Set --endpoint-url, EVENT_TRACKERS_ENDPOINT_URL, or endpoint_url in ' +
        '~/.config/event-trackers/config; with npm start it is http://127.0.0.1:8787.',
    );
  }
  const isSigned = auth === 'iam';
  try {
    return createEventTrackersClient({
      // IAM-signed requests have an entrance of their own.
      endpoint: isSigned ? endpointUrl.replace(/(\/platform)?\/*$/, '/platform') : endpointUrl,
      token: isSigned ? undefined : tokenProvider(token),
      fetch: isSigned ? signedFetch(settings, endpointUrl, http) : fetchOver(http),
      // fetchOver has its own timeouts.
      requestTimeout: 2 ** 31 - 1 - 60_000,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const rule = error.message.replace(/^endpoint /, '');
    if (isEndpointGiven) throw new ParameterFailure(`Bad value for --endpoint-url: it ${rule}`);
    throw new ConfigurationFailure(`The configured endpoint ${rule}`);
  }
}

/** Signs each request. The AWS SDK is loaded at the first one. */
function signedFetch({ awsProfile, profileName, region }: Settings, endpointUrl: string, http: HttpSettings) {
  const fetch = fetchOver(http);
  let signer: Promise<(request: Request) => Promise<Request>> | undefined;
  const loadedSigner = async () => {
    const signingRegion = /\.execute-api\.([a-z\d-]+)\.amazonaws\./.exec(endpointUrl)?.[1] ?? region;
    if (signingRegion === undefined) {
      throw new ConfigurationFailure(
        'You must specify a region to sign for: --region, AWS_REGION, or region of the profile.',
      );
    }
    const packages = ['@aws-sdk/credential-provider-node', '@smithy/signature-v4', '@aws-crypto/sha256-js'];
    const { signerOf } = await loaded('--auth iam', packages, () => import('./signing.ts'));
    return signerOf(signingRegion, awsProfile, profileName !== undefined);
  };
  return async (request: Request): Promise<Response> => {
    signer ??= loadedSigner();
    return fetch(await (await signer)(request));
  };
}
