import { type EventTrackerRecord, isSettled } from './record.ts';
import { type Owner, reject, type Transition } from './transition.ts';

/** Nothing was called for the newest request yet, and nobody has admitted it. */
export const needsAdmission = (record: EventTrackerRecord): boolean =>
  !isSettled(record) && (record.admittedGeneration ?? 0) < record.generation;

/**
 * The record is in the lane `admission`: it has a place, and nothing to deliver. An entry of the outbox must not wait for Personalize, so
 * a record that gets one leaves the lane, keeps its place, and comes back once the entry is delivered.
 */
export const isWaitingForAdmission = (
  record: EventTrackerRecord,
): record is EventTrackerRecord & { readonly place: number } =>
  record.place !== undefined && record.outbox.length === 0 && needsAdmission(record);

/** **passAdmission**: nobody waits, so the newest request is admitted by its own execution. */
export const passAdmission: Transition<Owner> = (record) => {
  if (!needsAdmission(record)) return reject('ALREADY_ADMITTED');
  if (record.place !== undefined) return reject('HAS_PLACE');
  return { ...record, admittedGeneration: record.generation, lightTenant: undefined };
};

/**
 * **enqueue**: the record waits in this place, without an execution. `notBefore`: the earliest time of its admission, for callers.
 * A record that has a place keeps it.
 */
export const enqueue: Transition<Owner & { place: number; notBefore: number }> = (
  record,
  { epoch, place, notBefore },
) => {
  if (!needsAdmission(record)) return reject('ALREADY_ADMITTED');
  return {
    ...record,
    place: record.place ?? place,
    admissionNotBefore: notBefore,
    waitingFor: 'admission',
    // Its execution ends as planned, whoever starts the next one.
    handedOver: epoch,
  };
};

/**
 * **admit**: the governor admits the newest request, whatever has changed since it took its place. A new epoch, which fences out whatever
 * is left of the execution that took it. `isLight`: its polls are put off less.
 */
export const admit: Transition<{ now: number; isLight: boolean }> = (record, { now, isLight }) => {
  if (!isWaitingForAdmission(record)) return reject('NOT_WAITING');
  return {
    ...record,
    epoch: record.epoch + 1,
    admittedGeneration: record.generation,
    admittedAt: now,
    lightTenant: isLight || undefined,
    place: undefined,
    admissionNotBefore: undefined,
    waitingFor: undefined,
  };
};
