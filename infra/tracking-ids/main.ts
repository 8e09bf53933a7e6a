import { trackingIdBackfill } from './command.ts';

trackingIdBackfill(process.argv.slice(2), { print: console.log, printError: console.error }).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
