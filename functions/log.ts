import { Logger } from '@aws-lambda-powertools/logger';

/** Facts for the people on call: ids, codes, states. Never a tracking ID, a token, a body or a whole event. */
export type Facts = Readonly<Record<string, unknown>>;

export interface Log {
  info(message: string, facts: Facts): void;
  warn(message: string, facts: Facts): void;
  error(message: string, error: unknown, facts: Facts): void;
}

/** JSON lines by Powertools, of the service of that name. */
export function createLog(serviceName: string): Log {
  const logger = new Logger({ serviceName });
  return {
    info: (message, facts) => logger.info(message, { ...facts }),
    warn: (message, facts) => logger.warn(message, { ...facts }),
    error: (message, error, facts) =>
      logger.error(message, { ...facts, error: error instanceof Error ? error : new Error(String(error)) }),
  };
}

/** The same log, with facts that are in every line of it. */
export const withFacts = (log: Log, always: Facts): Log => ({
  info: (message, facts) => log.info(message, { ...always, ...facts }),
  warn: (message, facts) => log.warn(message, { ...always, ...facts }),
  error: (message, error, facts) => log.error(message, error, { ...always, ...facts }),
});
