import { Writable } from 'node:stream';
import type { Interruption } from '../../cli/interruption.ts';
import { run } from '../../cli/run.ts';
import type { Ended } from './binary.ts';

/**
 * Runs a command line in this process. A process for each of the many small cases would take too long. Signals, pipes, terminals
 * and exits are tested with the binary.
 */
export async function inProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const interruption: Interruption = { setMessage: () => {}, onEnd: () => {}, leaveToPager: (work) => work() };
  const streams = { stdout, stderr };
  const code = await run({ argv, environment: { HOME: '/nonexistent', ...environment }, streams, interruption });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that collects its text. */
class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
