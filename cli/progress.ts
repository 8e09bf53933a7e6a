import { printable } from './error-messages.ts';
import type { Environment } from './settings.ts';
import { isInteractive, type Streams } from './terminal.ts';

/** Shows the progress of a wait on stderr. */
export interface Progress {
  /** Shows a status; on a terminal with a bar, if the share that is done is given (0 to 1). In a pipe, a status that has not changed is not repeated. */
  update(status: string, share?: number): void;
  /** Stops, and restores the terminal. */
  stop(): void;
}

/** In a pipe or CI, at least one line in this time shows that the wait is alive, in milliseconds. */
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
  let status = 'requesting';
  const line = () => printable(`${subject}: ${status} (${elapsed()})`);

  if (!isInteractive(streams, environment)) {
    const write = () => streams.stderr.write(`${line()}\n`);
    const timer = setInterval(write, LINE_EVERY_MS);
    return {
      update(next) {
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
    // Otherwise ora puts the terminal into raw mode, in which Ctrl-C sends no signal.
    discardStdin: false,
    isEnabled: true,
    color: color === 'off' || environment.NO_COLOR ? false : 'cyan',
  }).start();
  const timer = setInterval(() => {
    spinner.text = line();
  }, 1000);
  return {
    update(next, share) {
      status = share === undefined ? next : `${barOf(share)} ${next}`;
      spinner.text = line();
    },
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

const BAR_WIDTH = 24;

function barOf(share: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `[${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}]`;
}
