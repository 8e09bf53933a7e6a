/*
 * What the runtime tells the console (infra/local/console), and the console asks of it. Types only, for both sides. Times are in
 * milliseconds since the epoch.
 */

/** An event tracker in the list: the fields of its resource that the list shows, and what only its record knows. */
export interface TrackerRow {
  readonly trackerId: string;
  /** The record's revision, which every write increments. */
  readonly rev: number;
  readonly name: string;
  readonly tenantId: string;
  readonly datasetGroupArn: string;
  readonly status: string;
  readonly adopted: boolean;
  /** What its request waits for: a text that completes "waiting for". */
  readonly waitingFor?: string;
  readonly nextPollAt?: number;
  readonly failureCode?: string;
  readonly updateFailureCode?: string;
  /** How many events and completions of task tokens are not delivered yet. */
  readonly outbox: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An execution of a state machine. */
export interface ExecutionRow {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** Of the service's own state machine: `TRACKER_ID-EPOCH`. */
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly startedAt: number;
  readonly stoppedAt?: number;
  /** The state that was entered last, and when. */
  readonly state?: string;
  readonly stateSince?: number;
  /** The length of the history so far. It changes with every step. */
  readonly events: number;
}

/** A request to the API, as its list shows it. */
export interface RequestRow {
  /** Increases by one for each request since the runtime started. */
  readonly number: number;
  /** The response header `apigw-requestid`. */
  readonly requestId: string;
  readonly at: number;
  readonly durationMs: number;
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly status: number;
  /** The `reason` of a problem. */
  readonly reason?: string;
  /** The console reads by itself, to show something: the list leaves such requests out unless they are asked for. */
  readonly isBackground: boolean;
}

/** One side of a request to the API. Credentials are left out, and a body is cut off at 64 KiB. */
export interface MessagePart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isCut: boolean;
}

export interface RequestDetail extends RequestRow {
  readonly request: MessagePart;
  readonly response: MessagePart;
}

/** A fault that is switched on (docs/local-runtime.md, `/_faults`). */
export interface ActiveFault {
  /** Of this runtime's faults only, for `DELETE /_console/fault?id=`. */
  readonly id: string;
  /** The signing name of the AWS service. */
  readonly service: string;
  readonly operation: string;
  readonly fault: string;
  /** How many calls it will still affect. */
  readonly times: number;
  /** What else it was switched on with: `delayMs`, `datasetGroupArn` and so on. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** How long Personalize takes, in milliseconds, by the name of the field (docs/local-runtime.md, `/_simulator/timing`). */
export type Timing = Readonly<Record<string, number>>;

export interface Throttle {
  readonly operations: '*' | readonly string[];
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly shared: boolean;
}

/** How Personalize is set in an account and Region. */
export interface PersonalizeSettings {
  readonly accountId: string;
  readonly region: string;
  readonly timing: Timing;
  readonly throttle: Throttle | null;
  /** The quota of dataset groups; null: none. */
  readonly datasetGroups: number | null;
}

/** What is broken on purpose, at present. */
export interface Simulation {
  /** The latest 100, in the order in which they apply. */
  readonly faults: readonly ActiveFault[];
  readonly faultCount: number;
  /** By account and Region, the runtime's own first. Empty if Personalize is that of another runtime. */
  readonly personalize: readonly PersonalizeSettings[];
}

/** `GET /_console/faults`: what can be broken. */
export interface FaultService {
  /** Its signing name. */
  readonly service: string;
  readonly operations: readonly string[];
  readonly faults: readonly FaultKind[];
  /** The further fields, as JSON Schemas. */
  readonly properties: Readonly<Record<string, FieldSchema>>;
}

export interface FaultKind {
  readonly fault: string;
  /** The operations that it is for. */
  readonly operations: readonly string[];
  /** Its further fields, by their names in `properties`. */
  readonly fields: readonly string[];
}

export interface FieldSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The runtime that sends the feed. */
export interface RuntimeInfo {
  readonly pid: number;
  readonly startedAt: number;
  readonly apiUrl: string;
  readonly awsUrl: string;
  /** The counter of the latest event on the buses. */
  readonly lastEvent: number;
  /** The times with which Personalize begins. */
  readonly initialTiming: Timing;
  /** The hash of the page's script, with which an open page notices that it is outdated. */
  readonly build: string;
}

/** `event: snapshot` replaces everything that the page knows. */
export interface Snapshot {
  readonly runtime: RuntimeInfo;
  readonly trackers: readonly TrackerRow[];
  readonly executions: readonly ExecutionRow[];
  readonly requests: readonly RequestRow[];
  readonly simulation: Simulation;
}

/** `event: change` has the present state of what has changed. */
export interface Change {
  readonly trackers?: readonly TrackerRow[];
  /** Trackers that no list has any more. */
  readonly removed?: readonly string[];
  readonly executions?: readonly ExecutionRow[];
  readonly requests?: readonly RequestRow[];
  readonly simulation?: Simulation;
}

/** The body of `POST /_console/call`: a request to the API, which the runtime sends with a token of its own. */
export interface ApiCall {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends it with a token of this tenant; without it, with one of a platform. */
  readonly tenant?: string;
  readonly isBackground?: boolean;
}

/** The body of `POST /_console/matches`: which of at most 100 events would a rule with this pattern match? */
export interface PatternQuestion {
  /** JSON, as it was typed in. */
  readonly pattern: string;
  readonly events: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** Its answer: one boolean for each event, or why the pattern is not valid. */
export interface PatternMatches {
  readonly matches?: readonly boolean[];
  readonly invalid?: string;
}

/** The answer to an ApiCall. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `GET /_console/trackers/{trackerId}`: what the API does not return of an event tracker. */
export interface TrackerInternals {
  readonly epoch: number;
  readonly rev: number;
  readonly takeOvers: number;
  readonly due: { readonly lane: 'urgent' | 'routine' | 'admission'; readonly at: number };
  /** As the record has it: events and task tokens that are not delivered yet. */
  readonly outbox: readonly unknown[];
  /** The number of task tokens that wait for the outcome. */
  readonly callbacks: number;
  /** Newest first. */
  readonly executions: readonly TrackerExecution[];
}

/** Why an execution was started: a new request, the next one after 50 rounds, or the sweeper took the record over. */
export interface TrackerExecution extends ExecutionRow {
  readonly epoch: number;
  readonly startedBy: 'request' | 'hand-over' | 'take-over';
}

/** `GET /_console/graphs`: the graph of each state machine, laid out. Lengths are in pixels. */
export interface StateMachineGraph {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly states: readonly GraphState[];
  readonly transitions: readonly GraphTransition[];
}

export interface GraphState {
  readonly name: string;
  /** As in the Amazon States Language: `Task`, `Choice`, `Wait` and so on. */
  readonly type: string;
  readonly comment?: string;
  readonly isStart: boolean;
  /** The middle of its box. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface GraphTransition {
  readonly from: string;
  readonly to: string;
  /** It is taken after an error only. */
  readonly isCatch: boolean;
  /** When it is taken: the values or the errors that are compared. */
  readonly when: string;
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}
