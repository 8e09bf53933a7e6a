import { AwsError } from '../wire.ts';
import { isTooLong } from './failures.ts';
import { MAX_DATA_BYTES } from './history.ts';

/** Levels of JSON in a payload. The engine clones it recursively, and an execution that fails in that never ends. */
const MAX_DEPTH = 1000;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/**
 * Checks that a text is JSON within the limits of a payload.
 * @throws AwsError with the given code; the message does not contain the text
 */
export function checkPayload(text: string, code: string, what: string): void {
  const refuse = (reason: string) => new AwsError(code, `Invalid ${what}: '${reason}'`);
  if (isTooLong(text)) throw refuse(`longer than ${MAX_DATA_BYTES} bytes of UTF-8`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse('not valid JSON');
  }
  if (isDeeperThan(MAX_DEPTH, parsed)) throw refuse(`nested deeper than ${MAX_DEPTH} levels`);
}
