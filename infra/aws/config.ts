import type * as z from 'zod';
import { independentIssues, ruleText } from '../../events/rule-texts.ts';
import { CHECKS } from './config-checks.ts';
import { ConfigError } from './config-error.ts';
import { configSchema, type StackConfig } from './config-schema.ts';

export { ConfigError } from './config-error.ts';
export { PLACEHOLDER_ISSUER, SETTINGS, type StackConfig } from './config-schema.ts';

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
  const invalid = issues.flatMap(placesOf).map(wholeEntry);
  const config = configSchema.parse(withoutPlaces(settings, invalid));
  const checks = CHECKS.filter(
    ({ of }) => !of.some((place) => invalid.some((other) => overlap(place.split('/'), other))),
  );
  const problems = [...issues.flatMap(problemsOf), ...checks.flatMap((check) => check.problems(config, settings))];
  if (problems.length > 0) throw new ConfigError(source, problems);
  // A pattern alone accepts no client but those that match it.
  const isPatternAlone = config.audiencePattern !== undefined && !Object.hasOwn(settings, 'audience');
  return isPatternAlone ? { ...config, audience: [] } : config;
}

type Place = readonly PropertyKey[];

/** What an issue is about: a value, or each key that is not a setting. */
const placesOf = (issue: z.core.$ZodIssue): Place[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** Entries whose fields have no defaults: without one of them, the whole entry is left out. */
const ENTRIES: readonly PropertyKey[] = ['accounts', 'subscriberBuses'];
const wholeEntry = (place: Place): Place => (ENTRIES.includes(place[0] ?? '') ? place.slice(0, 2) : place);

/** Whether two places are the same, or one is inside the other. */
const overlap = (one: Place, other: Place): boolean =>
  one.slice(0, other.length).every((step, index) => step === other[index]);

/** A value without what is at these places, and without the lists that this leaves empty. */
function withoutPlaces(value: unknown, places: readonly Place[]): unknown {
  if (places.length === 0 || typeof value !== 'object' || value === null) return value;
  const isList = Array.isArray(value);
  const kept = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const within = places.filter(([step]) => String(step) === name).map((place) => place.slice(1));
    if (within.some(({ length }) => length === 0)) return [];
    const rest = withoutPlaces(inner, within);
    return rest === undefined ? [] : [[name, rest]];
  });
  if (!isList) return Object.fromEntries(kept);
  return kept.length === 0 ? undefined : kept.map(([, inner]) => inner);
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${settingName([...issue.path, key])} is not a setting`);
  }
  return [`${settingName(issue.path)} ${issue.message}`];
}

/** `throttling.batch.rateLimit`; any other name is quoted. */
const settingName = (path: readonly PropertyKey[]): string =>
  path.map((step) => (/^[\w-]+$/.test(String(step)) ? String(step) : JSON.stringify(String(step)))).join('.');
