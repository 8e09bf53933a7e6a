/** The calls of the functions that keep tracking IDs, and the faults that tracking-ids.test.ts injects into each. docs/faults.md lists them. */
export const PATH_CALLS = {
  ssm: ['GetParameter', 'PutParameter', 'DeleteParameter'],
  secretsmanager: [
    'GetSecretValue',
    'DescribeSecret',
    'CreateSecret',
    'PutSecretValue',
    'DeleteSecret',
    'RestoreSecret',
  ],
} as const;
export type PathPlace = keyof typeof PATH_CALLS;
export const PATH_FAULTS = ['throttle', 'server-error', 'access-denied', 'lost-answer'];
