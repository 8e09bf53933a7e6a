import { faultSchema } from '../fault-injection.ts';

/**
 * `server-error` (a 500) and `throttle` (ThrottlingException) are answered without an effect; with `lost-answer` the operation acts,
 * then the connection breaks.
 */
const FAULTS = ['server-error', 'throttle', 'lost-answer'] as const;

export const stepFunctionsFault = (operations: readonly string[]) => faultSchema(operations, FAULTS);
