import { endWith } from '../command-line.ts';
import { dataFolderError } from './data-folder.ts';
import { writeFailures } from './durable-map.ts';
import { parseOptions, USAGE } from './options.ts';

/** `npm start`: starts the local runtime, reports when it is ready, and stops it on Ctrl-C. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  // On a full disk, or with the data folder deleted, the runtime could not save what it accepts.
  const endIfUnwritable = (error: unknown) => {
    const unwritable = dataFolderError(options.data, error);
    console.error(unwritable === undefined ? error : unwritable.message);
    process.exit(1);
  };
  writeFailures.subscribe(endIfUnwritable);
  // Errors of dynalite's files arrive here.
  process.on('uncaughtException', endIfUnwritable);
  // Loading takes a second, so invalid flags are refused before it.
  const { startRuntime } = await import('./runtime.ts');
  const runtime = await startRuntime(options);

  let stoppingSince: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      // npm forwards a Ctrl-C that this process has also received. A later one means that the user does not want to wait.
      if (performance.now() - stoppingSince > 3_000) process.exit(130);
      return;
    }
    stoppingSince = performance.now();
    runtime.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`could not stop cleanly on ${signal}:`, error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // Started by the library, which must not leave it behind.
  if (process.connected) process.once('disconnect', () => stop('SIGTERM'));
  const { apiUrl, awsUrl, pid } = runtime;
  process.send?.({ apiUrl, awsUrl, pid });
  console.log(
    `Ready: console ${awsUrl}/, API ${apiUrl}, AWS ${awsUrl}, pid ${pid}, data ${options.data} (Ctrl-C stops it)`,
  );
}

main().catch((error: unknown) => {
  // A port in use, or a data folder that can't be used.
  endWith(error, USAGE);
  process.exit();
});
