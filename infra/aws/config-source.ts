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
  const misplaced = SETTINGS.filter((name) => !OVERRIDES.includes(name) && context(name) !== undefined);
  if (misplaced.length > 0) {
    const rule = 'must be set in the file that -c config=FILE names: only stage can be set by -c';
    throw new ConfigError(
      'The configuration',
      misplaced.map((name) => `${name} ${rule}`),
    );
  }
  const named = context('config');
  const source = typeof named === 'string' ? named : 'The configuration';
  const settings = typeof named === 'string' ? readJson(named) : (named ?? {});
  const overrides = OVERRIDES.flatMap((key) => {
    const value = context(key);
    return value === undefined ? [] : [[key, value]];
  });
  const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  if (overrides.length === 0 || !isObject) return parseConfig(settings, source);
  return parseConfig({ ...settings, ...Object.fromEntries(overrides) }, source);
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
