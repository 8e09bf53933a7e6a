import { ACCOUNT_ID, AwsError, REGION } from '../wire.ts';

export const stateMachineArnOf = (name: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${name}`;
export const executionArnOf = (machineName: string, name: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:${machineName}:${name}`;
/** @param name `MACHINE/LABEL` of the Map state */
export const mapRunArnOf = (name: string, id: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT_ID}:mapRun:${name}:${id}`;
/** The role that executions are said to run under; nothing checks it. */
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/local-step-functions`;

// API reference, StartExecution: no white space, brackets, wildcards, special or control characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule forbids
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

/** A name of a state machine or an execution, as the API reference has it; its length (1 to 80) is checked apart. */
export const isName = (name: string): boolean => name.length > 0 && !FORBIDDEN.test(name);

/** @throws AwsError InvalidArn if it is not the ARN of a resource of this kind */
export function checkArn(value: string, kind: 'stateMachine' | 'execution' | 'mapRun'): void {
  const [prefix, partition, service, region, account, type, ...names] = value.split(':');
  if (prefix !== 'arn' || !partition?.startsWith('aws') || service !== 'states' || !region || !account || !type) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${value}'`);
  }
  if (type !== kind) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${type}'`);
  }
  const isComplete = kind !== 'stateMachine' ? names.length === 2 : names.length === 1 || names.length === 2;
  if (!isComplete || names.includes('')) throw new AwsError('InvalidArn', `Invalid Arn: '${value}'`);
}
