import { accountsPolicy } from './command.ts';

process.exitCode = accountsPolicy(process.argv.slice(2), { print: console.log, printError: console.error });
