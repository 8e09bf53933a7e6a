import { unknownOperation } from './not-implemented.ts';
import { AwsError, errorAnswer, type WireRequest, type WireResponse } from './wire.ts';

/** The name of the operation in `x-amz-target: PREFIX.NAME`. */
export function operationName({ headers }: Pick<WireRequest, 'headers'>): string {
  const target = String(headers['x-amz-target'] ?? '');
  return target.slice(target.lastIndexOf('.') + 1);
}

/** @throws AwsError UnknownOperationException */
export function operationNamed<O>(name: string, operations: Readonly<Record<string, O>>, service: string): O {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) throw unknownOperation(service, name, Object.keys(operations));
  return operation;
}

/** The response of a service: what `act` returns, an AwsError that it throws, or InternalFailure for a bug, which is logged. */
export async function respond(
  service: string,
  type: string,
  act: () => WireResponse | Promise<WireResponse>,
): Promise<WireResponse> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AwsError) return errorAnswer(error, type);
    console.error(`The local ${service} failed:`, error);
    return errorAnswer(new AwsError('InternalFailure', 'An internal error occurred.', 500), type);
  }
}
