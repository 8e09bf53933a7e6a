import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What a run makes, in the order in which it is made. */
const KINDS = ['schema', 'dataset group', 'dataset', 'queue', 'rule', 'event tracker'] as const;
export type Kind = (typeof KINDS)[number];

/** Where a run works. Another run removes what it left only in the same place. */
const runSchema = z.object({
  name: z.string(),
  /** The API's URL, the tenant, the account and Region of the AWS calls. */
  url: z.string(),
  tenant: z.string(),
  accountId: z.string(),
  region: z.string(),
  busName: z.string().optional(),
  /** The process that runs it, and its machine. */
  pid: z.int(),
  host: z.string(),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

const lineSchema = z.union([
  z.object({ run: runSchema }),
  z.object({ at: z.string(), change: z.enum(['making', 'removed']), kind: z.enum(KINDS), id: z.string() }),
]);

/** Something that exists because of a run. */
export interface Made {
  readonly kind: Kind;
  readonly id: string;
}

/**
 * The record of what a run makes: a file that names each thing before it is made, so that a run that was killed can be cleaned up. A thing is
 * named only after a look that it did not exist, so all that a journal names belongs to its run.
 */
export class Journal {
  readonly run: Run;
  readonly #file: string;
  readonly #made: Made[] = [];

  constructor(folder: string, run: Run) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.run = run;
    this.#file = join(folder, `${run.name}.jsonl`);
    if (!existsSync(this.#file)) this.#append({ run });
  }

  #append(line: z.infer<typeof lineSchema>): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  making(kind: Kind, id: string): void {
    if (this.#made.some((made) => made.kind === kind && made.id === id)) return;
    this.#append({ at: new Date().toISOString(), change: 'making', kind, id });
    this.#made.push({ kind, id });
  }

  removed(kind: Kind, id: string): void {
    this.#append({ at: new Date().toISOString(), change: 'removed', kind, id });
    const index = this.#made.findIndex((made) => made.kind === kind && made.id === id);
    if (index >= 0) this.#made.splice(index, 1);
  }

  has(kind: Kind, id: string): boolean {
    return this.#made.some((made) => made.kind === kind && made.id === id);
  }

  /** What is not removed yet, the latest first. */
  left(): Made[] {
    return this.#made.toReversed();
  }

  /** Deletes the file, once nothing is left. */
  close(): void {
    if (this.#made.length === 0) rmSync(this.#file, { force: true });
  }

  /** The journals of earlier runs in a folder. @throws Error that names a file that is not a journal */
  static readAll(folder: string): Journal[] {
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
    return files.sort().map((name) => Journal.#read(folder, name));
  }

  static #read(folder: string, name: string): Journal {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    // A kill can cut the last line, whose change was then not made.
    lines.pop();
    const parsed = lines.map((line) => {
      const { data } = lineSchema.safeParse(jsonOf(line));
      if (data === undefined)
        throw new Error(`${join(folder, name)} is not a journal of this suite: "${line.slice(0, 60)}".`);
      return data;
    });
    const run = parsed.flatMap((line) => ('run' in line ? line.run : []))[0];
    if (run === undefined) throw new Error(`${join(folder, name)} is not a journal of this suite: it names no run.`);
    const journal = new Journal(folder, run);
    for (const line of parsed) {
      if ('run' in line) continue;
      const { kind, id, change } = line;
      if (change === 'making' && !journal.has(kind, id)) journal.#made.push({ kind, id });
      if (change === 'removed')
        journal.#made.splice(0, Infinity, ...journal.#made.filter((made) => made.kind !== kind || made.id !== id));
    }
    return journal;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
