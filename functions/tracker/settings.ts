/** What a deployment may set of the lifecycle. All times are milliseconds. */
export interface LifecycleSettings {
  /**
   * T_land: the longest time after which a CreateEventTracker call of ours can still take effect, or its tracker be missing
   * from a list or describe: Lambda time-out + validity of a signed request (5 minutes) + lag.
   */
  readonly createInFlightMs: number;
  /**
   * How long after its next look an owner may stay silent before the sweep takes its record over. Longer than all retries in which it
   * can't renew it (docs/protocol.md, "The lease").
   */
  readonly leaseMs: number;
  /** How often an execution observes before it hands over to the next one, so that its history stays within Step Functions' limit. */
  readonly maxRounds: number;
  /** How long a creation may take, counted from the definite answer of CreateEventTracker. */
  readonly deadlineMs: number;
  /** How often the routine lane (drift, purge) looks at a record that is quiet. */
  readonly driftIntervalMs: number;
  /** How long a DELETED or RELEASED record is still told about. */
  readonly retentionMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The settings of a deployment on AWS; docs/protocol.md gives the reasons. */
export const AWS_SETTINGS: LifecycleSettings = {
  createInFlightMs: 6 * MINUTE,
  leaseMs: 4 * MINUTE,
  maxRounds: 50,
  deadlineMs: 30 * MINUTE,
  driftIntervalMs: 60 * MINUTE,
  retentionMs: 24 * 60 * MINUTE,
};
