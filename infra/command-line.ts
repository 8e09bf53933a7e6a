import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A command line or variable that breaks a rule. The message names the flag or variable and the rule. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

type FlagDefinitions = NonNullable<ParseArgsConfig['options']>;

/**
 * Parses flags with Node's parseArgs.
 * @param allowNegative whether `--no-X` sets a boolean X to false
 * @throws UsageError for an unknown flag or a missing value
 */
export function parseFlags<const Flags extends FlagDefinitions>(
  args: readonly string[],
  options: Flags,
  allowNegative = false,
) {
  try {
    return parseArgs({ args: [...args], options, allowNegative }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * Prints why a command ended: a usage error with the usage text (exit code 2), an error with a message for the user as one line, and
 * any other with its stack (exit code 1).
 */
export function endWith(error: unknown, usage: string): void {
  if (error instanceof UsageError) {
    reportUsageError(error, usage);
    return;
  }
  console.error(error instanceof Error && error.name === 'Error' ? error.message : error);
  process.exitCode = 1;
}

/** Prints a usage error with the usage text, and sets exit code 2. @throws any other error */
export function reportUsageError(error: unknown, usage: string): void {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
