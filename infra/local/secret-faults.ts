import { faultSchema } from './fault-injection.ts';
import { AwsError, CUT, type WireResponse } from './wire.ts';

/**
 * The faults of Parameter Store and Secrets Manager. `throttle`, `server-error` and `access-denied` return an error without an effect, and
 * `lost-answer` closes the connection after the effect.
 */
const FAULTS = ['throttle', 'server-error', 'access-denied', 'lost-answer'] as const;

export const secretFault = (operations: readonly string[]) => faultSchema(operations, FAULTS);

/** Runs an operation under a fault. @throws AwsError for every fault but `lost-answer` */
export async function underFault(
  fault: (typeof FAULTS)[number] | undefined,
  operation: string,
  act: () => WireResponse,
): Promise<WireResponse> {
  switch (fault) {
    case undefined:
      return act();
    case 'lost-answer':
      act();
      return CUT;
    case 'throttle':
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    case 'server-error':
      throw new AwsError('InternalServerError', 'An error occurred on the server side.', 500);
    case 'access-denied':
      throw new AwsError('AccessDeniedException', `User is not authorized to perform: ${operation}`);
  }
}
