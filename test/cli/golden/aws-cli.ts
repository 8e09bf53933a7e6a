import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { delimiter, join } from 'node:path';
import { bareEnvironment, type Ended, ended } from '../binary.ts';
import { type GoldenCase, GROUP } from './cases.ts';

/** The outcome of a command line, and the request that it sent. */
export interface Outcome extends Ended {
  readonly sent?: unknown;
}

/** The path of AWS CLI 2; undefined if it is not on the PATH. */
export function awsCli(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'aws'))
    .find(
      (path) =>
        existsSync(path) && /^aws-cli\/2\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
    );
}

/** A server for Personalize's CreateEventTracker and for POST /event-trackers that keeps the latest request body for each path. */
export class Recorder {
  readonly #server: Server;
  readonly #sent = new Map<string, unknown>();

  constructor() {
    this.#server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      this.#sent.set(/^\/case-\d+/.exec(request.url ?? '')?.[0] ?? '', JSON.parse(text));
      const isAws = request.headers['x-amz-target'] !== undefined;
      response.writeHead(isAws ? 200 : 202, {
        'content-type': isAws ? 'application/x-amz-json-1.1' : 'application/json',
      });
      response.end(
        JSON.stringify(
          isAws
            ? { eventTrackerArn: 'arn', trackingId: 'id' }
            : { trackerId: 'et-a', status: 'CREATE PENDING', progress: { waitingFor: 'start', attempt: 0 } },
        ),
      );
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  /** The body of the case's request; undefined if there was none. */
  sent(index: number): unknown {
    return this.#sent.get(`/case-${index}`);
  }

  close(): void {
    this.#server.close();
  }
}

export const commandLine = ({ args, isBare }: GoldenCase, url: string, index: number): string[] => [
  'create-event-tracker',
  ...(isBare ? [] : ['--name', 'x', '--dataset-group-arn', GROUP]),
  ...args,
  '--endpoint-url',
  `${url}/case-${index}`,
];

/** Runs a case with the real AWS CLI. */
export async function outcomeOfAws(
  aws: string,
  golden: GoldenCase,
  recorder: Recorder,
  url: string,
  index: number,
): Promise<Outcome> {
  const environment = {
    ...bareEnvironment(),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  const { code, stdout, stderr } = await ended(aws, ['personalize', ...commandLine(golden, url, index)], {
    environment,
  });
  const sent = recorder.sent(index);
  return {
    code,
    stdout,
    stderr: stderr.replace(/usage: [\s\S]*<subcommand> help\n/, ''),
    ...(sent !== undefined && { sent }),
  };
}
