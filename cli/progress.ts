import { printable } from './error-messages.ts';
import type { Environment } from './settings.ts';
import { isInteractive, type Streams } from './terminal.ts';

/** Tells on stderr how a wait goes. */
export interface Progress {
  /** How it stands. Told again only when it has changed, in a pipe. */
  tell(status: string): void;
  /** Ends it; the terminal is as before. */
  stop(): void;
}

/** In a pipe or CI a line at least so often, so that nobody takes the wait for dead, in milliseconds. */
const LINE_EVERY_MS = 30_000;

/** A spinner with the elapsed time on a terminal; elsewhere plain lines, without control characters. */
export async function startProgress(
  subject: string,
  streams: Streams,
  environment: Environment,
  color: 'on' | 'off' | 'auto',
): Promise<Progress> {
  const started = performance.now();
  const elapsed = () => `${Math.floor((performance.now() - started) / 1000)} s`;
  let status = 'asking';
  const line = () => printable(`${subject}: ${status} (${elapsed()})`);

  if (!isInteractive(streams, environment)) {
    const write = () => streams.stderr.write(`${line()}\n`);
    const timer = setInterval(write, LINE_EVERY_MS);
    return {
      tell(next) {
        if (next === status) return;
        status = next;
        write();
      },
      stop: () => clearInterval(timer),
    };
  }
  const { default: ora } = await import('ora');
  const spinner = ora({
    text: line(),
    stream: streams.stderr,
    // It would put the terminal into raw mode, in which Ctrl-C is no signal.
    discardStdin: false,
    isEnabled: true,
    color: color === 'off' || environment.NO_COLOR ? false : 'cyan',
  }).start();
  const timer = setInterval(() => {
    spinner.text = line();
  }, 1000);
  return {
    tell(next) {
      status = next;
      spinner.text = line();
    },
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}
