import { resolve } from 'node:path';
import { parseJson } from '../../input/json.ts';
import { readTextFile, TextFileError } from '../../input/text-file.ts';
import { ConfigError, parseConfig, SETTINGS, type StackConfig } from './config.ts';

/** Settings that `-c NAME=…` may set. */
const OVERRIDES: readonly string[] = ['stage'];

/**
 * Reads the configuration from the CDK's context: `-c config=FILE` (a JSON file) or `config` as an object in cdk.json, and
 * `-c stage=NAME`, which overrides it. Without them, the defaults. Any other setting by `-c` would be ignored, so it is refused.
 * @param context returns the value of a context key, as `node.tryGetContext` does
 * @throws ConfigError naming the file, the field and the rule
 */
export function readConfig(context: (key: string) => unknown): StackConfig {
  const rule = 'must be set in the file that -c config=FILE names: only stage can be set by -c';
  const misplaced = SETTINGS.filter((name) => !OVERRIDES.includes(name) && context(name) !== undefined).map(
    (name) => `${name} ${rule}`,
  );
  const named = context('config');
  const source = typeof named === 'string' ? named : 'The configuration';
  try {
    const settings = typeof named === 'string' ? readJson(named) : (named ?? {});
    const config = parseConfig(withOverrides(settings, context), source);
    if (misplaced.length === 0) return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(source, [...misplaced, ...error.problems]);
  }
  throw new ConfigError(source, misplaced);
}

function withOverrides(settings: unknown, context: (key: string) => unknown): unknown {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return settings;
  const given = OVERRIDES.filter((name) => context(name) !== undefined);
  return { ...settings, ...Object.fromEntries(given.map((name) => [name, context(name)])) };
}

function readJson(file: string): unknown {
  try {
    return parseJson(readTextFile(resolve(file)));
  } catch (error) {
    if (error instanceof TextFileError) {
      throw new ConfigError(file, [`config must name a readable JSON file (${error.reason})`]);
    }
    if (error instanceof SyntaxError) throw new ConfigError(file, [`must be valid JSON: ${error.message}`]);
    throw error;
  }
}
