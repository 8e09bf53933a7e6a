import type { GovernorGateway } from '../gateways/governors.ts';
import { type Admission, needsGovernor } from '../tracker/admission.ts';

/** What starts a governor: the write that decides who may, and the gateway. */
export interface GovernorStarter {
  readonly admissions: { startGovernor(place: string, read: Admission, now: number): Promise<number | undefined> };
  readonly governors: GovernorGateway;
}

/**
 * Starts the next governor if none lives. Only one of those that have read the same item starts it; if that one dies before
 * StartExecution, the governor is silent, and the next task or sweep that notices it starts another.
 * @param silentMs how old the last tick of a live governor can be
 * @returns whether it was started
 * @throws any error of the store or Step Functions
 */
export async function startGovernorIfNeeded(
  starter: GovernorStarter,
  place: string,
  read: Admission,
  now: number,
  silentMs?: number,
): Promise<boolean> {
  return needsGovernor(read, now, silentMs) && startGovernor(starter, place, read, now);
}

/** Starts the next governor in place of the one that was read, unless somebody else did. */
export async function startGovernor(
  { admissions, governors }: GovernorStarter,
  place: string,
  read: Admission,
  now: number,
): Promise<boolean> {
  const governor = await admissions.startGovernor(place, read, now);
  if (governor === undefined) return false;
  await governors.start({ place, governor }, now);
  return true;
}
