import { checkPath, checkPayloadTemplate, isObject, type JsonObject, type Report } from './path-check.ts';

/** The fields of a Map state that the local engine has, apart from those of every state. */
export const MAP_FIELDS = [
  ...['ItemProcessor', 'ItemsPath', 'ItemSelector', 'MaxConcurrency', 'MaxConcurrencyPath', 'Label'],
  ...['ToleratedFailureCount', 'ToleratedFailureCountPath'],
  ...['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'],
];
export const PROCESSOR_FIELDS: ReadonlySet<string> = new Set(['Comment', 'ProcessorConfig', 'StartAt', 'States']);

const PATHS = ['ItemsPath', 'MaxConcurrencyPath', 'ToleratedFailureCountPath', 'ToleratedFailurePercentagePath'];
const NUMBERS: Readonly<Record<string, number>> = {
  MaxConcurrency: 10_000,
  ToleratedFailureCount: 10_000_000,
  ToleratedFailurePercentage: 100,
};

/** A Map state, without the states of its ItemProcessor: each item is an execution of its own (`DISTRIBUTED`, `STANDARD`). */
export function checkMap(state: JsonObject, place: string, report: Report): void {
  const config = isObject(state.ItemProcessor) ? state.ItemProcessor.ProcessorConfig : undefined;
  const { Mode, ExecutionType } = isObject(config) ? config : {};
  if (Mode !== 'DISTRIBUTED' || ExecutionType !== 'STANDARD') {
    const needed = 'must have Mode DISTRIBUTED and ExecutionType STANDARD: the local engine has no other';
    report(`${place}/ItemProcessor/ProcessorConfig`, needed);
  }
  for (const field of PATHS) if (state[field] !== undefined) checkPath(state[field], `${place}/${field}`, report);
  for (const [field, max] of Object.entries(NUMBERS)) {
    const value = state[field];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
      report(`${place}/${field}`, `must be a whole number from 0 to ${max}`);
    }
    if (state[`${field}Path`] !== undefined) report(`${place}/${field}`, `is not allowed together with ${field}Path`);
  }
  const { Label } = state;
  if (Label !== undefined && (typeof Label !== 'string' || !/^[\w.-]{1,40}$/.test(Label))) {
    report(`${place}/Label`, 'must be 1 to 40 letters, digits, -, . and _');
  }
  checkPayloadTemplate(state.ItemSelector, `${place}/ItemSelector`, report);
}
