import type * as z from 'zod';
import { independentIssues, ruleText } from '../../events/rule-texts.ts';
import { CHECKS } from './config-checks.ts';
import { configSchema, type StackConfig } from './config-schema.ts';

export { PLACEHOLDER_ISSUER, SETTINGS, type StackConfig } from './config-schema.ts';

/** Settings that cannot be deployed. Each problem names the field and the rule that it breaks. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[]) {
    super(`${source} cannot be deployed:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Validates a deployment's settings and adds the defaults.
 * @param settings a JSON object; every field is optional for the stage `dev`
 * @param source names the settings in error messages
 * @throws ConfigError with all problems
 */
export function parseConfig(settings: unknown, source = 'The configuration'): StackConfig {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ConfigError(source, ['must be a JSON object of settings']);
  }
  const parsed = configSchema.safeParse(settings, { error: ruleText });
  const issues = parsed.success ? [] : independentIssues(parsed.error);
  // The rules between settings are checked too, where all settings that they depend on are valid.
  const invalid = new Set(issues.map(({ path }) => path[0]));
  const valid = Object.entries(settings).filter(([name]) => name in configSchema.shape && !invalid.has(name));
  const config = configSchema.parse(Object.fromEntries(valid));
  const checks = CHECKS.filter(({ of }) => !of.some((name) => invalid.has(name)));
  const problems = [...issues.flatMap(problemsOf), ...checks.flatMap((check) => check.problems(config, settings))];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return config;
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${settingName([...issue.path, key])} is not a setting`);
  }
  const place = settingName(issue.path);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${place} ${message}`);
  return [`${place} ${issue.message}`];
}

/** `throttling.batch.rateLimit`; any other name is quoted. */
const settingName = (path: readonly PropertyKey[]): string =>
  path.map((step) => (/^[\w-]+$/.test(String(step)) ? String(step) : JSON.stringify(String(step)))).join('.');
