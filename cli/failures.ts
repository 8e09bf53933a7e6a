/**
 * The exit codes of the AWS CLI (`aws help return-codes`): 252 the command line is invalid; 253 the configuration or environment is
 * invalid; 254 the service returned an error; 255 any other error; 130 Ctrl-C.
 */
export const EXIT = { OK: 0, INTERRUPTED: 130, USAGE: 252, CONFIGURATION: 253, SERVICE: 254, GENERAL: 255 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected failure: a message for stderr, without secrets, and the exit code. */
export abstract class Failure extends Error {
  abstract readonly exitCode: ExitCode;
}

/** The command line can't be parsed. Printed with the usage. */
export class UsageFailure extends Failure {
  override readonly name = 'UsageFailure';
  readonly exitCode = EXIT.USAGE;
}

/** A parameter has an invalid value. Printed without the usage, which would not help. */
export class ParameterFailure extends Failure {
  override readonly name = 'ParameterFailure';
  readonly exitCode = EXIT.USAGE;
}

/** A setting in the environment or configuration is missing or invalid. */
export class ConfigurationFailure extends Failure {
  override readonly name = 'ConfigurationFailure';
  readonly exitCode = EXIT.CONFIGURATION;
}

/** The service returned an error, or the request failed. */
export class ServiceFailure extends Failure {
  override readonly name = 'ServiceFailure';
  readonly exitCode = EXIT.SERVICE;
}

/** Any other expected failure: no connection, or a wait that ended without the expected status. */
export class GeneralFailure extends Failure {
  override readonly name = 'GeneralFailure';
  readonly exitCode = EXIT.GENERAL;
}
