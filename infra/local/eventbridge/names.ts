import { ACCOUNT_ID, REGION } from '../wire.ts';

const busArnIn = (account: string): string => `arn:aws:events:${REGION}:${account}:event-bus/`;
const BUS_ARN = busArnIn(ACCOUNT_ID);

/**
 * What identifies a bus: the name of one in the runtime's own account, and the whole ARN of one in another account or Region.
 * @param nameOrArn by default the default bus
 * @param account whose bus a name means
 */
export function busName(nameOrArn = 'default', account = ACCOUNT_ID): string {
  if (nameOrArn.startsWith(BUS_ARN)) return nameOrArn.slice(BUS_ARN.length);
  return account === ACCOUNT_ID || nameOrArn.startsWith('arn:') ? nameOrArn : `${busArnIn(account)}${nameOrArn}`;
}

export const isBusArn = (arn: string): boolean => /^arn:aws[\w-]*:events:[\w-]*:\d{12}:event-bus\//.test(arn);

/** @param bus as `busName` returns it; so are those below */
export const busArn = (bus: string): string => (isBusArn(bus) ? bus : `${BUS_ARN}${bus}`);
export const accountOf = (bus: string): string => busArn(bus).split(':')[4] ?? '';
/** The name within its account. */
export const shortName = (bus: string): string => (isBusArn(bus) ? bus.slice(bus.indexOf('/') + 1) : bus);

/** Rules on the default bus have no bus in their ARN. */
export function ruleArn(bus: string, rule: string): string {
  const [place = ''] = busArn(bus).split(':event-bus/');
  const name = shortName(bus);
  return `${place}:rule/${name === 'default' ? '' : `${name}/`}${rule}`;
}
