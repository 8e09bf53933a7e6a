import { restoreFence } from './command.ts';

restoreFence(process.argv.slice(2), { say: console.log, tell: console.error }).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
