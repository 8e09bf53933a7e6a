import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The one file: what the CDK stack deploys is what the local engine runs, substitutions aside. */
const FILE = join(import.meta.dirname, '../statemachine/event-tracker-lifecycle.asl.json');

/** The Lambda tasks of the state machine: each a state, a file in functions/workflow and a `${Placeholder}` in the JSON. */
export const TASKS = [
  'Observe',
  'CheckDatasetGroup',
  'CreateEventTracker',
  'DeleteEventTracker',
  'PublishEvents',
] as const;
export type TaskName = (typeof TASKS)[number];

/**
 * The definition with the tasks' function ARNs in their places.
 * @throws when a placeholder has no function, or a function no placeholder
 */
export function lifecycleDefinition(functionArns: Readonly<Record<TaskName, string>>): string {
  const used = new Set<string>();
  const definition = readFileSync(FILE, 'utf8').replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const arn = (functionArns as Readonly<Record<string, string>>)[name];
    if (arn === undefined) throw new Error(`The state machine names \${${name}}, and there is no such task.`);
    used.add(name);
    return arn;
  });
  const unused = TASKS.filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`The state machine does not use ${unused.join(', ')}.`);
  return definition;
}
