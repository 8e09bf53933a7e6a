import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';

/**
 * A map that writes every change to its file before the call returns. It survives `kill -9`, but not a power failure, because it
 * does not fsync. The file has one JSON line per change: `[key, value]`, or `[key]` for a removal. Opening it replays the lines,
 * drops a last line that a kill cut off, and rewrites the file compactly.
 * Without a path, the map is in memory only (benchmarks, unit tests).
 */
export class DurableMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #file: number | undefined;

  constructor(path?: string) {
    if (path === undefined) return;
    if (existsSync(path)) this.#read(path);
    const fresh = `${path}.new`;
    writeFileSync(fresh, [...this.#entries].map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    renameSync(fresh, path);
    this.#file = openSync(path, 'a', 0o600);
  }

  #read(path: string): void {
    const lines = readFileSync(path, 'utf8').split('\n');
    // Text after the last newline was being written when the process was killed, so it was never acknowledged.
    lines.pop();
    for (const line of lines) {
      const [key, ...value] = JSON.parse(line) as [string, V?];
      if (value.length === 0) this.#entries.delete(key);
      else this.#entries.set(key, value[0] as V);
    }
  }

  #append(line: unknown): void {
    if (this.#file === undefined) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }
  has(key: string): boolean {
    return this.#entries.has(key);
  }
  /** Values must be JSON: undefined fields and Dates do not survive a restart. */
  set(key: string, value: V): void {
    this.#append([key, value]);
    this.#entries.set(key, value);
  }
  delete(key: string): boolean {
    if (!this.#entries.has(key)) return false;
    this.#append([key]);
    return this.#entries.delete(key);
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
