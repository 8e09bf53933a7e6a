/** The lifecycle settings of a deployment. All times are in milliseconds. */
export interface LifecycleSettings {
  /**
   * How long a CreateEventTracker call of ours can still take effect, or its tracker be missing from list and describe: the Lambda
   * time-out, the validity of a signed request (5 minutes), and the lag.
   */
  readonly createInFlightMs: number;
  /**
   * How long an owner may be silent after its announced poll before the sweeper takes over the record. Longer than all retries during
   * which it cannot renew the lease (docs/protocol.md, "The lease").
   */
  readonly leaseMs: number;
  /** How often an execution observes before it hands over to the next one, so that its history stays within Step Functions' limit. */
  readonly maxRounds: number;
  /** How long a creation may take, counted from the definite answer of CreateEventTracker. */
  readonly deadlineMs: number;
  /** How often an idle record is checked (drift, purge). */
  readonly driftIntervalMs: number;
  /** How long a DELETED or RELEASED record can still be read. */
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

/**
 * The setting `admissionRate` of a deployment that names none, in trackers a second: between what a shared bucket of 5 calls a second
 * allows (1) and a bucket of 5 for each operation (5). Too high costs throttled calls, too low costs time.
 */
export const DEFAULT_ADMISSION_RATE = 2.5;
