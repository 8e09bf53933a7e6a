import { ACCOUNT_ID, REGION } from '../wire.ts';

const BUS_ARN = `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/`;

export const busArn = (bus: string): string => `${BUS_ARN}${bus}`;

/** The name of a bus, from its name or ARN: by default the default bus, and the whole ARN for another account or Region. */
export const busName = (nameOrArn = 'default'): string =>
  nameOrArn.startsWith(BUS_ARN) ? nameOrArn.slice(BUS_ARN.length) : nameOrArn;

/** Rules on the default bus have no bus in their ARN. */
export const ruleArn = (bus: string, rule: string): string =>
  `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${bus === 'default' ? '' : `${bus}/`}${rule}`;
