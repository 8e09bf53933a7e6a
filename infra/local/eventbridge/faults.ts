import * as z from 'zod';
import { AwsError } from '../wire.ts';
import type { EntryFailure } from './event.ts';

/**
 * What the next calls of PutEvents shall meet: `fail-entries` answers 200 with every entry failed (InternalFailure),
 * `throttle` is a ThrottlingException, `server-error` an InternalException with status 500. None of them takes an event.
 */
export const faultSchema = z.strictObject({
  times: z.int().min(1).max(1_000_000),
  fault: z.enum(['fail-entries', 'throttle', 'server-error']),
});
export type EventBridgeFault = z.infer<typeof faultSchema>;

/** Faults that tests and demos ask for; one call of PutEvents uses up one time of the oldest. */
export class Faults {
  #waiting: EventBridgeFault[] = [];

  add(fault: EventBridgeFault): void {
    this.#waiting.push({ ...fault });
  }
  clear(): void {
    this.#waiting = [];
  }
  get waiting(): readonly EventBridgeFault[] {
    return this.#waiting;
  }

  /**
   * Meets the fault that is due, if any.
   * @returns the failure of every entry, or undefined when the call goes on
   * @throws AwsError ThrottlingException, InternalException
   */
  meet(): EntryFailure | undefined {
    const [due, ...others] = this.#waiting;
    if (due === undefined) return undefined;
    this.#waiting = due.times > 1 ? [{ ...due, times: due.times - 1 }, ...others] : others;
    if (due.fault === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded');
    if (due.fault === 'server-error') throw new AwsError('InternalException', 'An internal error occurred.', 500);
    return {
      ErrorCode: 'InternalFailure',
      ErrorMessage: 'The request processing has failed because of an unknown error.',
    };
  }
}
