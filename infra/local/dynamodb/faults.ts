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
 * `server-error` and `throttle` are answered without acting. `cut` breaks the connection without acting, `lost-answer`
 * after it acted: the caller cannot tell these two apart.
 */
const FAULTS = ['server-error', 'throttle', 'lost-answer', 'cut'] as const;
export type FaultName = (typeof FAULTS)[number];

export const dynamoDbFault = faultSchema(OPERATIONS, FAULTS);
