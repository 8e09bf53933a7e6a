/** The package event-trackers-local: the local runtime for tests. docs/testing.md describes it. */
export type { LocalEvent, LocalRuntime, TokenOptions } from './local-runtime.ts';
export type { Fault, LocalRuntimeOptions, Subscriber, Timing } from './options.ts';
export { startLocalRuntime } from './start.ts';
