import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, parseConfig, type StackConfig } from './config.ts';

/** What may be given by `-c NAME=…` besides `config`: it is wrong silently otherwise. */
const OVERRIDES = ['stage'] as const;

/**
 * The configuration that the CDK's context names: `-c config=FILE`, a JSON file, or `config` as an object in cdk.json; and
 * `-c stage=NAME`, which wins over it. Nothing: the defaults.
 * @param context the value of a context key, as `node.tryGetContext` gives it
 * @throws ConfigError naming the file, the field and the rule
 */
export function readConfig(context: (key: string) => unknown): StackConfig {
  const named = context('config');
  const source = typeof named === 'string' ? named : 'The configuration';
  const settings = typeof named === 'string' ? readJson(named) : (named ?? {});
  const overrides = OVERRIDES.flatMap((key) => {
    const value = context(key);
    return value === undefined ? [] : [[key, value]];
  });
  if (overrides.length === 0 || typeof settings !== 'object' || settings === null) return parseConfig(settings, source);
  return parseConfig({ ...settings, ...Object.fromEntries(overrides) }, source);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(resolve(file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new ConfigError(file, [`config must name a JSON file that can be read (${code})`]);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError(file, [`it must be JSON: ${error.message}`]);
  }
}
