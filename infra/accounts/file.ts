import { resolve } from 'node:path';
import { ruleText } from '../../events/rule-texts.ts';
import { type AccountSettings, accountsSchema, roleProblems } from '../../functions/tracker/accounts.ts';
import { parseJson } from '../../input/json.ts';
import { readTextFile, TextFileError } from '../../input/text-file.ts';
import { UsageError } from '../command-line.ts';

/**
 * Reads a file with the setting `accounts` alone, for the local runtime.
 * @throws UsageError that names the file, the field and the rule
 */
export function readAccounts(file: string): AccountSettings {
  const refuse = (why: string) => new UsageError(`--accounts ${file}: ${why}.`);
  let value: unknown;
  try {
    value = parseJson(readTextFile(resolve(file)));
  } catch (error) {
    if (error instanceof TextFileError) throw refuse(`the file cannot be read (${error.reason})`);
    if (error instanceof SyntaxError) throw refuse(`it must be valid JSON: ${error.message}`);
    throw error;
  }
  const parsed = accountsSchema().safeParse(value, { error: ruleText });
  const problems = parsed.success
    ? roleProblems(parsed.data).map(({ place, rule }) => `${place} ${rule}`)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'} ${message}`);
  if (!parsed.success || problems.length > 0) throw refuse(problems.join('; '));
  return parsed.data;
}
