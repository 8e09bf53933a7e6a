import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import type { OperationName, Outputs } from '../../../infra/local/personalize/operations.ts';
import { PersonalizeSimulator, type SimulatorOptions } from '../../../infra/local/personalize/simulator.ts';

/** The Personalize simulator without HTTP. The test sets its clock. */

export const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
export const DEMO = `${ARN}dataset-group/acme-shop`;
export const START = Date.UTC(2025, 0, 1);
export const SCHEMA = JSON.stringify({ type: 'record', name: 'X', fields: [{ name: 'USER_ID', type: 'string' }] });

let now = START;
export let simulator: PersonalizeSimulator;
export const open = (options: Partial<SimulatorOptions> = {}) => {
  const opened = new PersonalizeSimulator({ clock: () => now, ...options });
  opened.seedDemoGroup();
  return opened;
};
export const newDirectory = () => mkdtempSync(join(tmpdir(), 'personalize-'));
/** Replaces the simulator with a new one. */
export function replaceSimulator(): void {
  simulator = open();
}
/** Gives each test of the file its own simulator, with the clock at START. */
export function startForEachTest(): void {
  beforeEach(() => {
    now = START;
    replaceSimulator();
  });
}
export function passTime(ms: number): void {
  now += ms;
}
/** Sets the clock to this many milliseconds after START. */
export function setTime(ms: number): void {
  now = START + ms;
}

/** The output, the error code, `cut` or `garbled`. */
export function answerOf(operation: OperationName, input: Record<string, unknown>, core = simulator): unknown {
  const reply = core.call(operation, input);
  if (reply.kind === 'cut' || reply.kind === 'garbled') return reply.kind;
  return reply.kind === 'error' ? reply.error.code : reply.output;
}
export function succeed<N extends OperationName>(
  operation: N,
  input: Record<string, unknown>,
  core = simulator,
): Outputs[N] {
  const reply = core.call(operation, input);
  if (reply.kind !== 'output') throw new Error(`${operation} returned ${JSON.stringify(reply)}`);
  return reply.output;
}
export const createTracker = (name = 'tracker', core = simulator) =>
  succeed('CreateEventTracker', { name, datasetGroupArn: DEMO }, core);
export const statusOf = (eventTrackerArn: string, core = simulator): string => {
  const reply = core.call('DescribeEventTracker', { eventTrackerArn });
  if (reply.kind === 'output') return reply.output.eventTracker.status;
  return reply.kind === 'error' ? reply.error.code : 'cut';
};
export const listed = (core = simulator) =>
  succeed('ListEventTrackers', { datasetGroupArn: DEMO }, core).eventTrackers.map((tracker) => tracker.eventTrackerArn);
export const event = { eventType: 'click', sentAt: 1_700_000_000 };
