import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const docs = resolve(import.meta.dirname, '../../docs');

/** An example of a page: a program and its output. */
export interface DocumentedExample {
  readonly source: string;
  readonly prints: string;
}

/** All `ts` blocks of a page in order, each with the `text` block that follows it. */
export function examplesOf(page: string): DocumentedExample[] {
  const blocks = [...readFileSync(join(docs, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, language, source = ''], index) => {
    if (language !== 'ts') return [];
    const [, next, prints = ''] = blocks[index + 1] ?? [];
    if (next !== 'text') throw new Error(`${page}: an example is not followed by its output`);
    return [{ source, prints }];
  });
}

/** Runs a program. @returns its stdout @throws Error with its output if it fails */
export async function printed(
  node: string,
  args: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Promise<string> {
  const child = spawn(node, args, { cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.err += text;
  });
  const code = await new Promise<number | null>((ended, failed) => {
    child.on('error', failed);
    child.on('close', ended);
  });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${texts.err}${texts.out}`);
  return texts.out;
}
