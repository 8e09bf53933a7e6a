import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { damaged, ruleBroken, writing } from '../durable-map.ts';
import type { HistoryEvent } from './history.ts';

const historyEvent: z.ZodType<HistoryEvent> = z.object({
  id: z.int().min(2),
  previousEventId: z.int().min(0),
  type: z.string(),
  timestamp: z.number().min(0),
  details: z.record(z.string(), z.record(z.string(), z.any())).optional(),
});

/** The events of executions, as JSON lines. Those of one execution are in a file of its own, because most are never read. */
export class ExecutionHistories {
  readonly #directory: string | undefined;
  /** The lines of executions by ARN, without a directory. */
  readonly #lines = new Map<string, string>();

  /** @param directory is created; without it, the histories are in memory */
  constructor(directory?: string) {
    this.#directory = directory;
    if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** The event survives `kill -9` once this returns. @throws WriteFailure */
  append(executionArn: string, event: HistoryEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    const path = this.#pathOf(executionArn);
    if (path === undefined) this.#lines.set(executionArn, `${this.#lines.get(executionArn) ?? ''}${line}`);
    else writing(path, () => appendFileSync(path, line, { mode: 0o600 }));
  }

  /** The number of events. */
  count(executionArn: string): number {
    return this.#linesOf(executionArn).length;
  }

  /** @throws Error with the file, the line and the rule if a line is not one that the runtime writes */
  read(executionArn: string): HistoryEvent[] {
    return this.#linesOf(executionArn).map((line, index) => {
      const { data, error } = historyEvent.safeParse(parsed(line));
      return error === undefined ? data : damaged(this.#pathOf(executionArn) ?? '', index + 1, ruleBroken(error));
    });
  }

  #linesOf(executionArn: string): string[] {
    const path = this.#pathOf(executionArn);
    const text = path === undefined ? (this.#lines.get(executionArn) ?? '') : textOf(path);
    // Text after the last newline was being written when the process was killed.
    return text.split('\n').slice(0, -1);
  }

  /** @throws WriteFailure */
  remove(executionArn: string): void {
    const path = this.#pathOf(executionArn);
    if (path === undefined) this.#lines.delete(executionArn);
    else writing(path, () => rmSync(path, { force: true }));
  }

  /** An ARN has characters that file names must not have. */
  #pathOf(executionArn: string): string | undefined {
    if (this.#directory === undefined) return undefined;
    return join(this.#directory, `${createHash('sha256').update(executionArn).digest('hex')}.jsonl`);
  }
}

/** The text of a file; empty if there is none, because an execution may have no events. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
