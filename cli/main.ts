import { EXIT } from './failures.ts';
import { watchInterruption } from './interruption.ts';
import { run } from './run.ts';

/** The command line's entry: what bin/event-trackers.js starts. */
const streams = { stdout: process.stdout, stderr: process.stderr };

// The reader of our pipe has seen enough (`| head -1`): no error of ours, and none of the AWS CLI's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.OK);
  process.stderr.write(`\nUnable to write the output: ${error.code ?? error.message}\n`);
  process.exit(EXIT.GENERAL);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  // Nobody can be told. On a terminal that is gone nothing is worth going on for; else the command and its exit code still are.
  if (error.code === 'EIO') process.exit(EXIT.GENERAL);
});

try {
  process.exitCode = await run({
    argv: process.argv.slice(2),
    environment: process.env,
    streams,
    interruption: watchInterruption(streams),
  });
} catch (error) {
  // What nobody expected: where it happened helps whoever mends it.
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = EXIT.GENERAL;
}
