/** Receives events, as a Lambda function that is the target of a rule does. An error makes the runtime deliver the event again. */
export type EventHandler = (event: unknown) => unknown;

/** A rule on the bus of the deployment, and what it invokes. */
export interface Subscriber {
  readonly handler: EventHandler;
  /** An EventBridge pattern; by default all events of the service. */
  readonly pattern?: object;
}

/** How long the simulated Personalize takes, in milliseconds. */
export interface Timing {
  readonly createPendingMs?: number;
  readonly createInProgressMs?: number;
  readonly deletePendingMs?: number;
  readonly deleteInProgressMs?: number;
  readonly datasetGroupMs?: number;
  readonly datasetMs?: number;
}

export interface LocalRuntimeOptions {
  /** Your subscribers, by name (letters, digits, `_` and `-`). They run in the process of the test. */
  readonly subscribers?: Readonly<Record<string, Subscriber | EventHandler>>;
  /** By default a tracker is ACTIVE after 0.3 s, and deleted after 0.15 s. */
  readonly timing?: Timing;
  /** The factor of the waits of executions, above 0 and at most 1; default 0.05. */
  readonly timeScale?: number;
  /** More flags of `event-trackers-local`, such as `--examples` or `--authorizer FUNCTION`. */
  readonly flags?: readonly string[];
  /** Variables of the functions, such as `LEASE_SECONDS`. The runtime has no others of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The folder of the state, which remains; by default a temporary one, which `stop` removes. */
  readonly data?: string;
}

/**
 * A fault for the next calls of an operation. `fault` and its other fields are those of docs/local-runtime.md, /_faults: for example
 * `{ service: 'personalize', operation: 'CreateEventTracker', fault: 'lost-answer' }`.
 */
export interface Fault {
  readonly service: 'personalize' | 'dynamodb' | 'states' | 'events' | 'ssm' | 'secretsmanager' | 'sts';
  readonly operation: string;
  readonly fault: string;
  /** How many calls; default 1. */
  readonly times?: number;
  readonly [field: string]: unknown;
}

/** So short that tests need not wait, and long enough to be seen. */
export const TEST_TIMING: Required<Timing> = {
  createPendingMs: 100,
  createInProgressMs: 200,
  deletePendingMs: 50,
  deleteInProgressMs: 100,
  datasetGroupMs: 0,
  datasetMs: 0,
};
