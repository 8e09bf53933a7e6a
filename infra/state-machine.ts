import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { TaskState } from './longest-silence.ts';

/**
 * The CDK stack deploys these files and the local engine runs them, apart from the substitutions. `npm run state-machine` writes them from
 * tools/state-machine/.
 */
const fileOf = (name: string) => join(import.meta.dirname, `../statemachine/${name}.asl.json`);
const LIFECYCLE = fileOf('event-tracker-lifecycle');
const ADMISSION = fileOf('event-tracker-admission');

/** The Lambda tasks of the lifecycle. Each is a state, a file in functions/workflow and a `${Placeholder}` in the JSON. */
export const TASKS = [
  'Observe',
  'CheckDatasetGroup',
  'CreateEventTracker',
  'DeleteEventTracker',
  'UpdateTags',
  'PublishEvents',
] as const;
export type TaskName = (typeof TASKS)[number];

/** The only Lambda task of the state machine that admits trackers. */
export const ADMISSION_TASK = 'AdmitWaiting';

/**
 * The definition of the lifecycle, with each placeholder replaced by its function's ARN.
 * @throws if a placeholder has no function, or a function no placeholder
 */
export const lifecycleDefinition = (functionArns: Readonly<Record<TaskName, string>>): string =>
  definitionIn(LIFECYCLE, functionArns);

/** The definition of the state machine that admits trackers, in the same way. */
export const admissionDefinition = (functionArn: string): string =>
  definitionIn(ADMISSION, { [ADMISSION_TASK]: functionArn });

function definitionIn(file: string, functionArns: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const definition = readFileSync(file, 'utf8').replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const arn = functionArns[name];
    if (arn === undefined) throw new Error(`The state machine names \${${name}}, which is not a task.`);
    used.add(name);
    return arn;
  });
  const unused = Object.keys(functionArns).filter((name) => !used.has(name));
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
  const { States } = lifecycle.parse(JSON.parse(readFileSync(LIFECYCLE, 'utf8')));
  return TASKS.map((name) => ({ name, ...taskState.parse(States[name]) }));
}
