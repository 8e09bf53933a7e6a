import { setTimeout as pause } from 'node:timers/promises';
import { local } from '../e2e/local-runtime.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Group } from './story.ts';

/** How far a call may land late, and how long a list or describe may lag, in milliseconds: together less than createInFlight. */
const LATE_MS = 1_100;
const LAG_MS = 300;
/** The longest time between two faults, in milliseconds. */
const EVERY_MS = 700;

type Script = readonly [path: string, body: Readonly<Record<string, unknown>>];

/** A fault that the next calls meet. Those of Personalize are one dataset group's, so that none of our own reads meets them. */
function nextFault(random: Random, datasetGroupArn: string): Script {
  const simulator = (operation: string, fault: string, more: object = {}): Script => [
    '/_faults',
    { service: 'personalize', operation, datasetGroupArn, times: 1, fault, ...more },
  ];
  const dynamodb = (operation: string, fault: string): Script => [
    '/_faults',
    { service: 'dynamodb', operation, times: 1, fault },
  ];
  return random.pick([
    () => simulator('CreateEventTracker', 'lost-answer'),
    () => simulator('CreateEventTracker', 'lost-answer', { as: '500' }),
    () => simulator('CreateEventTracker', 'late-act', { delayMs: random.int(0, LATE_MS) }),
    () => simulator('CreateEventTracker', 'late-act', { delayMs: LATE_MS }),
    () => simulator('CreateEventTracker', 'create-failed'),
    () => simulator('CreateEventTracker', 'throttle', { times: random.int(1, 3) }),
    () => simulator('CreateEventTracker', 'server-error'),
    () => simulator('DeleteEventTracker', 'lost-answer'),
    () => simulator('DeleteEventTracker', 'throttle', { times: random.int(1, 3) }),
    () => simulator('DescribeEventTracker', 'throttle', { times: random.int(1, 3) }),
    () => simulator('DescribeEventTracker', 'stale-describe', { delayMs: random.int(0, LAG_MS) }),
    () => simulator('ListEventTrackers', 'stale-list', { delayMs: random.int(0, LAG_MS) }),
    () => simulator('ListEventTrackers', 'server-error'),
    () => dynamodb('UpdateItem', 'lost-answer'),
    () => dynamodb('PutItem', 'lost-answer'),
    () => dynamodb('UpdateItem', 'cut'),
    (): Script => [
      '/_faults',
      {
        service: 'events',
        operation: 'PutEvents',
        times: 1,
        fault: random.pick(['fail-entries', 'throttle', 'server-error']),
      },
    ],
    (): Script => [
      '/_faults',
      { service: 'states', operation: 'StartExecution', times: random.int(1, 4), fault: 'lost-answer' },
    ],
    (): Script => ['/_faults', { service: 'states', operation: 'StartExecution', times: 4, fault: 'server-error' }],
  ])();
}

/** Lets calls meet faults until it is over, and now and then the drift check run, which must find nothing. */
export async function disturb(
  host: Host,
  groups: readonly Group[],
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await pause(random.int(0, EVERY_MS));
    const runtime = await host.running();
    const [path, body] = random.chance(0.1)
      ? (['/_local/drift', {}] as const)
      : nextFault(random, random.pick(groups).datasetGroupArn);
    // Killed meanwhile: then this fault does not happen.
    await unlessDown(host, local(runtime, 'POST', path, body));
  }
}

/** Takes back every fault that has not happened yet. */
export async function calm(host: Host): Promise<void> {
  const { awsUrl } = await host.running();
  const { status } = await fetch(`${awsUrl}/_faults`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
  });
  if (status >= 300) throw new Error(`DELETE /_faults answered ${status}.`);
}

/** The result; nothing where the connection broke, which a kill does. */
async function unlessDown<Result>(host: Host, asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    if (!host.isUp()) return undefined;
    throw error;
  }
}
