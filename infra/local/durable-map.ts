import { channel } from 'node:diagnostics_channel';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type * as z from 'zod';

/** A file of the data folder can't be written. The message gives the file and the cause, in one line. */
export class WriteFailure extends Error {}

/** Receives each WriteFailure. The runtime then ends, because it could not save what it accepts. */
export const writeFailures = channel('event-trackers:write-failure');

/** Writes to a file of the data folder. @throws WriteFailure, which is also published */
export function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const failure = new WriteFailure(`${path}: ${error.message}`, { cause: error });
    writeFailures.publish(failure);
    throw failure;
  }
}

/**
 * A map that writes every change to its file before the call returns. It survives `kill -9`, but not a power failure, because it
 * does not fsync. The file has one JSON line per change: `[key, value]`, or `[key]` for a removal. Opening it replays the lines,
 * drops a last line that a kill cut off, and rewrites the file compactly. So does a change once most of the file is outdated.
 * Without a path, the map is in memory only (benchmarks, unit tests).
 */
export class DurableMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #path: string;
  #file: number | undefined;
  /** The length of the file in bytes, up to the last whole line. */
  #length = 0;
  #lines = 0;

  /**
   * @param values validates the values of the file. They are kept as they are, with what newer code may have added
   * @param keys what its keys must match
   * @throws Error with the file, the line and the rule if a line is not one that the runtime writes; the system's error if the file
   * can't be read or written
   */
  constructor(path: string | undefined, values: z.ZodType<V>, keys = /^/) {
    this.#path = path ?? '';
    if (path === undefined) return;
    if (existsSync(path)) this.#read(path, values, keys);
    this.#compact();
  }

  /** Writes a file with a line for each entry in the place of the present one. */
  #compact(): void {
    const lines = Buffer.from([...this.#entries].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, lines, { mode: 0o600 });
    renameSync(fresh, this.#path);
    this.close();
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#length = lines.length;
    this.#lines = this.#entries.size;
  }

  #read(path: string, values: z.ZodType<V>, keys: RegExp): void {
    const lines = readFileSync(path, 'utf8').split('\n');
    // Text after the last newline was being written when the process was killed, so it was never acknowledged.
    lines.pop();
    const numbers = new Map<string, number>();
    for (const [index, line] of lines.entries()) {
      const [key, ...value] = entryOf(line) ?? damaged(path, index + 1, 'it must be a JSON array of a key and a value');
      if (!keys.test(key)) damaged(path, index + 1, `its key must match ${keys.source}`);
      if (value.length === 0) this.#entries.delete(key);
      else this.#entries.set(key, value[0] as V);
      numbers.set(key, index + 1);
    }
    // Not those that were replaced or removed: most of a log's have been.
    for (const [key, value] of this.#entries) {
      const { error } = values.safeParse(value);
      if (error !== undefined) damaged(path, numbers.get(key) ?? 0, ruleBroken(error));
    }
  }

  /** Validates what the constructor could not yet. Call it before the first change. @throws Error as the constructor */
  check(values: z.ZodType, isMeant: (value: V) => boolean): void {
    for (const [index, value] of [...this.#entries.values()].entries()) {
      const { error } = isMeant(value) ? values.safeParse(value) : {};
      // Opening has written a line for each entry.
      if (error !== undefined) damaged(this.#path, index + 1, ruleBroken(error));
    }
  }

  /** @throws WriteFailure; the file is then unchanged */
  #append(line: unknown): void {
    if (this.#file === undefined) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    const file = this.#file;
    writing(this.#path, () => {
      try {
        if (fstatSync(file).nlink === 0) throw new Error('the file was deleted');
        for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      } catch (error) {
        // Otherwise the next line would be appended to the partial one.
        ftruncateSync(file, this.#length);
        throw error;
      }
    });
    this.#length += bytes.length;
    this.#lines += 1;
  }
  #compactIfOutdated(): void {
    if (this.#lines > 2 * this.#entries.size + 1000) writing(this.#path, () => this.#compact());
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }
  has(key: string): boolean {
    return this.#entries.has(key);
  }
  /** Values must be JSON: undefined fields and Dates do not survive a restart. @throws WriteFailure; the map is then unchanged */
  set(key: string, value: V): void {
    this.#append([key, value]);
    this.#entries.set(key, value);
    this.#compactIfOutdated();
  }
  /** @throws WriteFailure; the map is then unchanged */
  delete(key: string): boolean {
    if (!this.#entries.has(key)) return false;
    this.#append([key]);
    this.#entries.delete(key);
    this.#compactIfOutdated();
    return true;
  }
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }
  values(): IterableIterator<V> {
    return this.#entries.values();
  }
  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }
  get size(): number {
    return this.#entries.size;
  }
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function entryOf(line: string): [string, unknown?] | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry = Array.isArray(entry) && typeof entry[0] === 'string' && entry.length <= 2;
    return isEntry ? (entry as [string, unknown?]) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The first field that breaks a rule, and the rule. Without its value, which may be secret. */
export function ruleBroken({ issues: [issue] }: z.ZodError): string {
  const { path = [], message = '' } = issue ?? {};
  return `in its value, ${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${message.replace(/^Invalid input: /, '')}`;
}

/** @throws Error for a line of a file of the data folder. @param line counted from 1 */
export function damaged(path: string, line: number, why: string): never {
  throw new Error(
    `${path}, line ${line}: the line is damaged; ${why}. Delete this line, which loses that one change, or start with --fresh, which empties the data folder.`,
  );
}
