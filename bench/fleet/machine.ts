import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { VirtualClock } from './clock.ts';
import { varied, type WorkflowTiming } from './timing.ts';

const retry = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  BackoffRate: z.number().default(1),
  MaxDelaySeconds: z.number().default(Number.POSITIVE_INFINITY),
  MaxAttempts: z.number(),
  JitterStrategy: z.literal('FULL'),
});
const state = z.discriminatedUnion('Type', [
  z.object({
    Type: z.literal('Task'),
    Resource: z.string(),
    Parameters: z.record(z.string(), z.string()).optional(),
    ResultPath: z.literal('$.next'),
    Retry: z.array(retry),
    Catch: z.tuple([z.object({ ErrorEquals: z.tuple([z.literal('States.ALL')]), Next: z.string() })]),
    Next: z.string(),
  }),
  z.object({
    Type: z.literal('Choice'),
    Choices: z.array(z.object({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })),
    Default: z.string(),
  }),
  z.object({ Type: z.literal('Wait'), SecondsPath: z.string(), Next: z.string() }),
  z.object({ Type: z.literal('Succeed') }),
  z.object({ Type: z.literal('Fail'), Error: z.string() }),
]);
const definition = z.object({ StartAt: z.string(), States: z.record(z.string(), state) });
type Task = Extract<z.infer<typeof state>, { Type: 'Task' }>;

export type Data = Readonly<Record<string, unknown>>;

/** The Lambda functions by the names of their placeholders in the definition. Each is called with the input of its task. */
export type TaskFunctions = Readonly<Record<string, (input: Data) => Promise<unknown>>>;

/**
 * The deployed definition of a state machine on the virtual clock, with its waits, choices and retries. It supports what the service's
 * definitions use, and refuses anything else.
 */
export class Machine {
  readonly #definition: z.infer<typeof definition>;
  readonly #tasks: TaskFunctions;
  readonly #tools: { clock: VirtualClock; random: () => number; timing: WorkflowTiming };
  /** State transitions, as they are billed: each state that is entered, and each retry. */
  transitions = 0;
  /** Wait states that were entered. */
  waits = 0;
  running = 0;
  /** Executions that ended in the state Fail. */
  failed = 0;

  /** @param name of the file in statemachine/ */
  constructor(
    name: string,
    tasks: TaskFunctions,
    tools: { clock: VirtualClock; random: () => number; timing: WorkflowTiming },
  ) {
    const file = join(import.meta.dirname, '../../statemachine', `${name}.asl.json`);
    this.#definition = definition.parse(JSON.parse(readFileSync(file, 'utf8')));
    this.#tasks = tasks;
    this.#tools = tools;
  }

  /** Runs an execution to its end. */
  async run(input: Data): Promise<void> {
    const { clock, random, timing } = this.#tools;
    const pause = (ms: number) => clock.sleep(varied(ms, random));
    this.running += 1;
    let data = input;
    let name = this.#definition.StartAt;
    await pause(timing.startMs);
    for (;;) {
      this.transitions += 1;
      const entered = this.#definition.States[name];
      if (entered === undefined) throw new Error(`There is no state ${name}.`);
      await pause(timing.transitionMs);
      if (entered.Type === 'Succeed') break;
      if (entered.Type === 'Fail') {
        this.failed += 1;
        break;
      }
      if (entered.Type === 'Choice') {
        const choice = entered.Choices.find(({ Variable, StringEquals }) => at(data, Variable) === StringEquals);
        name = choice?.Next ?? entered.Default;
      } else if (entered.Type === 'Wait') {
        this.waits += 1;
        await clock.sleep(Number(at(data, entered.SecondsPath)) * 1000);
        name = entered.Next;
      } else {
        const done = await this.#perform(entered, data);
        data = done === undefined ? data : { ...data, next: done.result };
        name = done === undefined ? entered.Catch[0].Next : entered.Next;
      }
    }
    this.running -= 1;
  }

  /** @returns undefined if the task failed for good */
  async #perform({ Resource, Parameters, Retry }: Task, data: Data): Promise<{ result: unknown } | undefined> {
    const { clock, random, timing } = this.#tools;
    const input = Parameters === undefined ? data : parametersOf(Parameters, data);
    const perform = this.#tasks[/^\$\{(\w+)\}$/.exec(Resource)?.[1] ?? ''];
    if (perform === undefined) throw new Error(`There is no function for ${Resource}.`);
    const attempts = new Map<unknown, number>();
    for (;;) {
      try {
        await clock.sleep(varied(timing.invokeMs, random));
        return { result: await perform(input) };
      } catch (error) {
        const named = error instanceof Error ? error.name : '';
        const rule = Retry.find(({ ErrorEquals }) => ErrorEquals.includes(named));
        // An error that no rule names is a mistake of the benchmark.
        if (rule === undefined) throw error;
        const made = attempts.get(rule) ?? 0;
        if (made >= rule.MaxAttempts) return undefined;
        attempts.set(rule, made + 1);
        this.transitions += 1;
        const longest = Math.min(rule.MaxDelaySeconds, rule.IntervalSeconds * rule.BackoffRate ** made);
        await clock.sleep(random() * longest * 1000);
      }
    }
  }
}

const parametersOf = (parameters: Readonly<Record<string, string>>, data: Data): Data =>
  Object.fromEntries(Object.entries(parameters).map(([key, path]) => [key.replace(/\.\$$/, ''), at(data, path)]));

/** The value at a path such as `$.next.action`. */
function at(data: Data, path: string): unknown {
  let value: unknown = data;
  for (const member of path.split('.').slice(1)) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
  }
  return value;
}
