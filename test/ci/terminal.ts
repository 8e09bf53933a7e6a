import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The result of a pasted block. */
export interface Pasted {
  readonly stdout: string;
  /** Its complete output, for the message of a failure. */
  readonly printed: string;
  /** The commands that failed, except those whose failure the block handles. */
  readonly failed: readonly string[];
}

const END = '\u0004the block has ended\u0004';

/** A shell that stays open like a reader's terminal, so that a block can use what an earlier one defined. */
export class Terminal {
  readonly #shell: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'event-trackers-terminal-'));
  #stdout = '';
  #stderr = '';

  /** @param before commands that run first, for example functions that replace programs */
  constructor(cwd: string, environment: NodeJS.ProcessEnv, before: string) {
    this.#shell = spawn('bash', ['--norc', '--noprofile'], { cwd, env: environment, stdio: 'pipe' });
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#shell.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#shell.stdin?.write(`${before}\nset -E; trap 'echo "$BASH_COMMAND" >> "${this.#failures}"' ERR\n`);
  }

  get #failures(): string {
    return join(this.#folder, 'failures');
  }

  /** Runs a block and waits until its last command has ended. @throws Error if the shell ends */
  async paste(block: string): Promise<Pasted> {
    const file = join(this.#folder, 'block');
    writeFileSync(file, block);
    writeFileSync(this.#failures, '');
    this.#stdout = '';
    this.#stderr = '';
    // Without a terminal as its input, no program waits for a key.
    this.#shell.stdin?.write(`source '${file}' < /dev/null\nprintf '%s' '${END}'; printf '%s' '${END}' >&2\n`);
    while (!this.#stdout.endsWith(END) || !this.#stderr.endsWith(END)) {
      if (this.#shell.exitCode !== null) throw new Error(`the shell has ended:\n${this.#stdout}${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [stdout, stderr] = [this.#stdout, this.#stderr].map((text) => text.slice(0, -END.length)) as [string, string];
    const failed = readFileSync(this.#failures, 'utf8').split('\n').filter(Boolean);
    return { stdout, printed: stdout + stderr, failed };
  }

  async close(): Promise<void> {
    this.#shell.stdin?.end();
    if (this.#shell.exitCode === null) await once(this.#shell, 'exit');
  }
}
