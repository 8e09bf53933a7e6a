import { computed } from '@preact/signals';
import type { ActiveFault, PersonalizeSettings, Throttle } from '../protocol.ts';
import { runtime, simulation } from '../state/feed.ts';
import { control, inPlace, removeFault } from '../wire/control.ts';

/** Something that is broken on purpose. */
export interface SwitchedOn {
  readonly key: string;
  readonly title: string;
  /** Of its text, what fits into the bar. */
  readonly short: string;
  readonly text: string;
  readonly takeBack: () => Promise<unknown>;
}

const SERVICES: Readonly<Record<string, string>> = {
  personalize: 'Personalize',
  dynamodb: 'DynamoDB',
  states: 'Step Functions',
  events: 'EventBridge',
  ssm: 'Parameter Store',
  secretsmanager: 'Secrets Manager',
  sts: 'STS',
};
/** The signing names of the services, in the order in which they are shown. */
export const SERVICE_NAMES = Object.keys(SERVICES);

/** The name of a service, by its signing name. */
export const nameOfService = (service: string): string => SERVICES[service] ?? service;

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Everything that is broken on purpose, whoever did it. */
export const switchedOn = computed<readonly SwitchedOn[]>(() => {
  const { faults, personalize } = simulation.value;
  return [...faults.map(ofFault), ...personalize.flatMap((each, at) => ofSettings(each, at > 0))];
});

/** How many there are, also of those that the runtime does not list one by one. */
export const switchedOnCount = computed(
  () => switchedOn.value.length - simulation.value.faults.length + simulation.value.faultCount,
);

function ofFault({ id, service, operation, fault, times, fields }: ActiveFault): SwitchedOn {
  const more = Object.entries(fields).map(([name, value]) => `${name} ${shortened(value)}`);
  return {
    key: `fault ${id}`,
    title: `${fault} of ${operation}`,
    short: `${counted(times, 'call')} left`,
    text: [`${counted(times, 'call')} left`, nameOfService(service), ...more].join(' · '),
    takeBack: () => removeFault(id),
  };
}

/** Of an ARN, the part that tells one resource from another. */
const shortened = (value: string | number | boolean): string => String(value).replace(/^arn:.*?:(?=[^:]*$)/, '');

export const isTimingChanged = ({ timing }: PersonalizeSettings): boolean =>
  Object.entries(runtime.value?.initialTiming ?? timing).some(([name, ms]) => timing[name] !== ms);

function ofSettings(settings: PersonalizeSettings, isElsewhere: boolean): SwitchedOn[] {
  const { accountId, region, throttle, datasetGroups } = settings;
  const place = isElsewhere ? ` · account ${accountId}, ${region}` : '';
  const key = `${accountId} ${region}`;
  const query = inPlace(settings);
  const found: SwitchedOn[] = [];
  if (throttle !== null) {
    found.push({
      key: `throttle ${key}`,
      title: 'throttle of Personalize',
      short: `${throttle.ratePerSecond} a second`,
      text: textOf(throttle) + place,
      takeBack: () => control('DELETE', `/_simulator/throttle${query}`),
    });
  }
  if (isTimingChanged(settings)) {
    found.push({
      key: `timing ${key}`,
      title: 'times of Personalize',
      short: 'changed',
      text: `changed${place}`,
      takeBack: () => control('PUT', `/_simulator/timing${query}`, runtime.value?.initialTiming),
    });
  }
  if (datasetGroups !== null) {
    found.push({
      key: `quota ${key}`,
      title: 'quota of Personalize',
      short: counted(datasetGroups, 'dataset group'),
      text: `${counted(datasetGroups, 'dataset group')}${place}`,
      takeBack: () => control('PUT', `/_simulator/quotas${query}`, { datasetGroups: null }),
    });
  }
  return found;
}

function textOf({ operations, ratePerSecond, burst, shared }: Throttle): string {
  const of = operations === '*' ? 'all operations' : operations.join(', ');
  return `${ratePerSecond} a second, burst ${burst}, ${of}${shared ? ' together' : ''}`;
}

/** Takes back everything that is switched on, also the faults that the runtime does not list one by one. */
export async function takeEverythingBack(): Promise<void> {
  const settings = switchedOn.value.slice(simulation.value.faults.length);
  await control('DELETE', '/_faults');
  for (const { takeBack } of settings) await takeBack();
}
