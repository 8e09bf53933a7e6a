import { faultSchema } from '../fault-injection.ts';

const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

/**
 * `server-error` and `throttle` return an error without an effect. `cut` closes the connection without an effect, and `lost-answer`
 * after the effect. The caller can't distinguish these two.
 */
const FAULTS = ['server-error', 'throttle', 'lost-answer', 'cut'] as const;
export type FaultName = (typeof FAULTS)[number];

export const dynamoDbFault = faultSchema(OPERATIONS, FAULTS);
