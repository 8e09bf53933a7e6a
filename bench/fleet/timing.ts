/** How long the parts of the workflow take, in milliseconds: assumptions, not measured on AWS. */
export interface WorkflowTiming {
  /** From a state to the next one. */
  readonly transitionMs: number;
  /** From the start of a task to the first line of its function, in a warm environment. */
  readonly invokeMs: number;
  /** From StartExecution to the first state. */
  readonly startMs: number;
  /** A read or a write of DynamoDB. */
  readonly tableMs: number;
  /** A call to Personalize. */
  readonly callMs: number;
}

export const TIMING: WorkflowTiming = { transitionMs: 25, invokeMs: 20, startMs: 60, tableMs: 6, callMs: 90 };

/** A duration as it varies: a fifth either way. Without that, everything would happen in step. */
export const varied = (ms: number, random: () => number): number => ms * (0.8 + 0.4 * random());
