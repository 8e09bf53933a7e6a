import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { TaskState } from './longest-silence.ts';

/**
 * The CDK stack deploys this file and the local engine runs it, apart from the substitutions. `npm run state-machine` writes it from
 * tools/state-machine/lifecycle.ts.
 */
const FILE = join(import.meta.dirname, '../statemachine/event-tracker-lifecycle.asl.json');

/** The Lambda tasks. Each is a state, a file in functions/workflow and a `${Placeholder}` in the JSON. */
export const TASKS = [
  'Observe',
  'CheckDatasetGroup',
  'CreateEventTracker',
  'DeleteEventTracker',
  'UpdateTags',
  'PublishEvents',
] as const;
export type TaskName = (typeof TASKS)[number];

/**
 * The definition, with each placeholder replaced by its function's ARN.
 * @throws if a placeholder has no function, or a function no placeholder
 */
export function lifecycleDefinition(functionArns: Readonly<Record<TaskName, string>>): string {
  const used = new Set<string>();
  const definition = readFileSync(FILE, 'utf8').replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const arn = (functionArns as Readonly<Record<string, string>>)[name];
    if (arn === undefined) throw new Error(`The state machine names \${${name}}, which is not a task.`);
    used.add(name);
    return arn;
  });
  const unused = TASKS.filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`The state machine does not use ${unused.join(', ')}.`);
  return definition;
}

const retryRule = z.object({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.number(),
  BackoffRate: z.number().optional(),
  MaxDelaySeconds: z.number().optional(),
  MaxAttempts: z.number(),
});
const taskState = z.object({ TimeoutSeconds: z.number(), Retry: z.array(retryRule) });
const lifecycle = z.object({ States: z.record(z.string(), z.unknown()) });

/** The deployed time-outs and retry rules of the tasks. */
export function taskStates(): (TaskState & { readonly name: TaskName })[] {
  const { States } = lifecycle.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  return TASKS.map((name) => ({ name, ...taskState.parse(States[name]) }));
}
