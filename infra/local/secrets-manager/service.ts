import { join } from 'node:path';
import { FaultInjection } from '../fault-injection.ts';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { secretFault, underFault } from '../secret-faults.ts';
import { type Clock, jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { operations } from './operations.ts';
import { Secrets } from './secrets.ts';

export interface SecretsManagerService {
  /** `x-amz-target: secretsmanager.*`, JSON 1.1. */
  readonly wire: WireService;
  close(): void;
}

/** The local Secrets Manager. `directory` must exist; without it, the secrets are in memory only. */
export function createSecretsManagerService(options: {
  readonly clock: Clock;
  readonly directory?: string;
  readonly faults?: FaultInjection;
}): SecretsManagerService {
  const { clock, directory, faults = new FaultInjection() } = options;
  const secrets = new Secrets(clock, directory && join(directory, 'secrets.jsonl'));
  const injected = faults.of('secretsmanager', secretFault(Object.keys(operations)));
  return {
    wire: (request) =>
      respond('Secrets Manager', 'application/x-amz-json-1.1', () => {
        const name = operationName(request);
        const operation = operationNamed(name, operations, 'Secrets Manager');
        const body = jsonObject(request.body);
        return underFault(injected.take(name)?.fault, `secretsmanager:${name}`, () =>
          jsonAnswer(operation(secrets, body)),
        );
      }),
    close: () => secrets.close(),
  };
}
