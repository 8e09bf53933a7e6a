/**
 * The exit codes, as the AWS CLI documents them (`aws help return-codes`): 252 the command line is wrong, 253 the
 * configuration or environment is, 254 the service refused, 255 anything else; 130 is Ctrl-C.
 */
export const EXIT = { OK: 0, INTERRUPTED: 130, USAGE: 252, CONFIGURATION: 253, SERVICE: 254, GENERAL: 255 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end that is told to people: a message for stderr, and the exit code. Its message holds no secret. */
export abstract class Failure extends Error {
  abstract readonly exitCode: ExitCode;
}

/** The command line can't be parsed: told with the usage. */
export class UsageFailure extends Failure {
  override readonly name = 'UsageFailure';
  readonly exitCode = EXIT.USAGE;
}

/** A parameter's value is wrong: told without the usage, which would not help. */
export class ParameterFailure extends Failure {
  override readonly name = 'ParameterFailure';
  readonly exitCode = EXIT.USAGE;
}

/** What the command needs of its environment or configuration is missing or wrong. */
export class ConfigurationFailure extends Failure {
  override readonly name = 'ConfigurationFailure';
  readonly exitCode = EXIT.CONFIGURATION;
}

/** The service was asked and refused. */
export class ServiceFailure extends Failure {
  override readonly name = 'ServiceFailure';
  readonly exitCode = EXIT.SERVICE;
}

/** Everything else that is known: nothing answered, a wait that came to nothing. */
export class GeneralFailure extends Failure {
  override readonly name = 'GeneralFailure';
  readonly exitCode = EXIT.GENERAL;
}
