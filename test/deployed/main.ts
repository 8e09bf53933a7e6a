import { endWith } from '../../infra/command-line.ts';
import { parseOptions, USAGE } from './options.ts';
import { isGood, summaryOf, writeReport } from './report.ts';

// `npm run test:deployed`: tests a running service over the wire. See docs/deploy.md.
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else {
    // Loads the SDK, so a wrong command line is refused before it.
    const { runSuite } = await import('./run.ts');
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // npm forwards a signal that this process has received too.
        if (!stopping.signal.aborted)
          console.log(`${signal}: removing what this run made. To leave it for --clean-up, kill the process.`);
        stopping.abort();
      });
    }
    const report = await runSuite(options, (line) => console.log(line), stopping.signal);
    if (options.report !== undefined) writeReport(options.report, report);
    console.log(options.cleanUpOnly && report.leftBehind.length === 0 ? 'Nothing is left behind.' : summaryOf(report));
    const isDone = options.cleanUpOnly ? report.leftBehind.length === 0 : isGood(report) && !stopping.signal.aborted;
    process.exitCode = isDone ? 0 : 1;
  }
} catch (error) {
  endWith(error, USAGE);
}
