import { randomUUID } from 'node:crypto';
import { setImmediate as macrotask } from 'node:timers/promises';
import { ExecutionError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import { type Clock, REGION } from '../wire.ts';
import { mapRunArnOf } from './arns.ts';
import { contextObject, type Visit } from './context-object.ts';
import type { Definition, MapParameters } from './engine-definition.ts';
import type { ExecutionRecord, ExecutionStore } from './execution-store.ts';
import { dataLimitExceeded, HEARTBEAT_TIMEOUT, handlerFailure, isTooLong, stopped, TaskFailure } from './failures.ts';
import {
  type Closure,
  MAX_EVENTS,
  mapRunEvents,
  type NewEvent,
  stateEntered,
  stateExited,
  type TaskEvents,
  taskEvents,
} from './history.ts';
import type { Machine, TaskHandler } from './machine.ts';
import { type ChildExecution, runMap } from './map-run.ts';
import type { Json, JsonObject } from './path-check.ts';
import type { TaskTokens } from './task-tokens.ts';
import { waitOf } from './wait.ts';

export interface RunDependencies {
  readonly store: ExecutionStore;
  readonly tokens: TaskTokens;
  readonly clock: Clock;
  readonly timeScale: number;
  /** Starts an execution of a Map state's item. `input` is JSON text. */
  readonly startChild: (machine: Machine, input: string, mapRunArn: string) => ChildExecution;
  /** Called once, after the end of the execution is stored. */
  readonly onEnd: () => void;
}

type Outcome = Omit<Closure, 'stopDate'>;
interface Call {
  readonly state: string;
  readonly events: TaskEvents;
  readonly token: string | undefined;
  isOver: boolean;
}
const secondsOf = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);
type EngineStates = ConstructorParameters<typeof StateMachine>[0];

const isEngineDefinition = (definition: Definition): definition is Definition & EngineStates =>
  definition.StartAt in definition.States;

/** One execution. Every step is stored before it becomes visible. */
export class ExecutionRun {
  readonly #record: ExecutionRecord;
  readonly #machine: Machine;
  readonly #deps: RunDependencies;
  /** Rejects when the execution ends, to abandon whatever is still running. */
  readonly #end = Promise.withResolvers<never>();
  #hasEnded = false;
  #abort = (): void => {};
  #timer: NodeJS.Timeout | undefined;
  /** The current state, for `$$.State`. */
  #visit: Visit = { name: '', enteredAt: 0, calls: 0, token: undefined };
  #enteredEventId = 1;
  #call: Call | undefined;

  constructor(record: ExecutionRecord, machine: Machine, deps: RunDependencies) {
    this.#record = record;
    this.#machine = machine;
    this.#deps = deps;
    this.#end.promise.catch(() => {}); // Nothing may be awaiting it.
  }

  /** Starts the engine and returns immediately. No handler runs before the caller continues. */
  start(): void {
    const input: Json = JSON.parse(this.#record.input);
    const definition: Definition = { ...this.#machine.engineDefinition, States: this.#watchedStates() };
    if (!isEngineDefinition(definition)) throw new TypeError(`${this.#machine.name} has no state to start at`);
    // checkDefinition has done the validation, which is the expensive part.
    const engine = new StateMachine(definition, { validationOptions: { noValidate: true } });
    const taskResourceLocalHandlers = Object.fromEntries(
      Object.entries(this.#machine.definition.States).map(([name, state]) => [name, this.#engineHandler(name, state)]),
    );
    const run = engine.run(input, {
      overrides: { taskResourceLocalHandlers },
      context: this.#context(),
      noThrowOnAbort: true,
    });
    this.#abort = run.abort;
    const settled = run.result.then(
      (output) => (): Outcome => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
      (error: unknown) => () => this.#outcomeOf(error),
    );
    const follow = async (): Promise<void> => {
      for await (const event of run.eventLogs) if (!this.#hasEnded) this.#take(event);
      const outcome = await settled;
      this.end(outcome());
    };
    // A bug or a full disk. The execution fails, with the reason in its cause.
    follow().catch((error: unknown) => this.end({ status: 'FAILED', error: 'States.Runtime', cause: String(error) }));
  }

  /** Ends the execution: no further task is called, running ones are not awaited, timers are cleared. Only the first call counts. */
  end(outcome: Outcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    // Before the abort, because the abort cuts a back-off short, and the engine would then call the task again.
    this.#end.reject(stopped());
    this.#abort();
    this.#deps.store.close(this.#record.executionArn, { ...outcome, stopDate: this.#deps.clock() });
    this.#deps.onEnd();
  }

  #context(): Readonly<Record<string, object>> {
    const issueToken = () => this.#deps.tokens.issue(this.#record.executionArn);
    return contextObject(this.#record, this.#machine, () => this.#visit, issueToken);
  }

  /** The engine reads a state's definition exactly when it enters it. This is the only way to notice before it evaluates the paths. */
  #watchedStates(): Definition['States'] {
    return new Proxy(this.#machine.engineDefinition.States, {
      get: (states, name) => {
        const state = typeof name === 'string' ? states[name] : undefined;
        if (state !== undefined) {
          this.#visit = { name: String(name), enteredAt: this.#deps.clock(), calls: 0, token: undefined };
        }
        return state;
      },
    });
  }

  #outcomeOf(error: unknown): Outcome {
    if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT' };
    const cause = error instanceof ExecutionError ? error.cause : error;
    if (!(cause instanceof Error)) return { status: 'FAILED', error: 'States.Runtime', cause: String(cause) };
    const { name } = this.#visit;
    if (cause instanceof TaskFailure || this.#machine.definition.States[name]?.Type === 'Fail') {
      return { status: 'FAILED', error: cause.name || undefined, cause: cause.message || undefined };
    }
    if (cause.name === 'States.Timeout') return { status: 'FAILED', error: 'States.Timeout' };
    const prefix = `An error occurred while executing the state '${name}' (entered at the event id #${this.#enteredEventId}).`;
    const known = cause.name.startsWith('States.') ? cause.name : 'States.Runtime';
    return { status: 'FAILED', error: known, cause: `${prefix} ${cause.message}` };
  }

  /** @returns the ID of the event; events after the end are not recorded */
  #append(event: NewEvent): number {
    const { store, clock } = this.#deps;
    const { executionArn } = this.#record;
    if (this.#hasEnded) return store.eventCount(executionArn);
    const id = store.append(executionArn, event, clock());
    if (id === MAX_EVENTS - 1) {
      const cause = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;
      this.end({ status: 'FAILED', error: 'States.Runtime', cause });
    }
    return id;
  }

  /** Records the engine's events about states. The record covers executions, and `#runTask` covers tasks. */
  #take(event: { type: string; state?: { name: string; input: unknown; output?: unknown }; Error?: string }): void {
    const { type, state, Error: error } = event;
    if (state === undefined) return;
    const stateType = String(this.#machine.definition.States[state.name]?.Type);
    if (type === 'StateEntered') {
      this.#enteredEventId = this.#append(stateEntered(stateType, state.name, JSON.stringify(state.input)));
    } else if (type === 'StateExited') {
      const output = JSON.stringify(state.output);
      if (isTooLong(output)) this.#fail(dataLimitExceeded(state.name));
      else this.#append(stateExited(stateType, state.name, output));
    } else if (type === 'StateFailed' && error === 'States.Timeout' && this.#call?.state === state.name) {
      this.#append(this.#call.events.timedOut());
      this.#close(this.#call);
    }
  }

  #fail({ name, message }: TaskFailure): void {
    this.end({ status: 'FAILED', error: name, cause: message });
  }

  #close(call: Call): void {
    call.isOver = true;
    if (call.token !== undefined) this.#deps.tokens.revoke(call.token);
    if (this.#call === call) this.#call = undefined;
  }

  #engineHandler(name: string, state: JsonObject): (input: Json) => Promise<Json> {
    return (input) => {
      const { token } = this.#visit;
      this.#visit.calls += 1;
      this.#visit.token = undefined;
      const running =
        state.Type === 'Wait'
          ? this.#wait(input)
          : state.Type === 'Map'
            ? this.#runMap(name, input)
            : this.#runTask(name, state, token, input);
      // The engine drops this promise if the path of the timeout is invalid. Its rejection must not end the process.
      running.catch(() => {});
      return running;
    };
  }

  /**
   * Lets the engine's events, which arrive in microtasks, be recorded first. The history stays in order, and a state does not call
   * its task if its predecessor ended the execution (output too large, too many events).
   */
  async #turn(): Promise<void> {
    await macrotask();
    if (this.#hasEnded) throw stopped();
  }

  async #runTask(name: string, state: JsonObject, token: string | undefined, input: Json): Promise<Json> {
    await this.#turn();
    const resource = String(state.Resource);
    const handler = this.#machine.handlers[resource];
    if (handler === undefined) throw new TaskFailure('States.Runtime', `${resource} has no handler.`, true);
    const text = JSON.stringify(input);
    if (isTooLong(text)) throw dataLimitExceeded(name);
    const events = taskEvents(resource, REGION);
    const call: Call = { state: name, events, token, isOver: false };
    this.#call = call;
    const heartbeatSeconds = secondsOf(state.HeartbeatSeconds);
    this.#append(events.scheduled(text, secondsOf(state.TimeoutSeconds), heartbeatSeconds));
    this.#append(events.started());
    const result =
      token === undefined
        ? this.#invoke(handler, text)
        : this.#invokeAndWait(handler, text, call, token, heartbeatSeconds);
    try {
      const output = await Promise.race([result, this.#end.promise]);
      if (this.#hasEnded || call.isOver) throw stopped();
      if (isTooLong(JSON.stringify(output))) throw dataLimitExceeded(resource);
      this.#append(events.succeeded(JSON.stringify(output)));
      return output;
    } catch (error) {
      const failure = error instanceof TaskFailure ? error : handlerFailure(error);
      const timedOut = failure.name === HEARTBEAT_TIMEOUT && error === failure;
      const event = timedOut ? events.timedOut(failure.name) : events.failed(failure.name, failure.message);
      if (!call.isOver) this.#append(event);
      throw failure;
    } finally {
      this.#close(call);
    }
  }

  /** Copies the input and the result, like Lambda, so that handlers can't change the data of a state. */
  async #invoke(handler: TaskHandler, text: string): Promise<Json> {
    if (this.#hasEnded) throw stopped();
    try {
      const result = await handler(JSON.parse(text));
      return JSON.parse(JSON.stringify(result) ?? 'null');
    } catch (error) {
      // A service integration throws the failure of its service; a function throws anything.
      throw error instanceof TaskFailure ? error : handlerFailure(error);
    }
  }

  async #invokeAndWait(
    handler: TaskHandler,
    text: string,
    call: Call,
    token: string,
    heartbeatSeconds: number | undefined,
  ): Promise<Json> {
    // Opened before the handler runs, because the task may be completed before the handler returns. The heartbeat timeout is scaled
    // like waits, because heartbeats come between waits.
    const heartbeatMs = heartbeatSeconds && heartbeatSeconds * 1000 * this.#deps.timeScale;
    const answer = this.#deps.tokens.open(token, heartbeatMs);
    const invoked = this.#invoke(handler, text).then((output) => {
      if (!call.isOver) this.#append(call.events.submitted(JSON.stringify(output)));
      return answer;
    });
    return await Promise.race([answer, invoked]);
  }

  async #runMap(name: string, parameters: Json): Promise<Json> {
    await this.#turn();
    const map = this.#machine.maps[name];
    if (map === undefined) throw new TaskFailure('States.Runtime', `${name} has no ItemProcessor.`, true);
    const mapRunArn = mapRunArnOf(map.machine.name, randomUUID());
    const { started, succeeded, failed } = mapRunEvents(mapRunArn);
    this.#append(started);
    try {
      const results = await runMap({
        map,
        // engineDefinition made the Parameters, so the engine hands over an object of these.
        parameters: parameters as unknown as MapParameters,
        context: this.#context(),
        start: (input) => this.#deps.startChild(map.machine, input, mapRunArn),
        ended: this.#end.promise,
      });
      if (isTooLong(JSON.stringify(results))) throw dataLimitExceeded(name);
      this.#append(succeeded);
      return results;
    } catch (error) {
      const failure = error instanceof TaskFailure ? error : handlerFailure(error);
      this.#append(failed(failure.name, failure.message));
      throw failure;
    }
  }

  async #wait(parameters: Json): Promise<Json> {
    await this.#turn();
    const { clock, timeScale } = this.#deps;
    const { input, milliseconds } = waitOf(parameters, this.#visit.name, clock());
    const over = new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, milliseconds * timeScale);
    });
    await Promise.race([over, this.#end.promise]);
    return input;
  }
}
