import { PassThrough } from 'node:stream';
import type { Interruption } from '../../cli/interruption.ts';
import { run } from '../../cli/run.ts';
import type { Ended } from './binary.ts';

/**
 * Runs a command line in this process, because a process for each of many small cases would take too long. Signals, pipes,
 * terminals and the exit are tested with the binary.
 */
export async function inProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough().setEncoding('utf8'), new PassThrough().setEncoding('utf8')];
  const interruption: Interruption = { setMessage: () => {}, onEnd: () => {}, leaveToPager: (work) => work() };
  const streams = { stdout, stderr };
  const code = await run({ argv, environment: { HOME: '/nonexistent', ...environment }, streams, interruption });
  return { code, stdout: stdout.read() ?? '', stderr: stderr.read() ?? '' };
}
