import { Logger } from '@aws-lambda-powertools/logger';

/** Facts for on-call engineers: ids, codes, statuses. Never a tracking ID, a token, a body or a whole event. */
export type Facts = Readonly<Record<string, unknown>>;

export interface Log {
  info(message: string, facts: Facts): void;
  warn(message: string, facts: Facts): void;
  error(message: string, error: unknown, facts: Facts): void;
}

/** Writes JSON lines with Powertools. */
export function createLog(serviceName: string): Log {
  const logger = new Logger({ serviceName });
  return {
    info: (message, facts) => logger.info(message, { ...facts }),
    warn: (message, facts) => logger.warn(message, { ...facts }),
    error: (message, error, facts) =>
      logger.error(message, { ...facts, error: error instanceof Error ? error : new Error(String(error)) }),
  };
}

/** A log that adds these facts to every line. */
export const withFacts = (log: Log, always: Facts): Log => ({
  info: (message, facts) => log.info(message, { ...always, ...facts }),
  warn: (message, facts) => log.warn(message, { ...always, ...facts }),
  error: (message, error, facts) => log.error(message, error, { ...always, ...facts }),
});
