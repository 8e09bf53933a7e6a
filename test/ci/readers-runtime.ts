import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { ListDatasetGroupsCommand, ListEventTrackersCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { local } from '../e2e/local-runtime.ts';

/** How long the simulated Personalize takes, in milliseconds. */
const AS_SHIPPED = {
  createPendingMs: 2000,
  createInProgressMs: 6000,
  deletePendingMs: 1000,
  deleteInProgressMs: 2000,
  datasetGroupMs: 1000,
};
const QUICK = {
  createPendingMs: 100,
  createInProgressMs: 200,
  deletePendingMs: 100,
  deleteInProgressMs: 200,
  datasetGroupMs: 100,
};
/** The factor for the waits of executions. */
const TIME_SCALE = '0.1';

/** A free port below those that the system gives to connections: one stays free while the runtime restarts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/**
 * The local runtime (`npm start`) that a reader keeps running in another terminal: on other ports, and at a tenth of the waits. Its
 * simulated Personalize is quick too, but for a page that is about how long it takes.
 */
export class Runtime {
  readonly #clone: string;
  readonly #apiPort: number;
  readonly #awsPort: number;
  #running: { readonly command: string; readonly npm: ChildProcess } | undefined;

  private constructor(clone: string, apiPort: number, awsPort: number) {
    this.#clone = clone;
    this.#apiPort = apiPort;
    this.#awsPort = awsPort;
  }

  static async of(clone: string): Promise<Runtime> {
    return new Runtime(clone, await freePort(), await freePort());
  }

  get awsUrl(): string {
    return `http://127.0.0.1:${this.#awsPort}`;
  }

  /** Replaces the ports in a page's text by those of this runtime. */
  atItsPorts = (text: string): string =>
    text
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${this.#apiPort}`)
      .replaceAll('127.0.0.1:4566', `127.0.0.1:${this.#awsPort}`);

  /** Starts a runtime with a command that begins with `npm start`, and waits until it is ready. @returns its output */
  async #start(command: string): Promise<{ npm: ChildProcess; output: string }> {
    const npm = spawn('bash', ['-c', command], {
      cwd: this.#clone,
      // In its own process group, as in a terminal.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        EVENT_TRACKERS_PORT: String(this.#apiPort),
        EVENT_TRACKERS_AWS_PORT: String(this.#awsPort),
        EVENT_TRACKERS_TIME_SCALE: TIME_SCALE,
      },
    });
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    while (!output.includes('Ready: ')) {
      if (npm.exitCode !== null) throw new Error(`${command} ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { npm, output };
  }

  /** Runs a command that begins with `npm start`: one on ports of its own beside the other and not for long, any other in its place. */
  async run(command: string): Promise<string> {
    const isBeside = command.includes('--port 0');
    if (!isBeside) await this.stop();
    const { npm, output } = await this.#start(command);
    if (isBeside) await interrupt(npm);
    else this.#running = { command, npm };
    return output;
  }

  /** Starts the runtime without flags. */
  async plain(): Promise<void> {
    if (this.#running?.command !== 'npm start') await this.run('npm start');
  }

  /** Starts the runtime without flags and with an empty data folder. */
  async fresh(): Promise<void> {
    await this.stop();
    rmSync(join(this.#clone, '.event-trackers'), { recursive: true, force: true });
    await this.plain();
  }

  /** Sets how long the simulated Personalize takes: as shipped, or not long. The runtime keeps it when it restarts. */
  async pace(isAsShipped: boolean): Promise<void> {
    await local(this, 'PUT', '/_simulator/timing', isAsShipped ? AS_SHIPPED : QUICK);
  }

  async stop(): Promise<void> {
    if (this.#running !== undefined) await interrupt(this.#running.npm);
    this.#running = undefined;
  }

  /** What a page must leave as it was. */
  async state(): Promise<object> {
    const client = {
      endpoint: this.awsUrl,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const personalize = new PersonalizeClient(client);
    const events = new EventBridgeClient(client);
    const table = new DynamoDBClient(client);
    const { eventTrackers } = await personalize.send(new ListEventTrackersCommand({}));
    const { datasetGroups } = await personalize.send(new ListDatasetGroupsCommand({}));
    const { Rules: rules } = await events.send(new ListRulesCommand({ EventBusName: 'event-trackers' }));
    const { Items: records = [] } = await table.send(new ScanCommand({ TableName: 'event-trackers' }));
    for (const each of [personalize, events, table]) each.destroy();
    const unfinished = records.filter(({ unfinishedOf }) => unfinishedOf).map((record) => record.datasetGroupArn?.S);
    const timing = await local(this, 'GET', '/_simulator/timing');
    const throttle = await local(this, 'GET', '/_simulator/throttle');
    const quotas = await local(this, 'GET', '/_simulator/quotas');
    const faults = await local(this, 'GET', '/_faults');
    return { timing, throttle, quotas, faults, eventTrackers, datasetGroups, rules, unfinished };
  }
}

/** Stops the runtime as Ctrl-C does. */
async function interrupt(npm: ChildProcess): Promise<void> {
  const exited = once(npm, 'exit');
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  await exited;
}
