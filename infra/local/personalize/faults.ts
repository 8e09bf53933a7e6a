import * as z from 'zod';
import { oneOf, TIMES } from '../fault-injection.ts';
import { AwsError, HOME, type Place } from '../wire.ts';
import type { Twist } from './operation.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from './operations.ts';
import { AccountId, Arn, Region } from './shapes.ts';

export const FAULTS = [
  'throttle',
  'server-error',
  'error',
  'garbled',
  'lost-answer',
  'late-act',
  'delay',
  'create-failed',
  'access-denied',
  'stuck',
  'stale-list',
  'stale-describe',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** The faults for specific operations. `late-act` is for every operation that changes something. */
const OPERATIONS_OF: { readonly [F in FaultName]?: readonly OperationName[] } = {
  'late-act': OPERATION_NAMES.filter((name) => OPERATIONS[name].writes),
  'create-failed': ['CreateEventTracker', 'CreateDatasetGroup', 'CreateDataset'],
  stuck: ['CreateEventTracker', 'DeleteEventTracker', 'CreateDatasetGroup', 'CreateDataset'],
  'stale-list': ['ListEventTrackers'],
  'stale-describe': ['DescribeEventTracker'],
};
const NEEDS_DELAY: readonly FaultName[] = ['delay', 'late-act'];
/** The optional fields that only some faults have. */
const FIELDS_OF: { readonly [F in FaultName]?: readonly string[] } = {
  delay: ['delayMs'],
  'late-act': ['delayMs', 'afterNextCall'],
  'stale-list': ['delayMs'],
  'stale-describe': ['delayMs'],
  'lost-answer': ['as'],
  error: ['error', 'status'],
};
/** The operations that each fault is for, and its fields beside those of all faults. */
export const FAULT_KINDS = FAULTS.map((fault) => ({
  fault,
  operations: OPERATIONS_OF[fault] ?? OPERATION_NAMES,
  fields: [...(FIELDS_OF[fault] ?? []), 'datasetGroupArn', 'accountId', 'region'],
}));
const WITHOUT_GROUP: readonly OperationName[] = [
  'ListDatasetGroups',
  'ListRecipes',
  'CreateSchema',
  'DescribeSchema',
  'ListSchemas',
  'DeleteSchema',
];
/** The default age up to which a stale list or describe omits resources. */
const STALE_MS = 60_000;
export const DAY_MS = 24 * 60 * 60 * 1000;

/** A fault to inject. `times` counts calls of the operation (on that dataset group, if one is named). */
export const personalizeFault = z
  .strictObject({
    operation: z.enum(OPERATION_NAMES, oneOf(OPERATION_NAMES)),
    datasetGroupArn: Arn.optional(),
    /** Where, without a dataset group. Absent: in the account and Region of the local runtime. */
    accountId: AccountId.optional(),
    region: Region.optional(),
    times: TIMES,
    fault: z.enum(FAULTS, oneOf(FAULTS)),
    /** In milliseconds: until the response (delay), until the call takes effect (late-act), or the age of omitted resources (stale-*). */
    delayMs: z.int().min(0).max(DAY_MS).optional(),
    /** For late-act instead of delayMs: the call takes effect right after the next call of its operation on its dataset group. */
    afterNextCall: z.literal(true, 'must be true').optional(),
    /** The response for lost-answer: status 500; by default the connection is closed. */
    as: z.enum(['cut', '500'], oneOf(['cut', '500'])).optional(),
    /** The name of the AWS error, such as `InvalidInputException`. */
    error: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{0,99}$/, 'must be the name of an AWS error: letters and digits, at most 100')
      .optional(),
    /** The HTTP status of the error (default 400). */
    status: z.int('must be a whole number').min(400).max(599).optional(),
  })
  .check(
    ({ value: { operation, fault, delayMs, afterNextCall, as, datasetGroupArn, error, status, ...place }, issues }) => {
      const { accountId, region } = place;
      const refuse = (field: string, message: string) =>
        issues.push({ code: 'custom', path: [field], message, input: undefined });
      const operations = OPERATIONS_OF[fault];
      if (operations !== undefined && !operations.includes(operation)) {
        refuse('fault', `${fault} is only for ${operations.join(', ')}`);
      }
      if (NEEDS_DELAY.includes(fault) && delayMs === undefined && !afterNextCall) {
        refuse('delayMs', `is required for ${fault}`);
      }
      if (afterNextCall && fault !== 'late-act') refuse('afterNextCall', 'is only for late-act');
      if (afterNextCall && delayMs !== undefined) refuse('afterNextCall', 'is not allowed together with delayMs');
      if (delayMs !== undefined && !FIELDS_OF[fault]?.includes('delayMs'))
        refuse('delayMs', `is not allowed for ${fault}`);
      if (as !== undefined && fault !== 'lost-answer') refuse('as', 'is only for lost-answer');
      if (fault === 'error' && error === undefined) refuse('error', 'is required for error');
      if (error !== undefined && fault !== 'error') refuse('error', 'is only for the fault error');
      if (status !== undefined && fault !== 'error') refuse('status', 'is only for the fault error');
      if (datasetGroupArn !== undefined && (accountId ?? region) !== undefined) {
        refuse(
          accountId === undefined ? 'region' : 'accountId',
          'is not allowed together with datasetGroupArn, which names it',
        );
      }
      if (datasetGroupArn !== undefined && WITHOUT_GROUP.includes(operation)) {
        refuse('datasetGroupArn', `is not allowed for ${operation}, which is not about a dataset group`);
      }
    },
  );
export type Fault = z.infer<typeof personalizeFault>;

/** Whether a fault may concern calls in this account and Region. One for a dataset group concerns calls on that group, wherever it is. */
export const isInjectedIn = (place: Place, { datasetGroupArn, accountId, region }: Fault): boolean =>
  datasetGroupArn !== undefined ||
  ((accountId ?? HOME.accountId) === place.accountId && (region ?? HOME.region) === place.region);

/** The error that a fault returns instead of the operation; undefined for other faults. */
export function errorOf(operation: OperationName, { fault, error = '', status = 400 }: Fault): AwsError | undefined {
  switch (fault) {
    case 'throttle':
      return new AwsError('LimitExceededException', 'Rate exceeded');
    case 'server-error':
      return new AwsError('InternalServerException', 'Injected fault: the call had no effect.', 500);
    case 'access-denied':
      return new AwsError('AccessDeniedException', `The caller is not authorized to perform: personalize:${operation}`);
    case 'error':
      return new AwsError(error, 'Injected fault: the call had no effect.', status);
    default:
      return undefined;
  }
}

/** The change of the operation's behavior by a fault. */
export function twistOf({ fault, delayMs = STALE_MS }: Fault): Twist | undefined {
  if (fault === 'create-failed' || fault === 'stuck') return { fault };
  if (fault === 'stale-list' || fault === 'stale-describe') return { fault, lagMs: delayMs };
  return undefined;
}
