import { setTimeout as pause } from 'node:timers/promises';
import { local } from '../e2e/local-runtime.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Group } from './story.ts';

/** The longest delay of a call, and the longest lag of a list or describe, in milliseconds. Their sum is less than createInFlight. */
const LATE_MS = 1_100;
const LAG_MS = 300;
/** The longest time between two faults, in milliseconds. */
const EVERY_MS = 700;

type Script = readonly [path: string, body: Readonly<Record<string, unknown>>];

/** A fault for the next calls. Faults of Personalize apply to one dataset group, so they never affect the test's own reads. */
function nextFault(random: Random, { datasetGroupArn, mayDenyTags = false }: Group): Script {
  const simulator = (operation: string, fault: string, more: object = {}): Script => [
    '/_faults',
    { service: 'personalize', operation, datasetGroupArn, times: 1, fault, ...more },
  ];
  const tags = (fault: string, more: object = {}): Script =>
    simulator(random.pick(['TagResource', 'UntagResource']), fault, more);
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
    () => tags('lost-answer'),
    () => tags('late-act', { delayMs: random.int(0, LATE_MS) }),
    () => tags('late-act', { delayMs: LATE_MS }),
    () => tags('throttle', { times: random.int(1, 3) }),
    () => tags(mayDenyTags ? 'access-denied' : 'server-error'),
    () => tags(mayDenyTags ? 'access-denied' : 'garbled'),
    () => simulator('ListTagsForResource', 'throttle', { times: random.int(1, 3) }),
    () => simulator('ListTagsForResource', 'server-error'),
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

/** Injects faults until it is over. Sometimes it runs the drift check instead, which must find nothing. */
export async function injectFaults(
  host: Host,
  groups: readonly Group[],
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await pause(random.int(0, EVERY_MS));
    const runtime = await host.running();
    const [path, body] = random.chance(0.1) ? (['/_local/drift', {}] as const) : nextFault(random, random.pick(groups));
    // If the runtime is killed meanwhile, this fault is skipped.
    await unlessDown(host, local(runtime, 'POST', path, body));
  }
}

/** Removes every fault that has not occurred yet. */
export async function clearFaults(host: Host): Promise<void> {
  const { awsUrl } = await host.running();
  const { status } = await fetch(`${awsUrl}/_faults`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
  });
  if (status >= 300) throw new Error(`DELETE /_faults returned ${status}.`);
}

/** Returns the result, or undefined if a kill broke the connection. */
async function unlessDown<Result>(host: Host, asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    if (!host.isUp()) return undefined;
    throw error;
  }
}
