import { EXIT } from './failures.ts';
import { watchInterruption } from './interruption.ts';
import { run } from './run.ts';

/** The entry point, which bin/event-trackers.js loads. */
const streams = { stdout: process.stdout, stderr: process.stderr };

// If the reader closes the pipe (`| head -1`), that is not an error, as with the AWS CLI.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.OK);
  process.stderr.write(`\nUnable to write the output: ${error.code ?? error.message}\n`);
  process.exit(EXIT.GENERAL);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  // No message can be printed. If the terminal is gone, nothing else matters; otherwise the command and its exit code still do.
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
  // An unexpected error: print the stack trace for a bug report.
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = EXIT.GENERAL;
}
