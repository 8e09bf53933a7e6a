import { faultSchema } from '../fault-injection.ts';
import { AwsError } from '../wire.ts';
import type { EntryFailure } from './event.ts';

/**
 * The faults of PutEvents: `fail-entries` answers 200 with every entry failed (InternalFailure), `throttle` is a
 * ThrottlingException, `server-error` an InternalException with status 500. With each of them, no event is accepted.
 */
const FAULTS = ['fail-entries', 'throttle', 'server-error'] as const;

export const eventBridgeFault = faultSchema(['PutEvents'], FAULTS);

/**
 * Applies a fault.
 * @returns the failure of every entry
 * @throws AwsError ThrottlingException, InternalException
 */
export function meetFault(fault: (typeof FAULTS)[number]): EntryFailure {
  if (fault === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded');
  if (fault === 'server-error') throw new AwsError('InternalException', 'An internal error occurred.', 500);
  return {
    ErrorCode: 'InternalFailure',
    ErrorMessage: 'The request processing has failed because of an unknown error.',
  };
}
