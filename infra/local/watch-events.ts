import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseFlags, reportUsageError, UsageError } from '../command-line.ts';
import { COMMANDS, DEFAULT_DATA, WHERE_DEFAULT_DATA_IS } from './commands.ts';
import { NotAnEventStream, type WatchedStream, watchEvents } from './eventbridge/watch-client.ts';
import { readRuntimeFile } from './runtime-file.ts';

const USAGE = `Usage: ${COMMANDS.eventsWith} [flags]
Prints the events on the buses of the local runtime, past and future, in the form in which targets receive them.
  --data DIR   the data folder of the runtime (default: EVENT_TRACKERS_DATA, or .event-trackers ${WHERE_DEFAULT_DATA_IS})
  --after N    start after event number N (default 0: with the first event)
  --once       print the events so far and exit; if there are none, wait for the first
  --help       show this help`;

const BETWEEN_ATTEMPTS_MS = 300;

interface Options {
  readonly directory: string;
  readonly after: number;
  readonly once: boolean;
}

/** No runtime to connect to: exit code 1. */
class NoRuntime extends Error {}

/** @throws UsageError */
function optionsFrom(args: readonly string[], environment: NodeJS.ProcessEnv): Options | 'help' {
  const values = parseFlags(args, {
    data: { type: 'string' },
    after: { type: 'string', default: '0' },
    once: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  });
  if (values.help) return 'help';
  const { after, once, data = environment.EVENT_TRACKERS_DATA || DEFAULT_DATA } = values;
  if (!/^\d{1,15}$/.test(after)) throw new UsageError('--after must be a whole number, 0 or more.');
  if (data === '') throw new UsageError('--data must name a folder.');
  return { directory: resolve(data), after: Number(after), once };
}

/** Connects to the runtime of the folder. @throws NoRuntime if there is none, or something else at its address */
async function connect(directory: string, after: number): Promise<WatchedStream> {
  const running = readRuntimeFile(directory);
  if (running === undefined)
    throw new NoRuntime(`No runtime is running on ${directory}. Start one with: ${COMMANDS.start}`);
  const { awsUrl } = running;
  try {
    return await watchEvents(awsUrl, after);
  } catch (error) {
    if (error instanceof NotAnEventStream) throw new NoRuntime(error.message);
    if (error instanceof Error && 'code' in error) {
      throw new NoRuntime(
        `No runtime is running: ${awsUrl} does not answer (${error.code}). Start one with: ${COMMANDS.start}`,
      );
    }
    throw error;
  }
}

/** Like `connect`, but waits for the runtime to start again, on the same or on other ports. */
async function reconnect(directory: string, after: number): Promise<WatchedStream> {
  for (;;) {
    try {
      return await connect(directory, after);
    } catch (error) {
      if (!(error instanceof NoRuntime)) throw error;
      await pause(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function print(data: string): void {
  process.stdout.write(`${process.stdout.isTTY ? JSON.stringify(JSON.parse(data), null, 2) : data}\n`);
}

async function watch({ directory, after, once }: Options): Promise<void> {
  let stream = await connect(directory, after);
  let newest = stream.last;
  for (let seen = after; ; ) {
    try {
      for await (const { id, data } of stream.events) {
        print(data);
        seen = id;
        newest = Math.max(newest, id);
        if (once && seen >= stream.last) return;
      }
    } catch (error) {
      // The runtime was killed: the socket breaks (ECONNRESET) instead of ending.
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
    }
    console.error('The runtime stopped. Waiting for it to start again. Press Ctrl-C to exit.');
    stream = await reconnect(directory, seen);
    if (stream.last < newest) {
      // The counter restarted, so the data folder is new and none of its events has been printed.
      stream.close();
      seen = 0;
      stream = await reconnect(directory, seen);
    }
    newest = stream.last;
    console.error('The runtime is running again.');
  }
}

process.on('SIGINT', () => process.exit(0));
// The reader closed the pipe (`| head -1`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const options = optionsFrom(process.argv.slice(2), process.env);
  if (options === 'help') console.log(USAGE);
  else await watch(options);
} catch (error) {
  if (error instanceof NoRuntime) {
    console.error(error.message);
    process.exitCode = 1;
  } else reportUsageError(error, USAGE);
}
