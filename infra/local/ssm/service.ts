import { join } from 'node:path';
import { FaultInjection } from '../fault-injection.ts';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { secretFault, underFault } from '../secret-faults.ts';
import { type Clock, jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { operations } from './operations.ts';
import { Parameters } from './parameters.ts';

export interface ParameterStoreService {
  /** `x-amz-target: AmazonSSM.*`, JSON 1.1. */
  readonly wire: WireService;
  close(): void;
}

/** The local Parameter Store. `directory` must exist; without it, the parameters are in memory only. */
export function createParameterStoreService(options: {
  readonly clock: Clock;
  readonly directory?: string;
  readonly faults?: FaultInjection;
}): ParameterStoreService {
  const { clock, directory, faults = new FaultInjection() } = options;
  const parameters = new Parameters(clock, directory && join(directory, 'parameters.jsonl'));
  const injected = faults.of('ssm', secretFault(Object.keys(operations)));
  return {
    wire: (request) =>
      respond('Parameter Store', 'application/x-amz-json-1.1', () => {
        const name = operationName(request);
        const operation = operationNamed(name, operations, 'Parameter Store');
        const body = jsonObject(request.body);
        return underFault(injected.take(name)?.fault, `ssm:${name}`, () => jsonAnswer(operation(parameters, body)));
      }),
    close: () => parameters.close(),
  };
}
